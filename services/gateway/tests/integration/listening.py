"""What the tests of the live stream have in common: events, who tells them, who listens."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiormq
import httpx
import msgspec

from proto_events import envelope
from proto_events.envelope import Envelope
from proto_events.registry import DOMAIN_EXCHANGE

STREAM = "/v1/events/stream"
SECONDS = 10.0


def made(
    tenant: str, project: str, type_: str = "contact.created.v1", padding: int = 0
) -> Envelope:
    """An event as a service says it."""
    return Envelope(
        id=uuid4(), source="ventros/contacts", type=type_, subject="x", time=datetime.now(UTC),
        data_schema=type_, tenant_id=UUID(tenant), project_id=UUID(project), partition_key="x",
        sequence=1, correlation_id=uuid4(),
        data=msgspec.Raw(msgspec.json.encode({"text": "x" * padding})),
    )  # fmt: skip


class Teller:
    """Publishes events as relays do, in order."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    async def tell(self, *events: Envelope) -> list[str]:
        """Their ids, once the broker has them."""
        for event in events:
            await self._channel.basic_publish(
                envelope.encode(event), exchange=DOMAIN_EXCHANGE, routing_key=event.type
            )
        return [str(event.id) for event in events]


@contextlib.asynccontextmanager
async def teller(amqp_url: str) -> AsyncIterator[Teller]:
    connection = await aiormq.connect(amqp_url)
    try:
        yield Teller(await connection.channel())
    finally:
        await connection.close()


class Heard(msgspec.Struct, frozen=True):
    """One event of a stream; `event` is the id of the event itself."""

    id: str
    type: str
    event: str


class Stream:
    """Reads server-sent events as a browser does."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self.comments: list[str] = []

    async def next(self) -> Heard:
        """The next event. Raises StopAsyncIteration when the stream has ended."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(SECONDS):
            while True:
                line = await anext(self._lines)
                if line.startswith(":"):
                    self.comments.append(line)
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    event = msgspec.json.decode(fields["data"]).get("id", "")
                    return Heard(fields.get("id", ""), fields["event"], event)

    async def events(self, count: int) -> list[str]:
        """The ids of the next ones."""
        return [(await self.next()).event for _ in range(count)]

    async def end(self) -> None:
        """Wait until it ends, telling of no further event."""
        with contextlib.suppress(StopAsyncIteration):
            raise AssertionError(await self.next())


@contextlib.asynccontextmanager
async def listening(
    http: httpx.AsyncClient, headers: dict[str, str], query: str = "", last: str | None = None
) -> AsyncIterator[Stream]:
    resumed = {} if last is None else {"Last-Event-ID": last}
    async with http.stream("GET", STREAM + query, headers=headers | resumed) as answer:
        if answer.status_code != 200:
            await answer.aread()
        assert answer.status_code == 200, answer.text
        yield Stream(answer)
