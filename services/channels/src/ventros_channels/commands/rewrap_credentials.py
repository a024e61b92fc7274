"""Rotation of the key ring: every secret under the active key."""

from uuid import UUID

from platform_crypto import Vault
from platform_postgres import Database
from ventros_channels.commands.seal import rewrap
from ventros_channels.store import credentials

_PAGE = 200


async def rewrap_credentials(database: Database, vault: Vault) -> int:
    """Re-wrap what an older key wraps, page by page; returns how many changed.

    Readers accept old and new throughout; a secret that is changed meanwhile is left alone, it is
    under the active key already.

    Raises:
        platform_crypto.DecryptionError: a secret that no key of the ring opens.
    """
    changed = 0
    after: UUID | None = None
    while True:
        async with database.system() as tx:
            page = await credentials.page(tx, after, _PAGE)
            for credential in page:
                wrapped = rewrap(vault, credential)
                if wrapped.sealed != credential.sealed:
                    await credentials.rewrap(tx, wrapped)
                    changed += 1
        if len(page) < _PAGE:
            return changed
        after = page[-1].id
