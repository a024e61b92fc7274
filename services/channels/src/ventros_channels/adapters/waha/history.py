"""What WAHA kept of a number's chats, as the webhooks that would have told of it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import msgspec

from platform_outbound import Outbound
from ventros_channels.adapters.waha.client import Client, Query, segment
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.waha.addresses import read_address

PAGE: Final = 50
"""Messages of one answer: documents of engines are long, and answers have a limit."""

_PASSES: Final = 5
_MAX_PAGES: Final = 400
_KEPT: Final = frozenset({"phone", "lid", "group"})

JsonObject = dict[str, Any]


class _Chat(msgspec.Struct, frozen=True):
    id: Any = None


class WahaHistory:
    """One for all channels; it asks one thing at a time."""

    def __init__(self, outbound: Outbound) -> None:
        self._client = Client(outbound)

    @property
    def page_size(self) -> int:
        """Messages of a full page."""
        return PAGE

    async def chats(self, at: Connection) -> list[str]:
        """Every chat that a message may be kept of, as WAHA writes its address.

        The list moves while it is read: a chat that is written in goes to its top, past whoever
        pages down. So it is read again until nothing new is found.

        Raises:
            NotSent
        """
        found: dict[str, None] = {}
        for _ in range(_PASSES):
            before = len(found)
            async for page in self._pages(at, "/chats/overview", {}, list[_Chat]):
                found |= {chat: None for one in page if (chat := _address(one.id)) is not None}
            if len(found) == before:
                break
        return list(found)

    async def webhooks(
        self, at: Connection, chat: str, since: datetime, until: datetime
    ) -> list[bytes]:
        """The messages written in [`since`, `until`], oldest first, each as a `message.any`.

        The same message is the same bytes, for as long as WAHA shows it the same.

        Raises:
            NotSent
        """
        path = f"/chats/{segment(chat)}/messages"
        shown: list[JsonObject] = []
        async for page in self._pages(at, path, _span(since, until), list[JsonObject]):
            shown += page
        shown.reverse()
        shown.sort(key=_seconds)
        return [as_webhook(at.session, payload) for payload in shown]

    async def page(
        self, at: Connection, chat: str, since: datetime, until: datetime, offset: int
    ) -> list[JsonObject]:
        """The next messages of the span behind `offset` ones, newest first, without their files.

        Raises:
            NotSent
        """
        path = f"/api/{segment(at.session)}/chats/{segment(chat)}/messages"
        asked = {**_span(since, until), "limit": str(PAGE), "offset": str(offset)}
        return await self._client.ask(at, path, asked, list[JsonObject])

    async def _pages(
        self, at: Connection, path: str, query: Query, shape: type[list[Any]]
    ) -> AsyncIterator[list[Any]]:
        last: list[Any] = []
        for number in range(_MAX_PAGES):
            asked = {**query, "limit": str(PAGE), "offset": str(number * PAGE)}
            page = await self._client.ask(at, f"/api/{segment(at.session)}{path}", asked, shape)
            # A short page need not be the end: an engine may filter what it has cut already.
            if not page or (page == last and len(page) < PAGE):
                return
            if page == last:
                break
            yield page
            last = page
        raise NotSent("unavailable", "WAHA shows more than can be read, or one page for ever.")


def _span(since: datetime, until: datetime) -> Query:
    return {
        "downloadMedia": "false",
        "filter.timestamp.gte": str(int(since.timestamp())),
        "filter.timestamp.lte": str(int(until.timestamp())),
    }


def _address(given: object) -> str | None:
    """Browser engines write an object, the others a text."""
    text = given.get("_serialized") if isinstance(given, dict) else given
    address = read_address(text)
    return text if isinstance(text, str) and address and address.kind in _KEPT else None


def _seconds(payload: JsonObject) -> float:
    given = payload.get("timestamp")
    return float(given) if isinstance(given, int | float) else 0.0


def as_webhook(session: str, payload: JsonObject) -> bytes:
    """A message that WAHA kept, as the webhook that would have told of it."""
    document = {"event": "message.any", "session": session, "payload": payload}
    return msgspec.json.encode(document, order="deterministic")
