"""Messages of a group, as far as sending into it asks."""

from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx

_ORIGINAL: Final = """
SELECT stanza, from_me, provider_message_id FROM message
WHERE tenant_id = $1 AND project_id = $2 AND id = $3 AND chat_id = $4
"""


class Original(msgspec.Struct, frozen=True):
    """A message that can be answered, with its whole id at the provider."""

    stanza: str
    from_me: bool
    provider_message_id: str


async def original(
    tx: Tx, tenant_id: UUID, project_id: UUID, chat_id: UUID, message_id: UUID
) -> Original | None:
    """A message of this group."""
    row = await tx.fetchrow(_ORIGINAL, tenant_id, project_id, message_id, chat_id)
    return (
        None if row is None else Original(row["stanza"], row["from_me"], row["provider_message_id"])
    )
