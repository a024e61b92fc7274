"""Make groups of the messages that wait, and close those whose time has come."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.message_group import (
    GROUPED,
    Change,
    Closed,
    close,
    complete,
    expire,
    gather,
    last_of,
)
from ventros_messaging.store import message_groups as store

_BUNDLES: Final = 20
_GROUPS: Final = 200


class Gathered(msgspec.Struct, frozen=True):
    """What changed, and whether more may be left."""

    changes: list[Change]
    more: bool


async def gather_groups(tx: Tx, tenant_id: UUID, now: datetime) -> Gathered:
    """A part of a tenant's work; nothing while another one does it.

    Nothing is closed while messages wait: one of them may belong to a group that is due.
    """
    if not await store.alone(tx, tenant_id):
        return Gathered([], more=False)
    taken = await store.take(tx, tenant_id, _BUNDLES)
    if taken:
        changes = await _gather(tx, tenant_id, taken, now)
        more = True
    else:
        due = await store.due(tx, tenant_id, now, _GROUPS)
        changes = [
            expire(group) if group.status == "processing" else close(group, now) for group in due
        ]
        more = len(due) == _GROUPS
    changes += [
        complete(change.group, now) for change in changes if isinstance(change.step, Closed)
    ]
    if changes:
        await store.save(tx, tenant_id, list(last_of(changes).values()))
    return Gathered(changes, more)


async def _gather(tx: Tx, tenant_id: UUID, message_ids: list[UUID], now: datetime) -> list[Change]:
    waiting = [
        each.message
        for each in await store.incoming(tx, tenant_id, message_ids)
        if each.content_type in GROUPED and each.message.pause
    ]
    if not waiting:
        return []
    sessions = {message.conversation.session_id for message in waiting}
    return gather(await store.open_groups(tx, tenant_id, sessions), waiting, now)
