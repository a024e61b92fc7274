"""An event as it is passed on: decoded as far as needed once, framed once, shared by all."""

from typing import Final
from uuid import UUID

import msgspec

Place = tuple[str, str]
"""Tenant and project."""


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What decides who gets an event. The rest of it is not looked at."""

    id: UUID
    type: str
    tenantid: str
    projectid: str


_decoder: Final = msgspec.json.Decoder(_Head)


class Heard:
    """One event. `number` counts what this gateway has heard; `at` is monotonic, in seconds."""

    __slots__ = ("_frame", "_text", "at", "body", "id", "mark", "number", "place", "type")

    def __init__(self, body: bytes, *, number: int, at: float, mark: str) -> None:
        """Raises `msgspec.MsgspecError`: this is no event."""
        head = _decoder.decode(body)
        if b"\n" in body or b"\r" in body:
            # A line of the stream is a line.
            body = msgspec.json.format(body, indent=-1)
        self.body = body
        self.id = head.id
        self.type = head.type
        self.place: Place = (head.tenantid, head.projectid)
        self.number = number
        self.at = at
        self.mark = mark
        self._frame: bytes | None = None
        self._text: str | None = None

    @property
    def frame(self) -> bytes:
        """As server-sent events have it."""
        if self._frame is None:
            self._frame = b"id: %s.%s\nevent: %s\ndata: %s\n\n" % (
                str(self.id).encode(),
                self.mark.encode(),
                self.type.encode(),
                self.body,
            )
        return self._frame

    @property
    def text(self) -> str:
        """As a message of a WebSocket."""
        if self._text is None:
            self._text = (
                f'{{"id":"{self.id}.{self.mark}","type":{msgspec.json.encode(self.type).decode()},'
                f'"event":{self.body.decode()}}}'
            )
        return self._text


class LastId(msgspec.Struct, frozen=True):
    """Up to where a client has come: an event, and the gateway that told it of it (or none)."""

    event: UUID
    mark: str


def last_id(text: str) -> LastId | None:
    """An id as it was given out, or the id of an event alone; None for what is neither."""
    event, _, mark = text.partition(".")
    try:
        return LastId(UUID(event), mark)
    except ValueError:
        return None
