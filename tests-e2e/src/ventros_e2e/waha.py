"""A client of WAHA's API and of the simulator's controls."""

from collections.abc import Sequence
from typing import TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from waha_simulator.answering import Answering, Fate
from waha_simulator.delivery import Faults, Webhook
from waha_simulator.engines import Engine
from waha_simulator.file_faults import FileFate, Serving
from waha_simulator.http.control import Batch, Pair, Write, Written
from waha_simulator.http.network import PostedAgain
from waha_simulator.http.requests import CreateSession, UpdateSession
from waha_simulator.people import Person
from waha_simulator.posting import Delivery
from waha_simulator.sessions import Act, SessionConfig

T = TypeVar("T")


class WahaError(Exception):
    """WAHA refused."""


class Sent(Struct, frozen=True):
    """A message of the account's own, as WAHA's history shows it."""

    id: str
    body: str | None = None


class Waha:
    """Calls one server with its key."""

    def __init__(self, url: str, api_key: str, client: aiohttp.ClientSession) -> None:
        self.url = url.rstrip("/")
        self.api_key = api_key
        self._client = client

    async def call(self, method: str, path: str, body: Struct | None = None) -> bytes:
        """One request; the body of its answer. Raises WahaError."""
        data = None if body is None else msgspec.json.encode(body)
        async with self._client.request(
            method, self.url + path, data=data, headers={"X-Api-Key": self.api_key}
        ) as answer:
            content = await answer.read()
            if answer.status >= 300:
                said = content[:300].decode(errors="replace")
                raise WahaError(f"{method} {path}: {answer.status} {said}")
            return content

    async def connect(self, name: str, webhook: Webhook, owner: Person, engine: Engine) -> None:
        """Have a session of this name that is paired and posts to `webhook`; again is fine."""
        config = SessionConfig(webhooks=(webhook,))
        if await self.knows(name):
            await self.call("PUT", f"/api/sessions/{name}", UpdateSession(config=config))
        else:
            await self.call("POST", "/api/sessions", CreateSession(name=name, config=config))
        pair = Pair(owner=owner, engine=engine)
        await self.call("POST", f"/simulator/sessions/{name}/pair", pair)

    async def knows(self, name: str) -> bool:
        """Whether there is a session of this name, stopped ones included."""
        listed = await self.call("GET", "/api/sessions?all=true")
        return any(one.name == name for one in msgspec.json.decode(listed, type=list[_Named]))

    async def write(self, session: str, write: Write) -> Written:
        """Somebody writes; with `wait` the answer tells what became of each delivery."""
        answer = await self.call("POST", f"/simulator/sessions/{session}/messages", write)
        return msgspec.json.decode(answer, type=Written)

    async def write_all(self, session: str, batch: Batch) -> list[Written]:
        """Many messages."""
        answer = await self.call("POST", f"/simulator/sessions/{session}/batch", batch)
        return msgspec.json.decode(answer, type=list[Written])

    async def live_through(self, session: str, writes: Sequence[Write]) -> None:
        """Many messages in this order, of which no webhook tells: what a phone has behind it."""
        await self.faults(Faults(lose=1.0))
        batch = Batch(messages=tuple(writes), in_order=True, wait=True)
        await self.write_all(session, batch)
        await self.faults(Faults())

    async def faults(self, faults: Faults) -> None:
        """What goes wrong from now on."""
        await self.call("PUT", "/simulator/faults", faults)

    async def answering(self, after_seconds: float = 0.0, fates: Sequence[Fate] = ()) -> None:
        """How late WAHA says that a message was sent, and what becomes of the next ones."""
        wanted = Answering(after_seconds=after_seconds, fates=tuple(fates))
        await self.call("PUT", "/simulator/answering", wanted)

    async def serving(self, *fates: FileFate, session: str | None = None) -> None:
        """What becomes of the next files that are asked for; nothing, after none."""
        wanted = Serving(fates=fates, session=session, pause_seconds=0.1)
        await self.call("PUT", "/simulator/files", wanted)

    async def forget_pages(self, count: int) -> None:
        """WAHA fails to show so many of the next pages of a chat."""
        await self.call("PUT", "/simulator/answering", Answering(pages_failed=count))

    async def post_lost(self) -> int:
        """Post what was lost until now; how many deliveries that is."""
        answer = await self.call("POST", "/simulator/deliveries/again")
        return msgspec.json.decode(answer, type=PostedAgain).deliveries

    async def sent(self, session: str, chat_id: str) -> list[Sent]:
        """What the account wrote in a chat, oldest first."""
        path = f"/api/{session}/chats/{chat_id}/messages"
        answer = await self.call("GET", f"{path}?limit=100&sortOrder=asc&filter.fromMe=true")
        return msgspec.json.decode(answer, type=list[Sent])

    async def acts(self, session: str) -> list[Act]:
        """What the account did to chats and messages that are there."""
        answer = await self.call("GET", f"/simulator/sessions/{session}/acts")
        return msgspec.json.decode(answer, type=list[Act])

    async def deliveries(self, session: str) -> list[Delivery]:
        """The log of one session."""
        answer = await self.call("GET", f"/simulator/deliveries?session={session}")
        return msgspec.json.decode(answer, type=list[Delivery])


class _Named(Struct, frozen=True):
    name: str
