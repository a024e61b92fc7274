"""A message as any provider can tell it, before it has a place in the pipeline."""

from datetime import datetime
from typing import Literal

import msgspec

from proto_events.conversation import AdReferral, Content, PartyIdentity, ReplyTo

Source = Literal["app", "api", "unknown"]
Place = Literal["group", "status", "newsletter", "broadcast", "bot"]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a chat of two or of a group. `occurred_at` is the provider's time, in UTC.

    `stanza` is the message id's own last segment; `participant` is empty in a chat of two;
    `party` holds every identity of the other party that the payload proves: in a group of who
    wrote it, which is nobody when we did. `place` counts what was told before it at once with it.
    """

    provider_message_id: str
    stanza: str
    chat: str
    participant: str
    from_me: bool
    party: list[PartyIdentity]
    push_name: str | None
    source: Source
    occurred_at: datetime
    content: Content
    reply_to: ReplyTo | None
    referral: AdReferral | None
    mentions: list[PartyIdentity] = msgspec.field(default_factory=list)
    group: bool = False
    place: int = 0


def post_key(stanza: str, *, from_me: bool) -> str:
    """What makes a message of a group one among those of its channel."""
    return f"{'out' if from_me else 'in'}:{stanza}"


class Elsewhere(msgspec.Struct, frozen=True):
    """A message to no one person and no group: it stays stored raw and leaves the path."""

    place: Place
