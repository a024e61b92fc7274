"""Make groups of the messages that wait, and close those whose time has come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.commands.enrich import Requested, ask
from ventros_messaging.domain.enrichment import ENRICHED, Asked
from ventros_messaging.domain.message_group import (
    GROUPED,
    Change,
    Closed,
    Joined,
    close,
    complete,
    expire,
    gather,
    last_of,
)
from ventros_messaging.store import enrichments
from ventros_messaging.store import message_groups as store
from ventros_messaging.store.message_groups import Waiting

_BUNDLES: Final = 20
_GROUPS: Final = 200


class Gathered(msgspec.Struct, frozen=True):
    """What changed, the files that are to be put into words, and whether more may be left."""

    changes: list[Change]
    requested: Requested | None
    more: bool


async def gather_groups(
    tx: Tx, tenant_id: UUID, now: datetime, *, closing: bool = True
) -> Gathered:
    """A part of a tenant's work; nothing while another one does it.

    Nothing is closed while messages wait: one of them may belong to a group that is due.
    """
    if not await store.alone(tx, tenant_id):
        return Gathered([], None, more=False)
    taken = await store.take(tx, tenant_id, _BUNDLES)
    requested = None
    if taken:
        waiting = await store.incoming(tx, tenant_id, taken)
        changes = await _gather(tx, tenant_id, waiting, now)
        asked = _asked(waiting, changes)
        requested = await ask(tx, tenant_id, asked, now) if asked else None
        more = True
    else:
        due = await store.due(tx, tenant_id, now, _GROUPS) if closing else []
        changes = [
            expire(group) if group.status == "processing" else close(group, now) for group in due
        ]
        more = len(due) == _GROUPS
    closed = [change.group for change in changes if isinstance(change.step, Closed)]
    if closed:
        busy = await enrichments.unfinished(tx, tenant_id, [group.id for group in closed])
        changes += [complete(group, now) for group in closed if group.id not in busy]
    if changes:
        await store.save(tx, tenant_id, list(last_of(changes).values()))
    return Gathered(changes, requested, more)


async def _gather(
    tx: Tx, tenant_id: UUID, waiting: Sequence[Waiting], now: datetime
) -> list[Change]:
    grouped = [
        each.message for each in waiting if each.content_type in GROUPED and each.message.pause
    ]
    if not grouped:
        return []
    sessions = {message.conversation.session_id for message in grouped}
    return gather(await store.open_groups(tx, tenant_id, sessions), grouped, now)


def _asked(waiting: Sequence[Waiting], changes: Sequence[Change]) -> list[Asked]:
    groups = {
        change.step.message_id: change.group.id
        for change in changes
        if isinstance(change.step, Joined)
    }
    return [
        Asked(
            message_id=each.message.id,
            project_id=each.message.project_id,
            message_group_id=groups.get(each.message.id),
            contact_id=each.message.conversation.contact_id,
            session_id=each.message.conversation.session_id,
            channel_id=each.message.conversation.channel_id,
            content_type=kind,
        )
        for each in waiting
        for kind in ENRICHED
        if each.processed and each.content_type == kind
    ]
