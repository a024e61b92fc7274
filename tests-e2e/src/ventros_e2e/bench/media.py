"""Files that come in: webhook, download, store, `message.media_stored`; and a bare copy of them.

The bare copy asks the same server for the same files, as many at once, and puts each into a folder:
no message, no row, no event.
"""

import asyncio
import itertools
import tempfile
import time
from collections.abc import Sequence

import aiohttp
import obstore
from msgspec import Struct
from obstore.store import LocalStore

from ventros_e2e.bench.arrivals import Expected
from ventros_e2e.crowd import mobile, numbered
from ventros_e2e.lines import connect_line
from ventros_e2e.own_stack import OwnStack
from ventros_e2e.tenants import Login, signed_in
from ventros_e2e.waha import Waha
from waha_simulator.contents import Kind, MediaFile
from waha_simulator.http.control import Batch, Write
from waha_simulator.people import Person

FILES = 200
"""In all, each of another content and one MiB large: what comes a second is MiB a second."""
SIZE = 1024 * 1024
AT_ONCE = 8
"""As many as one process of channels fetches."""
WITHIN = 120.0
BLOCK = 120


class Measured(Struct, frozen=True, kw_only=True):
    """Files per second, with the system and without."""

    rate: float
    bare_rate: float


async def measure(stack: OwnStack, logins: Sequence[Login]) -> Measured:
    """A customer of each tenant sends pictures. Raises LostError."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN)) as client:
        waha = Waha(stack.waha_url, stack.waha_key, client)
        sessions = [await _number(stack, waha, place, one) for place, one in enumerate(logins)]
        await _send(stack, waha, sessions, each=1)
        began = time.perf_counter()
        addresses = await _send(stack, waha, sessions, each=FILES // len(sessions))
        copying = time.perf_counter()
        await _copy(client, waha, addresses)
        copied = time.perf_counter()
    count = len(addresses)
    return Measured(rate=count / (copying - began), bare_rate=count / (copied - copying))


async def _number(stack: OwnStack, waha: Waha, place: int, login: Login) -> str:
    owner = Person(phone=mobile("61", 50_000_000 + place), lid=str(4 * 10**13 + place), name="Loja")
    session = f"media-{place}"
    async with signed_in(stack.gateway_url, login) as api:
        await connect_line(api, waha, session=session, owner=owner, pacing=False)
    return session


async def _send(stack: OwnStack, waha: Waha, sessions: Sequence[str], *, each: int) -> list[str]:
    """Where WAHA has the files of those messages, once they are all stored here."""
    picture = MediaFile(mimetype="image/jpeg", size=SIZE)
    addresses: list[str] = []
    expected = len(sessions) * each
    async with Expected(stack.amqp_url, "message.media_stored.v1", expected) as stored:
        for place, session in enumerate(sessions):
            write = Write(person=numbered(place, block=BLOCK), kind=Kind.IMAGE, media=picture)
            written = await waha.write_all(session, Batch(messages=(write,) * each))
            addresses += [f"/api/files/{session}/{one.message_id}.jpeg" for one in written]
        await stored.all(WITHIN)
    return addresses


async def _copy(client: aiohttp.ClientSession, waha: Waha, addresses: Sequence[str]) -> None:
    left = iter(addresses)
    names = itertools.count()
    headers = {"X-Api-Key": waha.api_key}
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(folder)

        async def some() -> None:
            for address in left:
                async with client.get(waha.url + address, headers=headers) as answer:
                    answer.raise_for_status()
                    content = await answer.read()
                await obstore.put_async(store, str(next(names)), content)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(some())
