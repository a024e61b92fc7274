"""Write mail: its text is sealed until it is sent, for the links in it let their reader in."""

from uuid import UUID

from platform_core.ids import new_id
from platform_crypto import Context, Vault
from platform_postgres import Tx
from ventros_identity.domain.mail import Letter, Mail
from ventros_identity.store import mail as store
from ventros_identity.store.mail import Claimed


async def write(tx: Tx, vault: Vault, tenant_id: UUID, recipient: str, letter: Letter) -> UUID:
    """Let a mail be sent once this transaction is committed; its id."""
    mail_id = new_id()
    sealed = vault.seal(letter.body.encode(), place_of(tenant_id, mail_id))
    await store.add(tx, tenant_id, mail_id, recipient, letter.subject, sealed)
    return mail_id


def opened(vault: Vault, claimed: Claimed) -> Mail:
    """A mail with its text. Raises `DecryptionError`."""
    body = claimed.body
    if claimed.sealed is not None:
        body = vault.open(claimed.sealed, place_of(claimed.tenant_id, claimed.id)).decode()
    return Mail(
        tenant_id=claimed.tenant_id,
        id=claimed.id,
        recipient=claimed.recipient,
        letter=Letter(subject=claimed.subject, body=body or ""),
        attempts=claimed.attempts,
    )


def place_of(tenant_id: UUID, mail_id: UUID) -> Context:
    """Where the text of a mail is sealed."""
    return Context(
        service="identity",
        table="mail",
        tenant_id=tenant_id,
        record_id=mail_id,
        field="body",
        version=1,
    )
