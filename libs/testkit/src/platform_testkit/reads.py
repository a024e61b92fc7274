"""What a handler reads of an event: every member that it asks for, and what it says on whole.

A watched event is a Struct of the same type, so handlers cannot tell it from a real one; asking it
for a member notes the path (`message.content.media.url`, `aliases[].root_id`). What goes into an
event of the handler's own is encoded past all asking; so the encoder is watched too: a watched
value that is encoded is read as a whole, for whoever hears the new event may need all of it.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import msgspec

from platform_bus import Consumer, Received
from proto_events import envelope as frame
from proto_events.envelope import Envelope
from proto_events.registry import struct_of

WHOLE = "*"
"""The last step of a path below which everything is read."""


class Reads:
    """Paths that were read, by type of event, in the names of the wire.

    Members of the envelope have no step before them, those of the data stand below `data`.
    """

    def __init__(self) -> None:
        self._paths: dict[str, set[str]] = {}
        self._classes: dict[tuple[type[msgspec.Struct], str, str], type[msgspec.Struct]] = {}

    def of(self, type_name: str) -> frozenset[str]:
        """What was read of a type so far."""
        return frozenset(self._paths.get(type_name, ()))

    def note(self, type_name: str, path: str) -> None:
        """A path was read."""
        self._paths.setdefault(type_name, set()).add(path)

    def received(self, event: Received[Any]) -> Received[Any]:
        """The event, watched."""
        return Received(self.envelope(event.envelope), self.data(event.envelope.type, event.data))

    def envelope(self, envelope: Envelope) -> Envelope:
        """The frame of an event, watched."""
        watched: Envelope = self._watched(envelope, envelope.type, "")
        return watched

    def data(self, type_name: str, data: Any) -> Any:
        """The data of an event, watched."""
        return self._watched(data, type_name, "data")

    def _watched(self, value: Any, type_name: str, path: str) -> Any:
        if isinstance(value, list):
            return [self._watched(part, type_name, f"{path}[]") for part in value]
        if not isinstance(value, msgspec.Struct):
            return value
        members = {
            name: self._watched(getattr(value, name), type_name, below(path, wire))
            for name, wire in _wire_names(type(value)).items()
        }
        return self._class(type(value), type_name, path)(**members)

    def _class(self, kind: type[msgspec.Struct], type_name: str, path: str) -> type[msgspec.Struct]:
        """A Struct like `kind` that notes what it is asked for."""
        key = (kind, type_name, path)
        if key not in self._classes:
            wire = _wire_names(kind)

            def ask(self_: msgspec.Struct, name: str) -> Any:
                if name in wire:
                    self.note(type_name, below(path, wire[name]))
                return kind.__getattribute__(self_, name)

            def told_whole() -> None:
                self.note(type_name, below(path, WHOLE))

            self._classes[key] = msgspec.defstruct(
                kind.__name__,
                [],
                bases=(kind,),
                namespace={"__getattribute__": ask, "told_whole": staticmethod(told_whole)},
                frozen=True,
                kw_only=True,
            )
        return self._classes[key]


def _wire_names(kind: type[msgspec.Struct]) -> dict[str, str]:
    return dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))


def below(path: str, name: str) -> str:
    """A path one step further down."""
    return f"{path}.{name}" if path else name


def watched(consumer: Consumer, reads: Reads) -> Consumer:
    """The consumer, its handler and its call given watched events."""
    handle, call = consumer.handle, consumer.call

    async def watched_handle(tx: Any, tenant_id: Any, events: Sequence[Received[Any]]) -> None:
        assert handle is not None
        with encoder_watched():
            await handle(tx, tenant_id, [reads.received(event) for event in events])

    async def watched_call(events: Sequence[Received[Any]]) -> None:
        assert call is not None
        with encoder_watched():
            await call([reads.received(event) for event in events])

    return msgspec.structs.replace(
        consumer,
        handle=None if handle is None else watched_handle,
        call=None if call is None else watched_call,
    )


@contextlib.contextmanager
def encoder_watched() -> Iterator[None]:
    """While this is open, what `msgspec.json.encode` is given counts as told on."""
    encode = msgspec.json.encode

    def noting(value: Any, **options: Any) -> bytes:
        _note_told(value)
        return encode(value, **options)

    with mock.patch.object(msgspec.json, "encode", noting):
        yield


@contextlib.contextmanager
def decoders_watched(type_name: str, reads: Reads) -> Iterator[None]:
    """While this is open, one who reads bodies by itself gets watched events of this type."""
    read_frame, read_data, struct = frame.decode, msgspec.json.decode, struct_of(type_name)

    def framed(body: Any) -> Envelope:
        envelope = read_frame(body)
        return reads.envelope(envelope) if envelope.type == type_name else envelope

    def noting(body: Any, *, type: Any = Any, **options: Any) -> Any:  # noqa: A002 - its own word
        data = read_data(body, type=type, **options)
        return reads.data(type_name, data) if type is struct else data

    with (
        mock.patch.object(frame, "decode", framed),
        mock.patch.object(msgspec.json, "decode", noting),
        encoder_watched(),
    ):
        yield


def _note_told(value: Any) -> None:
    told = getattr(value, "told_whole", None)
    if told is not None:
        told()
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _note_told(getattr(value, name))
    elif isinstance(value, list):
        for part in value:
            _note_told(part)
