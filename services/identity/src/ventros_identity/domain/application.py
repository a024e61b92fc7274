"""Applications: programs of others that act for people who let them, or for themselves.

An application's id is its OAuth `client_id`. Only a confidential one has secrets, and only such a
one may act for itself, in the one project that it was given.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from platform_core.errors import Conflict, Invalid, NotFound
from ventros_identity.domain.api_key import allowed_scopes

CODE_LIFE: Final = timedelta(seconds=60)
"""How long an authorization code waits to be exchanged."""
MOST_SECRETS: Final = 2
"""The one that is used, and the one that follows it."""
SECRET_LAST_USE: Final = timedelta(minutes=1)
"""The last use of a secret is written no more often than this."""

ApplicationKind = Literal["confidential", "public"]
# The port is left out on purpose: a program on somebody's machine takes whichever is free.
_PORT: Final = re.compile(r"(?<=[\w\]]):\d{1,5}(?=[/?]|$)", re.ASCII)


class ApplicationNotFound(NotFound):
    """No application of this tenant has this id."""

    code = "application_not_found"


class ApplicationSecretNotFound(NotFound):
    """No secret of this application has this id."""

    code = "application_secret_not_found"


class ConsentNotFound(NotFound):
    """The caller lets no application of this id act for them."""

    code = "application_consent_not_found"


class AuthorizationRefused(Invalid):
    """An authorization request that nobody can be asked about."""

    code = "authorization_refused"


class RedirectUriNotAllowed(Invalid):
    """An address that codes cannot be sent to."""

    code = "redirect_uri_not_allowed"


class NotConfidential(Conflict):
    """A public application has no secrets, and does not act for itself."""

    code = "application_not_confidential"


class TooManySecrets(Conflict):
    """There are two secrets; the older one has to be deleted first."""

    code = "too_many_secrets"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application as it is stored. `scopes` are sorted: what it may ask for at most.

    `project_id` is where it acts for itself; without one it cannot.
    """

    tenant_id: UUID
    id: UUID
    name: str
    kind: ApplicationKind
    redirect_uris: list[str]
    scopes: list[str]
    project_id: UUID | None
    enabled: bool
    created_by: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class ApplicationSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret of an application, of which there is a hash."""

    id: UUID
    application_id: UUID
    created_by: UUID
    created_at: datetime
    last_used_at: datetime | None


class ApplicationChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change."""

    name: str | UnsetType = UNSET
    redirect_uris: list[str] | UnsetType = UNSET
    scopes: list[str] | UnsetType = UNSET
    project_id: UUID | UnsetType | None = UNSET


class AuthorizationCode(msgspec.Struct, frozen=True, kw_only=True):
    """A consent on its way to the application. `code_challenge` is S256, there is no other.

    `redirect_uri` is the one of the request, `scopes` are sorted.
    """

    tenant_id: UUID
    hash: bytes
    application_id: UUID
    redirect_uri: str
    code_challenge: str
    user_id: UUID
    project_id: UUID
    scopes: list[str]
    password_mark: str
    expires_at: datetime
    used_at: datetime | None = None
    sign_in_id: UUID | None = None


class ApplicationConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has allowed an application, until it was withdrawn."""

    tenant_id: UUID
    id: UUID
    application_id: UUID
    user_id: UUID
    scopes: list[str]
    version: int
    created_at: datetime
    updated_at: datetime
    withdrawn_at: datetime | None


class AllowedApplication(msgspec.Struct, frozen=True, kw_only=True):
    """An application that a person lets act for them, as that person sees it."""

    application_id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None


def changed(
    application: Application, change: ApplicationChange, may: frozenset[str]
) -> Application:
    """The application after the change; the very same when nothing is different.

    Raises:
        ScopesNotAllowed, RedirectUriNotAllowed, NotConfidential
    """
    scopes = application.scopes
    if change.scopes is not UNSET and sorted(set(change.scopes)) != scopes:
        scopes = allowed_scopes(change.scopes, may)
    uris = application.redirect_uris
    if change.redirect_uris is not UNSET:
        uris = allowed_redirect_uris(change.redirect_uris, application.kind)
    project_id = application.project_id if change.project_id is UNSET else change.project_id
    check_acts_for_itself(application.kind, project_id)
    name = application.name if change.name is UNSET else change.name
    after = msgspec.structs.replace(
        application, name=name, redirect_uris=uris, scopes=scopes, project_id=project_id
    )
    return application if after == application else after


def check_acts_for_itself(kind: ApplicationKind, project_id: UUID | None) -> None:
    """Raises `NotConfidential`."""
    if project_id is not None and kind == "public":
        raise NotConfidential("A public application has no project of its own.")


def allowed_redirect_uris(wanted: Iterable[str], kind: ApplicationKind) -> list[str]:
    """The addresses, each once, in their order.

    https; for a public application also http to 127.0.0.1 or [::1], where a program on somebody's
    machine listens (RFC 8252, section 7.3). Never with a fragment or with credentials.

    Raises:
        RedirectUriNotAllowed: naming the first that cannot be.
    """
    uris = list(dict.fromkeys(wanted))
    for uri in uris:
        if not _allowed(uri, kind):
            raise RedirectUriNotAllowed(f"No redirect URI can be {uri}.")
    return uris


def registered(uri: str, uris: Sequence[str]) -> bool:
    """Whether codes may be sent there: it is one of these, to the letter.

    Of an address on the caller's own machine, the port alone is free.
    """
    return uri in uris or (
        _is_loopback(uri)
        and any(_is_loopback(one) and _without_port(one) == _without_port(uri) for one in uris)
    )


def _allowed(uri: str, kind: ApplicationKind) -> bool:
    parts = _split(uri)
    if parts is None or not parts.hostname or "#" in uri or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (kind == "public" and _is_loopback(uri))


def _is_loopback(uri: str) -> bool:
    parts = _split(uri)
    if parts is None or not uri.startswith("http://") or "#" in uri or "@" in parts.netloc:
        return False
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _split(uri: str) -> SplitResult | None:
    # What a browser reads differently from us (blanks, backslashes, other letters) is none.
    if not re.fullmatch(r"https?://[!-\[\]-~]+", uri, re.ASCII):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _without_port(uri: str) -> str:
    return _PORT.sub("", uri, count=1)
