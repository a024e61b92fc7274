"""Facts of applications: programs of others that act for people, or for themselves.

No event carries a secret or its hash.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment

ApplicationKind = Literal["confidential", "public"]


class _Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application as it now is. Its id is its `client_id`; scopes are permissions,
    `resource:operation`. With `acts_in` it acts for itself in that project."""

    application_id: UUID
    name: str
    kind: ApplicationKind
    redirect_uris: list[str]
    scopes: list[str]
    acts_in: UUID | None = None


class _Switched(msgspec.Struct, frozen=True, kw_only=True):
    """Which application, and by whom: a user's id."""

    application_id: UUID
    changed_by: UUID
    changed_at: Moment


class _Secret(msgspec.Struct, frozen=True, kw_only=True):
    """Which secret of which application, and by whom: a user's id."""

    application_id: UUID
    secret_id: UUID
    changed_by: UUID
    changed_at: Moment


@event("application.created", aggregate="application", producer="identity", data_class="none")
class ApplicationCreated(_Application, frozen=True, kw_only=True):
    """An application was registered. `created_by` is a user's id."""

    created_by: UUID
    created_at: Moment


@event("application.updated", aggregate="application", producer="identity", data_class="none")
class ApplicationUpdated(_Application, frozen=True, kw_only=True):
    """An application is different; all of it as it now is. `updated_by` is a user's id."""

    updated_by: UUID
    updated_at: Moment


@event("application.deleted", aggregate="application", producer="identity", data_class="none")
class ApplicationDeleted(_Switched, frozen=True, kw_only=True):
    """An application is gone, with all that it could do."""


@event("application.disabled", aggregate="application", producer="identity", data_class="none")
class ApplicationDisabled(_Switched, frozen=True, kw_only=True):
    """An application may do nothing until it is enabled; what people had allowed it has ended."""


@event("application.enabled", aggregate="application", producer="identity", data_class="none")
class ApplicationEnabled(_Switched, frozen=True, kw_only=True):
    """An application may ask for tokens again."""


@event(
    "application.secret_created", aggregate="application", producer="identity", data_class="none"
)
class ApplicationSecretCreated(_Secret, frozen=True, kw_only=True):
    """An application has one more secret."""


@event(
    "application.secret_deleted", aggregate="application", producer="identity", data_class="none"
)
class ApplicationSecretDeleted(_Secret, frozen=True, kw_only=True):
    """A secret of an application is good no longer."""


@event(
    "application_consent.granted",
    aggregate="application_consent",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class ApplicationConsentGranted(msgspec.Struct, frozen=True, kw_only=True):
    """A person lets an application act for them in one project, by these scopes at most."""

    application_id: UUID
    user_id: UUID
    acts_in: UUID
    scopes: list[str]
    granted_at: Moment


@event(
    "application_consent.withdrawn",
    aggregate="application_consent",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class ApplicationConsentWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """A person lets an application act for them no longer; its tokens of theirs are over.

    Not told when the application itself is disabled or deleted: that says it for everybody.
    """

    application_id: UUID
    user_id: UUID
    withdrawn_at: Moment
