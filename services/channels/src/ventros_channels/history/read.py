"""What a provider kept, read by the readers of its webhooks."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from proto_events.provider_facts import AckStatus
from ventros_channels.adapters.waha.history import as_webhook
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.waha.message_facts import ack_status
from ventros_channels.events.waha.parse_event import parse_in_message


class Kept(msgspec.Struct, frozen=True):
    """One message of a history: what it says, and how far it got, where it is ours."""

    said: Heard | Elsewhere | Fact
    status: AckStatus | None


Reader: TypeAlias = Callable[[dict[str, Any], Stamp], Kept]
"""Raises `UnparsableError`; the reason is stable."""


def _waha(payload: dict[str, Any], stamp: Stamp) -> Kept:
    body = as_webhook("", payload)
    said = parse_in_message(body, stamp) or parse_message(body, stamp.received_at)
    ours = isinstance(said, Heard) and said.from_me
    return Kept(said, ack_status(payload) if ours else None)


READERS: Final[Mapping[ChannelType, Reader]] = {"waha": _waha}
"""By the type of the channel."""


def name_of(payload: dict[str, Any]) -> str | None:
    """The provider's id of a message that cannot be read, for whoever looks for it there."""
    given = payload.get("id")
    text = given.get("_serialized") if isinstance(given, dict) else given
    return text[:255] if isinstance(text, str) else None
