"""Rotation of the key ring: everything that it seals under its active key."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from platform_crypto import Context, Vault
from platform_postgres import Database
from ventros_identity.commands import identity_providers, mail, second_factor, signing_keys
from ventros_identity.store import sealed as store
from ventros_identity.store.sealed import Sealed, Table

_PAGE: Final = 200

_PLACES: Final[dict[Table, Callable[[UUID, UUID], Context]]] = {
    "signing_key": lambda _, key_id: signing_keys.place_of(key_id),
    "second_factor": second_factor.place_of,
    "mail": mail.place_of,
    "identity_provider": identity_providers.place_of,
}


async def rewrap(db: Database, vault: Vault, say: Callable[[str], None]) -> int:
    """Re-wrap what an older key wraps, a page in a transaction; how many changed.

    It may be stopped and run again. Readers take old and new throughout.

    Raises:
        platform_crypto.DecryptionError: a secret that no key of the ring opens.
    """
    return sum([await _table(db, vault, table, say) for table in _PLACES])


async def _table(db: Database, vault: Vault, table: Table, say: Callable[[str], None]) -> int:
    changed, seen, after = 0, 0, None
    while True:
        async with db.system() as tx:
            page: list[Sealed] = await store.page(tx, table, after, _PAGE)
            for one in page:
                fresh = vault.rewrap(one.sealed, _PLACES[table](one.tenant_id, one.id))
                if fresh != one.sealed:
                    changed += await store.replace(tx, table, one, fresh)
        seen += len(page)
        say(f"{table}: {seen} seen, {changed} re-wrapped")
        if len(page) < _PAGE:
            return changed
        after = page[-1]
