"""An OpenID provider of a customer's own, with which its people may sign in.

E-mail domains are claims that nobody proves: a provider signs in users of its own tenant alone, so
whoever claims a stranger's domain gains no way into anything that is not theirs already.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from platform_core.errors import Invalid, NotFound, Unavailable
from ventros_identity.domain.invitation import IncompleteRole, check_project_role
from ventros_identity.domain.member import ProjectRoleName

NewUserRole = Literal["manager", "user", "readonly"]
"""Nobody becomes an admin by coming."""


class IdentityProviderNotFound(NotFound):
    """No identity provider of this tenant, or no enabled one, has this id."""

    code = "identity_provider_not_found"


class IdentityProviderUnfit(Invalid):
    """What the provider says of itself is not what signing in needs."""

    code = "identity_provider_unfit"


class IdentityProviderUnavailable(Unavailable):
    """The provider did not answer, or not as the protocol has it."""

    code = "identity_provider_unavailable"


class IdentityProviderUnreachable(IdentityProviderUnfit):
    """The provider that is named does not answer, so nothing can be said of it."""

    code = "identity_provider_unreachable"


class EmailDomainsNeeded(Invalid):
    """Who may come in as a new user is told by domains; without any, everybody at the provider."""

    code = "email_domains_needed"


class NewUsers(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody becomes who was no user before."""

    role: NewUserRole
    project_id: UUID | None = None
    project_role: ProjectRoleName | None = None


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it is stored, without its secret. Without `new_users`, known users alone."""

    tenant_id: UUID
    id: UUID
    name: str
    issuer: str
    client_id: str
    email_domains: list[str]
    redirect_uris: list[str]
    new_users: NewUsers | None
    enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ProviderChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; what is unset stays. The issuer never changes."""

    name: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    email_domains: list[str] | UnsetType = UNSET
    redirect_uris: list[str] | UnsetType = UNSET
    new_users: NewUsers | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


def changed(provider: IdentityProvider, change: ProviderChange) -> IdentityProvider:
    """The provider after a change; the very same when nothing is different."""
    different = {
        name: value
        for name in change.__struct_fields__
        if (value := getattr(change, name)) is not UNSET and value != getattr(provider, name)
    }
    return msgspec.structs.replace(provider, **different) if different else provider


def normal_domains(domains: Iterable[str]) -> list[str]:
    """In lower case, each once, in order."""
    return sorted({domain.lower() for domain in domains})


def check_new_users(new_users: NewUsers | None, email_domains: list[str]) -> None:
    """Whether it is said who may come in, and that they can work then.

    Raises:
        EmailDomainsNeeded, IncompleteRole
    """
    if new_users is None:
        return
    if not email_domains:
        raise EmailDomainsNeeded("New users need e-mail domains, which tell who may come in.")
    check_project_role(new_users.project_id, new_users.project_role)
    if new_users.role != "manager" and new_users.project_id is None:
        raise IncompleteRole("Whoever is no manager works in projects alone: name one.")
