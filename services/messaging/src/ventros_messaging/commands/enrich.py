"""Put files into words: from the request to the words, and to the group that waits for them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.enrichment import (
    Asked,
    Enrichment,
    EnrichmentType,
    Found,
    Reason,
    Words,
    month_of,
)
from ventros_messaging.domain.message_group import Change, complete
from ventros_messaging.store import enrichments as store
from ventros_messaging.store import message_groups
from ventros_messaging.store.enrichments import WithFile


class Ended(msgspec.Struct, frozen=True):
    """What is done, and the groups that waited for it alone."""

    enrichments: list[Enrichment]
    groups: list[Change]


class Requested(msgspec.Struct, frozen=True):
    """What can be read now, and what is done already since its file is lost."""

    ready: list[WithFile]
    ended: Ended


async def ask(tx: Tx, tenant_id: UUID, asked: Sequence[Asked], now: datetime) -> Requested:
    """Files of these messages are to be put into words, as soon as they are there."""
    await store.meet(tx, tenant_id)
    await store.ask(tx, tenant_id, asked, now)
    return await _request(tx, tenant_id, [one.message_id for one in asked], now)


async def files_found(tx: Tx, tenant_id: UUID, files: Sequence[Found], now: datetime) -> Requested:
    """Files are there, or are lost."""
    await store.meet(tx, tenant_id)
    await store.keep_files(tx, tenant_id, files)
    return await _request(tx, tenant_id, [file.message_id for file in files], now)


async def begin(
    tx: Tx,
    tenant_id: UUID,
    message_id: UUID,
    now: datetime,
    *,
    charges: Callable[[EnrichmentType], bool],
    most: int,
) -> WithFile | Reason | None:
    """Begin to read a file, or say why not; None if it is done. What `charges` says of its type
    counts for the tenant's month, which has `most` of them."""
    begun = await store.begin(tx, tenant_id, message_id)
    if begun is None:
        return None
    if charges(begun.enrichment.content_type) and not await store.charge(
        tx, tenant_id, month_of(now), most
    ):
        return "budget_exceeded"
    return begun


async def succeed(
    tx: Tx,
    tenant_id: UUID,
    message_id: UUID,
    now: datetime,
    *,
    provider: str,
    words: Words,
    processing_ms: int,
) -> Ended:
    """There are words."""
    if words.tokens:
        await store.count_tokens(tx, tenant_id, month_of(now), words.tokens)
    ended = await store.end(
        tx,
        tenant_id,
        message_id,
        now,
        provider=provider,
        words=words,
        processing_ms=processing_ms,
    )
    return await _ended(tx, tenant_id, [] if ended is None else [ended], now)


async def fail(tx: Tx, tenant_id: UUID, message_id: UUID, now: datetime, error: Reason) -> Ended:
    """There will be none."""
    ended = await store.end(tx, tenant_id, message_id, now, error=error)
    return await _ended(tx, tenant_id, [] if ended is None else [ended], now)


async def _request(
    tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID], now: datetime
) -> Requested:
    found = await store.request(tx, tenant_id, message_ids, now)
    lost = [
        ended
        for each in found
        if each.file.sha256 is None
        and (
            ended := await store.end(tx, tenant_id, each.file.message_id, now, error="file_missing")
        )
        is not None
    ]
    ready = [each for each in found if each.file.sha256 is not None]
    return Requested(ready, await _ended(tx, tenant_id, lost, now))


async def _ended(tx: Tx, tenant_id: UUID, ended: list[Enrichment], now: datetime) -> Ended:
    waiting = {one.message_group_id for one in ended if one.message_group_id is not None}
    if not waiting:
        return Ended(ended, [])
    groups = await message_groups.processing(tx, tenant_id, waiting)
    busy = await store.unfinished(tx, tenant_id, [group.id for group in groups])
    changes = [complete(group, now) for group in groups if group.id not in busy]
    if changes:
        await message_groups.save(tx, tenant_id, [change.group for change in changes])
    return Ended(ended, changes)
