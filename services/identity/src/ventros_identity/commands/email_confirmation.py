"""Mail links that confirm an address, and believe them."""

from typing import Final
from uuid import UUID

from platform_auth import Principal
from platform_crypto import Vault
from platform_postgres import Tx
from ventros_identity.commands import mail, secret_tokens
from ventros_identity.commands.secret_tokens import SecretToken
from ventros_identity.domain.email_confirmation import (
    CONFIRMATION_LASTS,
    ConfirmationInvalid,
    EmailUnconfirmed,
    confirmation_letter,
)
from ventros_identity.domain.mail import Language
from ventros_identity.domain.user import User
from ventros_identity.store import email_confirmations, users

PREFIX: Final = "ve_"
_REFUSED: Final = "The link is unknown, was used, or its time is over. Ask for another."


async def send_link(tx: Tx, vault: Vault, user: User, app_url: str, language: Language) -> None:
    """Mail the user a link; earlier ones stay good for their time."""
    token = secret_tokens.make(PREFIX, user.tenant_id)
    # Behind the #, so that no server on the way has it in its log.
    link = f"{app_url.rstrip('/')}/confirm-email#token={token.text}"
    await email_confirmations.add(tx, user.tenant_id, user.id, token.hash, CONFIRMATION_LASTS)
    await mail.write(tx, vault, user.tenant_id, user.email, confirmation_letter(language, link))


def read_token(text: str) -> SecretToken:
    """The token of a link. Raises `ConfirmationInvalid`."""
    token = secret_tokens.read(PREFIX, text)
    if token is None:
        raise ConfirmationInvalid(_REFUSED)
    return token


async def confirm(tx: Tx, token: SecretToken) -> UUID:
    """Whose address it is that is confirmed now. Raises `ConfirmationInvalid`."""
    user_id = await email_confirmations.take(tx, token.tenant_id, token.hash)
    if user_id is None:
        raise ConfirmationInvalid(_REFUSED)
    await email_confirmations.confirm(tx, token.tenant_id, user_id)
    return user_id


async def check_confirmed(tx: Tx, principal: Principal) -> None:
    """Who lets others in can be reached at the address they gave. Raises `EmailUnconfirmed`."""
    user = await users.find(tx, principal.tenant_id, principal.subject)
    if user is not None and not user.email_confirmed:
        raise EmailUnconfirmed("Confirm your e-mail address first, by the link in your mail.")
