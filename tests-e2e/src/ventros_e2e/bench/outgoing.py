"""The way out: messages asked for at the API until the simulated WAHA has taken the last one.

Many numbers write to a few customers each, for a channel and a chat have their own pace: five
messages a second, and one. A process gives 64 numbers a turn at once, and each rests a fifth of a
second in it, which bounds the whole to 320 a second. Pauses that keep a number from being banned
are off. What comes back of each message, its echo and its acknowledgements, comes meanwhile.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from uuid import uuid4

import aiohttp
import msgspec
from msgspec import Struct

from ventros_e2e.api import Api
from ventros_e2e.bench.arrivals import Arrivals, Expected, LostError
from ventros_e2e.bench.keepalive import post_request, send_all
from ventros_e2e.crowd import mobile, numbered
from ventros_e2e.lines import connect_line
from ventros_e2e.own_stack import OwnStack
from ventros_e2e.tenants import Login, signed_in
from ventros_e2e.waha import Waha
from waha_simulator.http.control import Write
from waha_simulator.people import Person

NUMBERS = 5
"""Of each tenant."""
CUSTOMERS = 5
"""Of each number."""
ROUNDS = 4
"""Messages to each customer."""
AT_ONCE = 24
MEETING_SECONDS = 120.0
DELIVERY_SECONDS = 120.0
BLOCK = 40


class Measured(Struct, frozen=True, kw_only=True):
    """Per second: answers of the API, and messages from the first request to the last delivery."""

    accepted: float
    delivered: float


class _Data(Struct, frozen=True):
    contact_id: str
    channel_id: str


class _Event(Struct, frozen=True):
    data: _Data


_decode = msgspec.json.Decoder(_Event).decode


async def measure(stack: OwnStack, logins: Sequence[Login]) -> Measured:
    """Customers write first, so that they can be answered. Raises LostError, RefusedError."""
    async with AsyncExitStack() as clients:
        apis = [
            await clients.enter_async_context(signed_in(stack.gateway_url, login))
            for login in logins
        ]
        met = await _meet(stack, apis)
        bodies = list(_requests(stack.gateway_url, met))
        async with Expected(stack.amqp_url, "channel.message_sent.v1", len(bodies)) as sent:
            began = time.perf_counter()
            await send_all(stack.gateway_url, bodies, AT_ONCE)
            accepted = time.perf_counter()
            await sent.all(DELIVERY_SECONDS)
            delivered = time.perf_counter()
    count = len(bodies)
    return Measured(accepted=count / (accepted - began), delivered=count / (delivered - began))


async def _meet(stack: OwnStack, apis: Sequence[Api]) -> list[tuple[Api, list[_Data]]]:
    """Numbers are connected and customers write to them: whom each tenant can answer."""
    found: dict[str, list[_Data]] = {}
    wanted = len(apis) * NUMBERS * CUSTOMERS
    everyone = asyncio.Event()

    def arrived(body: bytes) -> None:
        data = _decode(body).data
        found.setdefault(data.channel_id, []).append(data)
        if sum(map(len, found.values())) >= wanted:
            everyone.set()

    channels: list[list[str]] = []
    async with (
        Arrivals(stack.amqp_url, "message.created.v1", arrived),
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as client,
    ):
        waha = Waha(stack.waha_url, stack.waha_key, client)
        for place, api in enumerate(apis):
            channels.append([await _number(api, waha, place, number) for number in range(NUMBERS)])
        try:
            async with asyncio.timeout(MEETING_SECONDS):
                await everyone.wait()
        except TimeoutError:
            raise LostError(f"not all of {wanted} customers were heard") from None
    return [
        (api, [one for channel in known for one in found[channel]])
        for api, known in zip(apis, channels, strict=True)
    ]


async def _number(api: Api, waha: Waha, place: int, number: int) -> str:
    """One number, and its customers' first messages; the channel's id."""
    line = place * NUMBERS + number
    owner = Person(phone=mobile("31", 30_000_000 + line), lid=str(7 * 10**13 + line), name="Loja")
    session = f"out-{line}"
    channel = await connect_line(api, waha, session=session, owner=owner, pacing=False)
    for customer in range(CUSTOMERS):
        person = numbered(line * CUSTOMERS + customer, block=BLOCK)
        await waha.write(session, Write(person=person, text="oi"))
    return channel.id


def _requests(url: str, met: Sequence[tuple[Api, list[_Data]]]) -> Iterator[bytes]:
    """One to every customer of every tenant in turn, then the next round."""
    for _ in range(ROUNDS):
        for customers in itertools.zip_longest(*(known for _, known in met)):
            for (api, _), customer in zip(met, customers, strict=True):
                body = msgspec.json.encode(
                    {
                        "contact_id": customer.contact_id,
                        "channel_id": customer.channel_id,
                        "content": {"type": "text", "text": "Bom dia! Em que posso ajudar?"},
                    }
                )
                headers = {
                    **api.headers,
                    "Content-Type": "application/json",
                    "Idempotency-Key": str(uuid4()),
                }
                yield post_request(f"{url}/v1/messages", headers, body)
