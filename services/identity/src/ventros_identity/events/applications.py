"""From applications to the events of the contract."""

from typing import Literal
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from proto_events.applications import (
    ApplicationConsentGranted,
    ApplicationConsentWithdrawn,
    ApplicationCreated,
    ApplicationDeleted,
    ApplicationDisabled,
    ApplicationEnabled,
    ApplicationSecretCreated,
    ApplicationSecretDeleted,
    ApplicationUpdated,
)
from ventros_identity.domain.application import Application, ApplicationConsent

_SWITCHED = {
    "deleted": ApplicationDeleted,
    "disabled": ApplicationDisabled,
    "enabled": ApplicationEnabled,
}


def application_created(application: Application, in_project: UUID) -> Outgoing:
    """An application is there. `in_project` is where whoever made it works."""
    event = ApplicationCreated(
        application_id=application.id,
        name=application.name,
        kind=application.kind,
        redirect_uris=application.redirect_uris,
        scopes=application.scopes,
        acts_in=application.project_id,
        created_by=application.created_by,
        created_at=application.created_at,
    )
    return _outgoing(application, in_project, event)


def application_updated(application: Application, in_project: UUID, by: UUID) -> Outgoing:
    """An application is different; the event says all as it now is."""
    event = ApplicationUpdated(
        application_id=application.id,
        name=application.name,
        kind=application.kind,
        redirect_uris=application.redirect_uris,
        scopes=application.scopes,
        acts_in=application.project_id,
        updated_by=by,
        updated_at=application.updated_at,
    )
    return _outgoing(application, in_project, event)


def application_switched(
    application: Application,
    in_project: UUID,
    by: UUID,
    how: Literal["deleted", "disabled", "enabled"],
) -> Outgoing:
    """An application was put out or let in again."""
    event = _SWITCHED[how](
        application_id=application.id, changed_by=by, changed_at=application.updated_at
    )
    return _outgoing(application, in_project, event)


def secret_changed(
    application: Application,
    in_project: UUID,
    by: UUID,
    secret_id: UUID,
    how: Literal["created", "deleted"],
) -> Outgoing:
    """An application has one more secret, or one less."""
    kind = ApplicationSecretCreated if how == "created" else ApplicationSecretDeleted
    event = kind(
        application_id=application.id,
        secret_id=secret_id,
        changed_by=by,
        changed_at=application.updated_at,
    )
    return _outgoing(application, in_project, event)


def consent_granted(consent: ApplicationConsent, project_id: UUID) -> Outgoing:
    """A person lets an application act for them, in this project."""
    event = ApplicationConsentGranted(
        application_id=consent.application_id,
        user_id=consent.user_id,
        acts_in=project_id,
        scopes=consent.scopes,
        granted_at=consent.updated_at,
    )
    return _of_consent(consent, project_id, event)


def consent_withdrawn(consent: ApplicationConsent, in_project: UUID) -> Outgoing:
    """A person has taken a consent back. `in_project` is where they work."""
    event = ApplicationConsentWithdrawn(
        application_id=consent.application_id,
        user_id=consent.user_id,
        withdrawn_at=consent.updated_at,
    )
    return _of_consent(consent, in_project, event)


def _of_consent(consent: ApplicationConsent, project_id: UUID, event: msgspec.Struct) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=consent.tenant_id,
        project_id=project_id,
        subject=consent.id,
        sequence=consent.version,
        partition_key=str(consent.application_id),
    )


def _outgoing(application: Application, in_project: UUID, event: msgspec.Struct) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=application.tenant_id,
        project_id=in_project,
        subject=application.id,
        sequence=application.version,
        partition_key=str(application.id),
    )
