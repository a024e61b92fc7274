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
from ventros_sessions.domain.facts import Fact
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
    what belongs to one person is decided by one transaction at a time.
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
    loaded = await sessions.lock_conversations(
        tx,
        sorted({message.root_id for message in rooted}),
        sorted({message.channel_id for message in rooted}),
        min(message.received_at for message in rooted),
    )
    book = Book(tenant_id, loaded, now, new_id)
    settings = await timeouts.of_channels(tx, tenant_id, book.needs_timeouts(rooted))
    book.record_all(rooted, settings)
    await sessions.save(tx, book.changed(), book.opened())
    return Recording(facts=book.facts, messages=rooted, paths=await contacts.paths(tx, moved))
