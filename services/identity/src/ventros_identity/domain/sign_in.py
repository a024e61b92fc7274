"""A sign-in: a person on one device, in one project, for as long as the refresh tokens last."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, NotFound, Unauthenticated

GRACE: Final = timedelta(seconds=10)
"""For so long a used refresh token gets its successor again: its answer may have been lost."""

EndReason = Literal[
    "signed_out",
    "signed_out_everywhere",
    "ended_by_user",
    "ended_by_admin",
    "refresh_token_reused",
    "password_changed",
    "password_reset",
    "user_disabled",
    "project_closed",
    "second_factor_removed",
    "application_disabled",
    "application_deleted",
    "consent_withdrawn",
    "code_reused",
    "identity_provider_disabled",
    "identity_provider_deleted",
    "external_identity_unlinked",
]
RevokedThing = Literal["sign_in", "user", "api_key", "application"]
"""What `access.revoked.v1` tells of."""
DeniedThing = Literal["sign_in", "user", "api_key", "application", "project"]
"""What gateways deny. Of a project they hear by its own events, that it was closed."""


class RefreshTokenInvalid(Unauthenticated):
    """The refresh token is not known, was used before, or its sign-in has ended."""

    code = "refresh_token_invalid"


class SignInNotFound(NotFound):
    """No open sign-in of this user has this id."""

    code = "sign_in_not_found"


class NoSignIn(Conflict):
    """The caller's token belongs to no sign-in."""

    code = "no_sign_in"


class Lifetimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long a sign-in lasts: since it was last used, and at most."""

    idle: timedelta
    longest: timedelta


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """An open sign-in as it is stored.

    With `application_id` an application has it, for what `scopes` say of what the person may. With
    `provider_id` the person came in by that identity provider.
    """

    tenant_id: UUID
    id: UUID
    user_id: UUID
    project_id: UUID
    address: str | None
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    idle_at: datetime
    expires_at: datetime
    application_id: UUID | None = None
    scopes: list[str] | None = None
    provider_id: UUID | None = None


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """Access that was taken back. Tokens made before `revoked_at` may be around until
    `matters_until`."""

    tenant_id: UUID
    what: DeniedThing
    id: UUID
    revoked_at: datetime
    matters_until: datetime


RefreshVerdict = Literal["exchange", "repeat", "refuse", "reused"]


def judge(
    *, used_at: datetime | None, expires_at: datetime, now: datetime, successor_kept: bool
) -> RefreshVerdict:
    """What is to be done with a refresh token of an open sign-in.

    A used one is a copy in strange hands, or its answer was lost: within `GRACE` the latter is
    taken for granted and the same successor is given again. After that the sign-in has to end.
    """
    if used_at is None:
        return "exchange" if now < expires_at else "refuse"
    if successor_kept and now - used_at <= GRACE:
        return "repeat"
    return "reused"
