"""`DELETE /v1/users/{user_id}/second-factor`: for who has lost the phone and the recovery codes."""

from typing import Annotated
from uuid import UUID

from litestar import delete
from litestar.params import FromPath, QueryParameter

from platform_bus import emit
from platform_http import Caller, Writes
from ventros_identity.commands import mail
from ventros_identity.domain.mail import Language
from ventros_identity.domain.second_factor import (
    NoSecondFactor,
    OwnSecondFactor,
    removed_letter,
)
from ventros_identity.domain.user import UserNotFound
from ventros_identity.events import people
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.sign_ins import tell_ended
from ventros_identity.http.signing import Signs, refused
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit, second_factors, sign_ins, tenants, users


@delete(
    "/v1/users/{user_id:uuid}/second-factor",
    operation_id="remove_second_factor",
    summary="Switch a user's second factor off",
    tags=["users"],
    responses={
        403: refused("It is one's own: that one is switched off with the password."),
        404: refused("There is no such user, or no second factor."),
    },
)
async def remove_second_factor(
    *,
    user_id: FromPath[UUID],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
    language: Annotated[Language, QueryParameter(description="Of the mail to the user.")] = "pt",
) -> None:
    """Every sign-in of the user ends, and a mail tells of it."""
    tenant_id = principal.tenant_id
    if user_id == principal.subject:
        raise OwnSecondFactor("Switch your own second factor off with your password.")
    async with writer(principal) as tx:
        admin = await queries.user(tx, tenant_id, principal.subject)
        await queries.user(tx, tenant_id, user_id)
        if not await second_factors.remove(tx, tenant_id, user_id):
            raise NoSecondFactor("The user has no second factor.")
        user = await users.touch(tx, tenant_id, user_id)
        tenant = await tenants.find(tx, tenant_id)
        if user is None or tenant is None:
            raise UserNotFound("No user has this id.")
        told = entry(principal, origin, "second_factor.removed", "second_factor", user_id)
        await audit.append(tx, [told])
        said = people.second_factor_disabled(user, principal.project_id, principal.subject)
        await emit(tx, [said])
        ended = await sign_ins.end_all(tx, tenant_id, user_id, "second_factor_removed")
        await tell_ended(tx, principal, origin, user_id, ended, "second_factor_removed")
        letter = removed_letter(language, tenant=tenant.name, admin=admin.name)
        await mail.write(tx, signing.vault, tenant_id, user.email, letter)
