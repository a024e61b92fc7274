"""Gathers, at rest, what the ledger is compared with: stored, published, set aside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import aiohttp
import asyncpg
import msgspec
from aio_pika.abc import AbstractIncomingMessage
from msgspec import Struct
from pamqp.common import FieldTable

from proto_events.envelope import decode
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_e2e.inbox import Inbox
from ventros_e2e.ledger import Findings, Ledger, Published, Stored
from ventros_e2e.own_stack import OwnStack
from ventros_e2e.waiting import NotHappenedError, eventually

SCHEMAS = ("identity", "channels", "contacts", "sessions", "messaging")
ROUTING_KEY = "message.created.v1"


class _Queue(Struct, frozen=True):
    name: str
    messages: int = 0


class Auditor:
    """Watches one tenant of a stack; made by `auditing` before the first message is sent."""

    def __init__(self, stack: OwnStack, inbox: Inbox, tenant_id: str) -> None:
        self._stack = stack
        self._inbox = inbox
        self._tenant_id = tenant_id
        self._heard: list[tuple[str, str]] = []

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Keep the id of an event and of the message that it is about."""
        async with message.process():
            event = decode(message.body)
            if str(event.tenant_id) == self._tenant_id:
                self._heard.append((str(event.id), event.subject))

    async def settled(self, ledger: Ledger, *, within: float) -> Findings:
        """Wait until everything that was promised is stored and published, then compare.

        What does not settle in time is in the findings.
        """

        async def agreed() -> Findings | None:
            findings = await self.compare(ledger)
            return findings if findings.clean else None

        try:
            return await eventually(agreed, "", within=within)
        except NotHappenedError:
            return await self.compare(ledger)

    async def compare(self, ledger: Ledger) -> Findings:
        """The ledger against what there is now."""
        stored: dict[str, list[Stored]] = {}
        stanzas: dict[str, str] = {}
        for contact_id, messages in (await self._inbox.timelines()).items():
            stored[contact_id] = [
                Stored(stanza=one.stanza, contact_id=one.contact_id, session_id=one.session_id)
                for one in messages
            ]
            stanzas |= {one.id: one.stanza for one in messages}
        published = [
            Published(event_id=event_id, stanza=stanzas.get(message_id, message_id))
            for event_id, message_id in list(self._heard)
        ]
        return ledger.compare(stored, published, await self.set_aside())

    async def set_aside(self) -> list[str]:
        """Parked and deferred events, and dead letters, of all tenants: `where: what`."""
        found: list[str] = []
        connection = await asyncpg.connect(self._stack.admin_url)
        try:
            for schema in SCHEMAS:
                rows = await connection.fetch(
                    f"SELECT consumer, code, count(*) AS count FROM {schema}.deferred"
                    " GROUP BY consumer, code"
                )
                found += [f"{row['consumer']}: {row['count']} {row['code']}" for row in rows]
        finally:
            await connection.close()
        for queue in await self._queues():
            if queue.name.endswith(".dlq") and queue.messages:
                found.append(f"{queue.name}: {queue.messages} dead")
        return found

    async def _queues(self) -> list[_Queue]:
        url = self._stack.around.endpoints.amqp_management_url
        async with aiohttp.ClientSession() as client, client.get(f"{url}/api/queues") as answer:
            answer.raise_for_status()
            return msgspec.json.decode(await answer.read(), type=list[_Queue])


@asynccontextmanager
async def auditing(stack: OwnStack, inbox: Inbox, tenant_id: str) -> AsyncIterator[Auditor]:
    """Listen on a durable queue of our own, across restarts of the broker."""
    auditor = Auditor(stack, inbox, tenant_id)
    name = f"audit.{tenant_id}"
    connection = await aio_pika.connect_robust(stack.amqp_url, timeout=10, reconnect_interval=0.5)
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=500)
    exchange = await channel.declare_exchange(
        DOMAIN_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
    )
    arguments: FieldTable = {"x-queue-type": "quorum"}
    queue = await channel.declare_queue(name, durable=True, arguments=arguments)
    await queue.bind(exchange, ROUTING_KEY)
    await queue.consume(auditor.take)
    try:
        yield auditor
    finally:
        async with asyncio.timeout(10):
            await queue.delete(if_unused=False, if_empty=False)
            await connection.close()
