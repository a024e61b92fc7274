"""Sign-in at an external provider: who it says somebody is, and who that is here."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from ventros_identity.domain.identity_provider import IdentityProvider
from ventros_identity.domain.user import normal_email

FLOW_LIFE: Final = timedelta(minutes=10)

# RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6.
_ERRORS: Final = frozenset(
    {
        "access_denied", "account_selection_required", "consent_required",
        "interaction_required", "invalid_client", "invalid_grant", "invalid_request",
        "invalid_scope", "login_required", "server_error", "temporarily_unavailable",
        "unauthorized_client", "unsupported_grant_type", "unsupported_response_type",
    }
)  # fmt: skip
_ANY_OTHER: Final = "other"
_LONGEST_EMAIL: Final = 254
_LONGEST_NAME: Final = 255


class ExternalFlowInvalid(Unauthenticated):
    """The flow is not ours, was finished before, is too old, or was begun by another browser."""

    code = "external_flow_invalid"


class ExternalIdentityUnknown(Forbidden):
    """The provider knows this person, and no active user here is them."""

    code = "external_identity_unknown"


class ExternalSignInRefused(Unauthenticated):
    """The provider refused, or what it said does not hold; `reason` is one of a few words."""

    code = "external_sign_in_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The identity provider did not sign you in: {reason}.")
        self.reason = reason


class RedirectUriUnknown(Invalid):
    """The provider's row does not list this address of the app."""

    code = "redirect_uri_unknown"


class ExternalIdentityNotFound(NotFound):
    """No external identity of the caller has this id."""

    code = "external_identity_not_found"


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered between the two halves, sealed."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who a provider says somebody is. `subject` is theirs for good, an address is not."""

    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None


class ExternalIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's subject that is a user here; `email` is the one that it had at the provider."""

    tenant_id: UUID
    id: UUID
    provider_id: UUID
    provider_name: str
    subject: str
    user_id: UUID
    email: str | None
    created_at: datetime
    last_used_at: datetime


def safe_error(code: object) -> str:
    """A provider's error when it is one of the protocol's; its own words are not passed on."""
    return code if isinstance(code, str) and code in _ERRORS else _ANY_OTHER


def proven_email(person: Person, provider: IdentityProvider) -> str | None:
    """The address by which somebody may be found or made here; None when it proves nothing.

    Only a verified one counts. Domains, if the provider's row lists any, bound it: a provider for
    everybody would otherwise let everybody in whose address somebody has typed here.
    """
    if not person.email_verified or not person.email or len(person.email) > _LONGEST_EMAIL:
        return None
    email = normal_email(person.email)
    name, at, domain = email.rpartition("@")
    if not name or not at or not email.isprintable() or " " in email:
        return None
    if provider.email_domains and domain not in provider.email_domains:
        return None
    return email


def name_of(person: Person, email: str) -> str:
    """What a new user is called: as the provider says, else by the address."""
    spaced = " ".join((person.name or "").split())
    given = "".join(letter for letter in spaced if letter.isprintable())
    return given.strip()[:_LONGEST_NAME].strip() or email
