"""The table `message_recipient`: how far messages of ours got with the members of a group.

Who changes it holds the message's row.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Tx
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.progress import Failure, Progress
from ventros_messaging.domain.receipts import Receipt
from ventros_messaging.store.documents import document

_COLUMNS: Final = "id, addresses, sent_at, delivered_at, read_at, played_at, failure"

# The members of one message are few: they are walked by the key.
_FIND: Final = f"""
SELECT {_COLUMNS} FROM message_recipient
WHERE tenant_id = $1 AND message_id = $2 AND known_by && $3::text[]
ORDER BY id
"""  # noqa: S608 - constants of this module

_SAVE: Final = """
INSERT INTO message_recipient (
    tenant_id, message_id, id, addresses, known_by, status, sent_at, delivered_at, read_at,
    played_at, failure
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant_id, message_id, id) DO UPDATE
SET addresses = excluded.addresses, known_by = excluded.known_by, status = excluded.status,
    sent_at = excluded.sent_at, delivered_at = excluded.delivered_at, read_at = excluded.read_at,
    played_at = excluded.played_at, failure = excluded.failure
"""

_REMOVE: Final = """
DELETE FROM message_recipient WHERE tenant_id = $1 AND message_id = $2 AND id = ANY($3::uuid[])
"""

LIST: Final = f"""
SELECT {_COLUMNS} FROM message_recipient
WHERE tenant_id = $1 AND message_id = $2 AND ($3::uuid IS NULL OR id > $3)
ORDER BY id
LIMIT $4
"""  # noqa: S608 - constants of this module

_ADDRESSES: Final = msgspec.json.Decoder(tuple[Address, ...])
_FAILURE: Final = msgspec.json.Decoder(Failure)


async def find(
    tx: Tx, tenant_id: UUID, message_id: UUID, addresses: Sequence[Address]
) -> list[Receipt]:
    """Those of a message who are known by one of these addresses."""
    found = await tx.fetch(_FIND, tenant_id, message_id, _known_by(addresses))
    return [_receipt(row) for row in found]


async def save(
    tx: Tx, tenant_id: UUID, message_id: UUID, receipt: Receipt, joined: Sequence[UUID]
) -> None:
    """Write one, and take away those that are `joined` in it."""
    if joined:
        await tx.execute(_REMOVE, tenant_id, message_id, joined)
    progress = receipt.progress
    await tx.execute(
        _SAVE,
        tenant_id,
        message_id,
        receipt.id,
        document(receipt.addresses),
        _known_by(receipt.addresses),
        progress.status,
        progress.sent_at,
        progress.delivered_at,
        progress.read_at,
        progress.played_at,
        None if progress.failure is None else document(progress.failure),
    )


async def of_message(
    tx: Tx, tenant_id: UUID, message_id: UUID, *, beyond: UUID | None, limit: int
) -> list[Receipt]:
    """The next `limit` members of whom something was told."""
    return [_receipt(row) for row in await tx.fetch(LIST, tenant_id, message_id, beyond, limit)]


def _known_by(addresses: Sequence[Address]) -> list[str]:
    return [f"{each.kind}:{each.value}" for each in addresses]


def _receipt(row: Record) -> Receipt:
    failure = row["failure"]
    return Receipt(
        id=row["id"],
        addresses=_ADDRESSES.decode(row["addresses"]),
        progress=Progress(
            sent_at=row["sent_at"],
            delivered_at=row["delivered_at"],
            read_at=row["read_at"],
            played_at=row["played_at"],
            failure=None if failure is None else _FAILURE.decode(failure),
        ),
    )
