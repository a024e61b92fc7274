"""Put messages into sessions: find, reopen or open the one active session of each conversation."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from platform_aliases import Link
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_sessions.domain.book import Book
from ventros_sessions.domain.facts import Fact, Recorded
from ventros_sessions.domain.past import Past
from ventros_sessions.domain.session import Message
from ventros_sessions.store import sessions, timeouts
from ventros_sessions.store.contacts import contacts


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a bundle: the facts, the messages with the root that we know of, and for those
    whose sender did not know that root, the edges to it."""

    facts: list[Fact]
    messages: list[Message]
    paths: dict[UUID, list[Link]]


async def record_messages(
    tx: Tx, tenant_id: UUID, messages: Sequence[Message], links: Sequence[Link], now: datetime
) -> Recording:
    """Record one tenant's messages, in the order of delivery.

    `links` are the edges of contacts that came with them. The nodes are locked first, so that
    what belongs to one person is decided by one transaction at a time. Messages of the past come
    after the live ones of their bundle.
    """
    nodes = {(message.contact_id, message.project_id) for message in messages}
    nodes |= {(message.root_id, message.project_id) for message in messages}
    roots = await contacts.admit(tx, tenant_id, nodes, links)
    rooted = [
        message
        if message.root_id == roots[message.contact_id]
        else replace(message, root_id=roots[message.contact_id])
        for message in messages
    ]
    moved = {
        known.contact_id
        for told, known in zip(messages, rooted, strict=True)
        if told.root_id != known.root_id
    }
    live = [place for place, message in enumerate(rooted) if not message.historic]
    past = [place for place, message in enumerate(rooted) if message.historic]
    # In the order of the conversation, little has to be joined afterwards.
    past.sort(key=lambda place: rooted[place].occurred_at)
    facts: list[Fact] = []
    if live:
        told = await _record_live(tx, tenant_id, [rooted[place] for place in live], now)
        facts += _placed(told, live)
    if past:
        told = await _record_past(tx, tenant_id, [rooted[place] for place in past])
        facts += _placed(told, past)
    return Recording(facts=facts, messages=rooted, paths=await contacts.paths(tx, moved))


async def _record_live(
    tx: Tx, tenant_id: UUID, messages: Sequence[Message], now: datetime
) -> list[Fact]:
    loaded = await sessions.lock_conversations(
        tx,
        sorted({message.root_id for message in messages}),
        sorted({message.channel_id for message in messages}),
        min(message.received_at for message in messages),
    )
    book = Book(tenant_id, loaded, now, new_id)
    settings = await timeouts.of_channels(tx, tenant_id, book.needs_timeouts(messages))
    book.record_all(messages, settings)
    await sessions.save(tx, book.changed(), book.opened())
    return book.facts


async def _record_past(tx: Tx, tenant_id: UUID, messages: Sequence[Message]) -> list[Fact]:
    channels = {(message.channel_id, message.project_id) for message in messages}
    loaded = await sessions.lock_past(
        tx,
        sorted({message.root_id for message in messages}),
        channels,
        min(message.occurred_at for message in messages),
        max(message.occurred_at for message in messages),
    )
    past = Past(tenant_id, loaded, new_id)
    past.record_all(messages, await timeouts.of_channels(tx, tenant_id, channels))
    # Those that are new first: what was there may have gone into one of them.
    await sessions.save(tx, (), past.opened())
    await sessions.save(tx, past.changed())
    return [*past.facts, *past.imported()]


def _placed(facts: Sequence[Fact], places: Sequence[int]) -> list[Fact]:
    """Facts of some messages of a bundle, with their places in the whole."""
    return [
        replace(fact, place=places[fact.place]) if isinstance(fact, Recorded) else fact
        for fact in facts
    ]
