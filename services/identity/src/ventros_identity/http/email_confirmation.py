"""`/v1/auth/email-confirmation/confirm` and `/v1/me/email-confirmation`: confirm one's address."""

from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody
from msgspec import Meta

from platform_http import Caller, Writes
from ventros_identity.commands import email_confirmation as commands
from ventros_identity.commands import guessing
from ventros_identity.domain.audit import Actor, entry_of
from ventros_identity.domain.email_confirmation import CONFIRMATION_LASTS
from ventros_identity.domain.guessing import CONFIRMATION, Subject
from ventros_identity.domain.mail import Language
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.signing import Signs, refused
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit


class ConfirmEmailRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of the link in the mail."""

    token: Annotated[str, Meta(min_length=1, max_length=128)]


class EmailConfirmationRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The language of the mail."""

    language: Language = "pt"


class EmailConfirmationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """For how many seconds the new link is good; null: the address is confirmed already."""

    expires_in: int | None


@post(
    "/v1/auth/email-confirmation/confirm",
    operation_id="confirm_email",
    summary="Confirm an e-mail address",
    tags=["sign-in"],
    status_code=204,
    responses={422: refused("The link is unknown, was used, or its time is over.")},
)
async def confirm_email(data: JSONBody[ConfirmEmailRequest], signing: Signs, origin: Comes) -> None:
    """Confirm the address by the token of a link, once."""
    token = commands.read_token(data.token)
    async with signing.db.tenant(token.tenant_id) as tx:
        user_id = await commands.confirm(tx, token)
        actor = Actor(kind="user", id=user_id)
        told = entry_of(token.tenant_id, actor, origin, "user.email_confirmed", "user", user_id)
        await audit.append(tx, [told])


@post(
    "/v1/me/email-confirmation",
    operation_id="request_email_confirmation",
    summary="Ask for a link that confirms one's e-mail address",
    tags=["sign-in"],
    status_code=200,
    responses={429: refused("Too many mails; Retry-After says when the next is sent.")},
)
async def request_email_confirmation(
    data: JSONBody[EmailConfirmationRequest],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
) -> EmailConfirmationAnswer:
    """Mail the caller another link, unless the address is confirmed; a few in an hour at most."""
    async with signing.db.tenant(principal.tenant_id) as tx:
        user = await queries.user(tx, principal.tenant_id, principal.subject)
    if user.email_confirmed:
        return EmailConfirmationAnswer(expires_in=None)
    await guessing.attempt(signing.db, [Subject(limit=CONFIRMATION, value=user.email)])
    async with writer(principal) as tx:
        await commands.send_link(tx, signing.vault, user, signing.app_url, data.language)
        told = entry(principal, origin, "user.email_confirmation_requested", "user", user.id)
        await audit.append(tx, [told])
    return EmailConfirmationAnswer(expires_in=int(CONFIRMATION_LASTS.total_seconds()))
