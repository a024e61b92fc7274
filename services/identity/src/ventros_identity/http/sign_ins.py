"""`/v1/auth/sign-out`, `/v1/me/sign-ins` and `/v1/users/{user_id}/sign-ins`: see and end them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath

from platform_auth import Principal
from platform_http import Caller, Page, Paged, PageRequest, Reads, Writes
from platform_postgres import Tx
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.sign_in import EndReason, NoSignIn, SignIn, SignInNotFound
from ventros_identity.events.access import revoke_all
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.signing import refused
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit, sign_ins


class SignInItem(msgspec.Struct, frozen=True, kw_only=True):
    """An open sign-in: a device by its software and address. `current` is the caller's own.

    With `identity_provider_id` the user came in by that provider.
    """

    id: UUID
    project_id: UUID
    device: str | None
    address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool
    identity_provider_id: UUID | None


@post(
    "/v1/auth/sign-out",
    operation_id="sign_out",
    summary="Sign out",
    tags=["sign-in"],
    status_code=204,
    responses={409: refused("The token belongs to no sign-in.")},
)
async def sign_out(principal: Caller, writer: Writes, origin: Comes) -> None:
    """End the sign-in that the access token belongs to."""
    if principal.sign_in_id is None:
        raise NoSignIn("The token belongs to no sign-in.")
    async with writer(principal) as tx:
        mine, this = principal.subject, principal.sign_in_id
        if await sign_ins.end(tx, principal.tenant_id, mine, this, "signed_out"):
            await tell_ended(tx, principal, origin, mine, [this], "signed_out")


@post(
    "/v1/auth/sign-out-everywhere",
    operation_id="sign_out_everywhere",
    summary="Sign out everywhere",
    tags=["sign-in"],
    status_code=204,
)
async def sign_out_everywhere(principal: Caller, writer: Writes, origin: Comes) -> None:
    """End every sign-in of the caller in this tenant, this one too."""
    reason: EndReason = "signed_out_everywhere"
    async with writer(principal) as tx:
        ended = await sign_ins.end_all(tx, principal.tenant_id, principal.subject, reason)
        await tell_ended(tx, principal, origin, principal.subject, ended, reason)


class MySignIns(Controller):
    """Where the caller is signed in."""

    path = "/v1/me/sign-ins"
    tags = ("sign-in",)

    @get(operation_id="list_my_sign_ins", summary="List one's sign-ins")
    async def list_mine(self, principal: Caller, reader: Reads, page: Paged) -> Page[SignInItem]:
        """The caller's open sign-ins, newest first."""
        async with reader(principal) as tx:
            return await _page(tx, principal, principal.subject, page)

    @delete(
        "/{sign_in_id:uuid}", operation_id="end_my_sign_in", summary="End one of one's sign-ins"
    )
    async def end_mine(
        self, sign_in_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> None:
        """Its tokens are refused from now on."""
        async with writer(principal) as tx:
            await _end(tx, principal, origin, principal.subject, sign_in_id, "ended_by_user")


class SignInsOfUsers(Controller):
    """Where others of the tenant are signed in."""

    path = "/v1/users/{user_id:uuid}/sign-ins"
    tags = ("users",)

    @get(operation_id="list_sign_ins", summary="List a user's sign-ins")
    async def list_theirs(
        self, user_id: FromPath[UUID], principal: Caller, reader: Reads, page: Paged
    ) -> Page[SignInItem]:
        """A user's open sign-ins, newest first."""
        async with reader(principal) as tx:
            await queries.user(tx, principal.tenant_id, user_id)
            return await _page(tx, principal, user_id, page)

    @delete("/{sign_in_id:uuid}", operation_id="end_sign_in", summary="End a user's sign-in")
    async def end_theirs(
        self,
        user_id: FromPath[UUID],
        sign_in_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> None:
        """Its tokens are refused from now on."""
        async with writer(principal) as tx:
            await _end(tx, principal, origin, user_id, sign_in_id, "ended_by_admin")


async def tell_ended(
    tx: Tx,
    principal: Principal,
    origin: Origin,
    user_id: UUID,
    ended: Sequence[UUID],
    reason: EndReason,
) -> None:
    """Let the edge refuse the tokens of these sign-ins, and the audit log tell who ended them."""
    await tell_all_ended(tx, principal, origin, dict.fromkeys(ended, user_id), reason)


async def tell_all_ended(
    tx: Tx,
    principal: Principal,
    origin: Origin,
    ended: Mapping[UUID, UUID],
    reason: EndReason,
    *,
    project_id: UUID | None = None,
) -> None:
    """The same for sign-ins of several people: whose each one was.

    `project_id` is the one that it is about, by default the one that the caller acts in.
    """
    entries = [
        entry(
            principal,
            origin,
            "sign_in.ended",
            "sign_in",
            one,
            after={"user_id": str(user_id), "reason": reason},
        )
        for one, user_id in ended.items()
    ]
    await audit.append(tx, entries)
    about = project_id or principal.project_id
    await revoke_all(tx, principal.tenant_id, about, "sign_in", ended)


async def _page(tx: Tx, principal: Principal, user_id: UUID, page: PageRequest) -> Page[SignInItem]:
    question = f"sign-ins {user_id}"
    before = page.after(question, UUID)
    found = await sign_ins.page(tx, principal.tenant_id, user_id, before=before, limit=page.fetch)
    return page.cut(
        question, found, lambda one: one.id, lambda one: _item(one, principal.sign_in_id)
    )


async def _end(
    tx: Tx,
    principal: Principal,
    origin: Origin,
    user_id: UUID,
    sign_in_id: UUID,
    reason: EndReason,
) -> None:
    if not await sign_ins.end(tx, principal.tenant_id, user_id, sign_in_id, reason):
        raise SignInNotFound("The user has no open sign-in with this id.")
    await tell_ended(tx, principal, origin, user_id, [sign_in_id], reason)


def _item(sign_in: SignIn, current: UUID | None) -> SignInItem:
    return SignInItem(
        id=sign_in.id,
        project_id=sign_in.project_id,
        device=sign_in.user_agent,
        address=sign_in.address,
        created_at=sign_in.created_at,
        last_used_at=sign_in.last_used_at,
        expires_at=min(sign_in.idle_at, sign_in.expires_at),
        current=sign_in.id == current,
        identity_provider_id=sign_in.provider_id,
    )
