"""Acknowledgements: what was written on the phone is delivered, then read.

Everything is signed before the clock starts, so that the load leaves the machine to what is
measured: webhook to `message.delivered` and `message.read` at a subscriber.
"""

import time
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ventros_e2e.bench.arrivals import Expected
from ventros_e2e.bench.keepalive import post_request, send_all
from ventros_e2e.bench.traffic import Line
from ventros_e2e.crowd import numbered
from waha_simulator.contents import Content, Kind
from waha_simulator.delivery import Hmac, Webhook, headers
from waha_simulator.engines import Engine
from waha_simulator.ids import IdSource, wall_clock_ms
from waha_simulator.payloads import (
    Account,
    Message,
    ack_payload,
    encode,
    envelope,
    message_payload,
)

PEOPLE = 20
"""Of each line."""
ROUNDS = 10
"""Messages to each of them."""
AT_ONCE = 48
BLOCK = 80
DELIVERED, READ = 2, 3
WITHIN = 120.0


class Written:
    """Messages that lines wrote on their phones; each can be acknowledged once, twice."""

    def __init__(self, amqp_url: str, gateway_url: str, lines: Sequence[Line]) -> None:
        self._amqp_url = amqp_url
        self._gateway_url = gateway_url
        self._ids = IdSource()
        self._messages = list(self._write(lines))

    async def store(self) -> None:
        """Tell of them. Raises LostError, RefusedError."""
        requests = [
            self._request(line, "message.any", message_payload(account, message))
            for line, account, message in self._messages
        ]
        await self._post_until(requests, "message.created.v1")

    async def acknowledge(self) -> float:
        """Acknowledgements per second. Raises LostError, RefusedError."""
        stages = [
            (routing_key, [
                self._request(line, "message.ack", ack_payload(account, message, ack))
                for line, account, message in self._messages
            ])
            for routing_key, ack in (
                ("message.delivered.v1", DELIVERED),
                ("message.read.v1", READ),
            )
        ]  # fmt: skip
        began = time.perf_counter()
        for routing_key, requests in stages:
            await self._post_until(requests, routing_key)
        return sum(len(requests) for _, requests in stages) / (time.perf_counter() - began)

    def _write(self, lines: Sequence[Line]) -> Iterator[tuple[Line, Account, Message]]:
        now = wall_clock_ms() // 1000
        for _ in range(ROUNDS):
            for place, line in enumerate(lines):
                account = Account(session="bench", engine=Engine.GOWS, owner=line.owner)
                for person in range(PEOPLE):
                    yield (
                        line,
                        account,
                        Message(
                            person=numbered(place * PEOPLE + person, block=BLOCK),
                            content=Content(kind=Kind.TEXT, text="Já estamos a caminho"),
                            stanza=self._ids.stanza(from_me=True),
                            timestamp=now,
                            from_me=True,
                        ),
                    )

    def _request(self, line: Line, event: str, payload: Struct) -> bytes:
        account = Account(session="bench", engine=Engine.GOWS, owner=line.owner)
        now = wall_clock_ms()
        body = encode(
            envelope(account, event, payload, event_id=self._ids.envelope(), timestamp_ms=now)
        )
        webhook = Webhook(url=line.webhook_url, events=(event,), hmac=Hmac(key=line.key))
        signed = headers(webhook, body, request_id=self._ids.envelope(), timestamp_ms=now)
        return post_request(line.webhook_url, signed, body)

    async def _post_until(self, requests: Sequence[bytes], routing_key: str) -> None:
        async with Expected(self._amqp_url, routing_key, len(requests)) as all_of_them:
            await send_all(self._gateway_url, requests, AT_ONCE)
            await all_of_them.all(WITHIN)
