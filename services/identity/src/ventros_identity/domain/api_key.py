"""API keys: a program's way into one project, and what it may do there.

A key stays when whoever made it is disabled, and is shown with its creator: a program must not stop
because a person left. Who answers for ways in sees it in the list and revokes it.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from platform_core.errors import Conflict, Invalid, NotFound

LONGEST_DAYS: Final = 400
"""The longest life that can be asked for; a key for ever is asked for by saying none."""
LAST_USE: Final = timedelta(minutes=1)
"""The last use is written no more often than this."""

KeyState = Literal["active", "expired", "revoked"]
KeyVerdict = Literal["good", "unknown", "revoked", "expired", "project_inactive"]


class ApiKeyNotFound(NotFound):
    """No key of this project has this id."""

    code = "api_key_not_found"


class ApiKeyRevoked(Conflict):
    """What was revoked cannot be changed any more."""

    code = "api_key_revoked"


class ScopesNotAllowed(Invalid):
    """These are no scopes, can be given to no program, or are more than the caller may."""

    code = "scopes_not_allowed"


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is stored, without its secret's hash. `scopes` are sorted."""

    tenant_id: UUID
    id: UUID
    project_id: UUID
    name: str
    scopes: list[str]
    created_by: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None


class KeptKey(msgspec.Struct, frozen=True, kw_only=True):
    """What decides about a use of a key; `now` is the database's clock."""

    key: ApiKey
    secret_hash: bytes
    project_active: bool
    now: datetime


class ApiKeyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; scopes may become fewer or more."""

    name: str | UnsetType = UNSET
    scopes: list[str] | UnsetType = UNSET


def state_of(key: ApiKey, now: datetime) -> KeyState:
    """Whether it is good."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "active"


def allowed_scopes(wanted: Iterable[str], may: frozenset[str]) -> list[str]:
    """The scopes, sorted, each once, of those that the caller may give.

    Raises:
        ScopesNotAllowed: naming those that cannot be given.
    """
    asked = frozenset(wanted)
    if refused := sorted(asked - may):
        raise ScopesNotAllowed(f"These scopes cannot be given: {', '.join(refused)}.")
    return sorted(asked)


def changed(key: ApiKey, change: ApiKeyChange, may: frozenset[str]) -> ApiKey:
    """The key after the change; the very same when nothing is different.

    Raises:
        ApiKeyRevoked, ScopesNotAllowed
    """
    if key.revoked_at is not None:
        raise ApiKeyRevoked("The key was revoked; make a new one.")
    name = key.name if change.name is UNSET else change.name
    scopes = key.scopes
    if change.scopes is not UNSET and sorted(set(change.scopes)) != key.scopes:
        scopes = allowed_scopes(change.scopes, may)
    if (name, scopes) == (key.name, key.scopes):
        return key
    return msgspec.structs.replace(key, name=name, scopes=scopes)


def judge(kept: KeptKey | None, secret_hash: bytes) -> KeyVerdict:
    """What a use of a key with this secret is. Only who has the secret is told more."""
    if kept is None or not hmac.compare_digest(kept.secret_hash, secret_hash):
        return "unknown"
    state = state_of(kept.key, kept.now)
    if state != "active":
        return state
    return "good" if kept.project_active else "project_inactive"


def use_is_news(key: ApiKey, now: datetime) -> bool:
    """Whether a use now is to be written down."""
    return key.last_used_at is None or now - key.last_used_at >= LAST_USE
