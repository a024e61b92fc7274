"""`ventros tail`: what happens in the project, a line an event, for as long as one looks."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Any, Final

import aiohttp
import msgspec

from platform_devstack.api import Refused, Unreachable, retry_after
from platform_devstack.login import Account

PATH: Final = "/v1/events/stream"
REFETCH: Final = "refetch"
# The gateway says something, if only a comment, more often than this.
SILENT_SECONDS: Final = 90.0
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 15.0
_LONGEST_LINE: Final = 8 * 1024 * 1024
# What is worth telling of an event, in this order; ids say little to a person.
_WORDS: Final = (
    "name", "new_name", "title", "text", "body", "email", "phone", "status", "state", "reason",
    "direction", "role",
)  # fmt: skip
_LONGEST_WORDS: Final = 60


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the stream."""

    event: str
    data: str
    id: str


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    subject: str = ""
    time: datetime | None = None
    data: dict[str, Any] = {}


class Parser:
    """Server-sent events, line by line, as the HTML standard has them (9.2.6)."""

    def __init__(self) -> None:
        self._event = ""
        self._data: list[str] = []
        self.last_id = ""
        self.pause: float | None = None
        """What the server said about trying again, in seconds."""

    def line(self, line: str) -> Told | None:
        """Take a line without its end; a message when the line ends one."""
        if not line:
            return self._ended()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and value.isdecimal():
            self.pause = int(value) / 1000
        return None

    def _ended(self) -> Told | None:
        event, data = self._event, self._data
        self._event, self._data = "", []
        if not data:
            return None
        return Told(event=event or "message", data="\n".join(data), id=self.last_id)


def line_of(told: Told) -> str:
    """A message for a person: time, type, subject, a few words."""
    if told.event == REFETCH:
        return "········ events were missed here; read anew what you show"
    try:
        event = msgspec.json.decode(told.data, type=_Event)
    except msgspec.MsgspecError:
        return f"········ {told.event} {told.data[:_LONGEST_WORDS]}"
    at = "········" if event.time is None else f"{event.time.astimezone():%H:%M:%S}"
    words = "  ".join(_words(event.data))
    return f"{at} {event.type:<34} {event.subject:<36}  {words}".rstrip()


def _words(data: dict[str, Any]) -> Iterator[str]:
    """The first three things that are worth telling, here or one level further down."""
    found = 0
    for place in (data, *(value for value in data.values() if isinstance(value, dict))):
        for name in _WORDS:
            value = place.get(name)
            if isinstance(value, str) and value and found < 3:
                found += 1
                text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
                yield text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 1] + "…"


async def follow(
    account: Account,
    *,
    types: list[str],
    since: str,
    say: Callable[[Told], None],
    warn: Callable[[str], None],
) -> None:
    """Say what the stream tells, without an end; connects anew as often as it is cut.

    Raises:
        Refused: asking again would not help.
    """
    parser, refused_token, failures = Parser(), None, 0
    parser.last_id = since
    while True:
        began = asyncio.get_running_loop().time()
        try:
            token = await account.token(refused=refused_token)
            async for told in _messages(account, token, types, parser):
                failures = 0
                say(told)
            why = "the stream ended"
            refused_token = None
        except Refused as refused:
            if refused.status == 401 and refused_token is None:
                refused_token = token
                continue
            if refused.status < 500 and refused.status != 429:
                raise
            why, parser.pause = str(refused), refused.retry_after
        except Unreachable as error:
            why = error.why
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            why = type(error).__name__
        if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
            failures = 0
        pause = max(_pause(failures), parser.pause or 0)
        failures += 1
        warn(f"{why}; connecting again in {pause:.1f} s")
        await asyncio.sleep(pause)


def _pause(failures: int) -> float:
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10))
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 - so that not all come at once


async def _messages(
    account: Account, token: str, types: list[str], parser: Parser
) -> AsyncIterator[Told]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    if parser.last_id:
        headers["Last-Event-ID"] = parser.last_id
    query = {"types": ",".join(types)} if types else {}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=SILENT_SECONDS)
    async with account.api.session.get(
        account.api.url + PATH,
        params=query,
        headers=headers,
        timeout=timeout,
        allow_redirects=False,
        read_bufsize=_LONGEST_LINE,
    ) as answer:
        if answer.status != 200:
            raise Refused(answer.status, await answer.read(), retry_after(answer))
        async for line in answer.content:
            told = parser.line(line.decode().rstrip("\r\n"))
            if told is not None:
                yield told
