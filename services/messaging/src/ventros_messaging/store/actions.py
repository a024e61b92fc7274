"""The table `message_action`."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Tx
from ventros_messaging.domain.action import Action, ActionStatus
from ventros_messaging.domain.chat import Chat
from ventros_messaging.store.chats import Place

_COLUMNS: Final = """
    id, project_id, channel_id, kind, message_id, chat_id, emoji, said, options, label_id,
    requested_by, status, failure, failure_reason, requested_at, expires_at, settled_at
"""

_INSERT: Final = """
INSERT INTO message_action (
    tenant_id, id, project_id, channel_id, kind, message_id, chat_id, emoji, said, requested_by,
    requested_at, expires_at, options, label_id, status, settled_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""

_READ: Final = f"""
SELECT {_COLUMNS} FROM message_action WHERE tenant_id = $1 AND project_id = $2 AND id = $3
"""  # noqa: S608 - constants of this module

_SETTLE: Final = f"""
UPDATE message_action
SET status = $3, settled_at = $4, failure = $5, failure_reason = $6
WHERE tenant_id = $1 AND id = $2 AND status = 'queued'
RETURNING {_COLUMNS}
"""  # noqa: S608 - constants of this module

_ADDRESS: Final = "SELECT address FROM chat WHERE tenant_id = $1 AND id = $2"

_PLACE: Final = "SELECT channel_id, address FROM chat WHERE tenant_id = $1 AND id = $2"

_REF: Final = "SELECT channel_id, stanza, from_me FROM message WHERE tenant_id = $1 AND id = $2"


_LAST_HEARD: Final = """
SELECT provider_message_id FROM message
WHERE tenant_id = $1 AND project_id = $2 AND contact_id = $3 AND channel_id = $4 AND NOT from_me
ORDER BY occurred_at DESC, ingress_seq DESC, id DESC
LIMIT 1
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an action."""

    id: UUID
    status: ActionStatus
    at: datetime
    failure: str | None = None
    reason: str | None = None


async def last_heard(tx: Tx, tenant_id: UUID, chat: Chat) -> str | None:
    """The last message that came in on a chat of two, by the provider's id."""
    asked = (chat.project_id, chat.contact_id, chat.channel_id)
    found: str | None = await tx.fetchval(_LAST_HEARD, tenant_id, *asked)
    return found


async def insert(tx: Tx, tenant_id: UUID, action: Action) -> None:
    """A new one, queued; or done at once, where it is ours to do."""
    await tx.execute(
        _INSERT,
        tenant_id,
        action.id,
        action.project_id,
        action.channel_id,
        action.kind,
        action.message_id,
        action.chat_id,
        action.emoji,
        action.said,
        action.requested_by,
        action.requested_at,
        action.expires_at,
        action.options,
        action.label_id,
        action.status,
        action.settled_at,
    )


async def find(tx: Tx, tenant_id: UUID, project_id: UUID, action_id: UUID) -> Action | None:
    """The one with this id in this project."""
    row = await tx.fetchrow(_READ, tenant_id, project_id, action_id)
    return None if row is None else _action(row)


async def settle(tx: Tx, tenant_id: UUID, outcome: Outcome) -> Action | None:
    """The action as it now is; None when this is no news, or nobody here asked for it."""
    row = await tx.fetchrow(
        _SETTLE,
        tenant_id,
        outcome.id,
        outcome.status,
        outcome.at,
        outcome.failure,
        outcome.reason,
    )
    return None if row is None else _action(row)


async def address_of(tx: Tx, tenant_id: UUID, chat_id: UUID) -> str:
    """How the provider names a chat that is known."""
    address: str = await tx.fetchval(_ADDRESS, tenant_id, chat_id)
    return address


async def place_of(tx: Tx, tenant_id: UUID, chat_id: UUID) -> Place:
    """Where a chat that is known is."""
    row = await tx.fetchrow(_PLACE, tenant_id, chat_id)
    if row is None:
        raise ValueError("an action is of a chat that is here")
    return Place(row["channel_id"], row["address"])


async def named(tx: Tx, tenant_id: UUID, message_id: UUID) -> tuple[UUID, str, bool]:
    """How the provider names a message that is known: its channel, its stanza, and its side."""
    row = await tx.fetchrow(_REF, tenant_id, message_id)
    if row is None:
        raise ValueError("an action is of a message that is here")
    return row["channel_id"], row["stanza"], row["from_me"]


def _action(row: Record) -> Action:
    return Action(**{name: row[name] for name in Action.__struct_fields__})
