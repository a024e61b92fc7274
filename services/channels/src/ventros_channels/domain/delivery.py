"""A message on its way out: its states, when it is tried again, and which telling is of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from proto_events.conversation import Content, ContentType, PartyIdentity
from proto_events.sending import Outbound
from ventros_channels.domain.adapter import NotSent

State = Literal["queued", "claimed", "unknown", "sent", "failed"]

UNKNOWN_FOR: Final = timedelta(seconds=60)
"""How long the provider's history is asked for a message whose fate is not known."""

ASK_AGAIN: Final = timedelta(seconds=5)

HELD_FOR: Final = timedelta(seconds=30)
"""How long a telling waits for the call that may be its own."""

MEDIA_ATTEMPTS: Final = 3
"""Attempts at a message whose file its provider does not take."""

LONGEST_WAIT: Final = timedelta(seconds=60)
LONGEST_WAIT_OF_A_CHANNEL: Final = timedelta(seconds=15)
"""A channel that is down is asked more often: what waits for it is sent soon after it is back."""

_CLOCKS_DIFFER: Final = timedelta(seconds=30)
_TYPED_PER_SECOND: Final = 20.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0
_FILES: Final[frozenset[ContentType]] = frozenset(
    {"image", "video", "audio", "voice", "document", "sticker"}
)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of it. `asked` is the event that asked for it, as it came; `chat` is where the
    provider confirmed them, `wrote_in` where the contact last wrote. Of a `group`, `contact_id` is
    its chat's id and `wrote_in` the group itself."""

    id: UUID
    tenant_id: UUID
    channel_id: UUID
    contact_id: UUID
    state: State
    attempts: int
    next_at: datetime
    expires_at: datetime
    chat: str | None
    reserved: str | None
    claimed_at: datetime | None
    failure: str | None
    wrote_in: str | None
    recipient: list[PartyIdentity]
    outbound: Outbound
    asked: bytes
    group: bool = False

    @property
    def open(self) -> bool:
        """Not settled yet."""
        return self.state in {"queued", "claimed", "unknown"}

    @property
    def doubtful(self) -> bool:
        """It may have been sent, and no id of the provider's is known for it."""
        unsure = self.state in {"claimed", "unknown"} or self.failure == "unknown"
        return unsure and self.reserved is None


def wait_after(attempts: int, error: NotSent) -> timedelta:
    """How long until it is tried again: doubled each time, up to a limit."""
    longest = LONGEST_WAIT_OF_A_CHANNEL if error.everywhere else LONGEST_WAIT
    return min(longest, timedelta(seconds=2 ** min(attempts, 10)))


def is_given_up(attempts: int, error: NotSent) -> bool:
    """Whether so many failures are enough; what else may work later is tried until it expires."""
    return not error.again or (error.failure == "media" and attempts >= MEDIA_ATTEMPTS)


def pause_before(content: Content | None) -> float:
    """Seconds that a person would type at it."""
    text = (content.text if content is not None else None) or ""
    return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, len(text) / _TYPED_PER_SECOND))


def reserved_as(outbound: Outbound) -> str | None:
    """As what an id can be reserved for it; None where no provider takes one."""
    if outbound.forward_of is not None:
        return "forward"
    if outbound.content is None or outbound.preview is not None:
        return None
    return outbound.content.type


def is_of(delivery: Delivery, content: Content, chat: str, written_at: datetime) -> bool:
    """Whether a message of ours that the provider shows can be this doubtful delivery.

    The same words to the same chat, not before it was claimed. The provider may show a chat under
    the other kind of address, and a file as another kind of file.
    """
    if not delivery.doubtful or delivery.claimed_at is None or delivery.chat is None:
        return False
    if written_at < delivery.claimed_at - _CLOCKS_DIFFER:
        return False
    if _server(delivery.chat) == _server(chat) and delivery.chat != chat:
        return False
    wanted = delivery.outbound.content
    if wanted is None:
        return False
    alike = wanted.type == content.type or (wanted.type in _FILES and content.type in _FILES)
    return alike and (wanted.text or "").strip() == (content.text or "").strip()


def first_of(
    deliveries: Iterable[Delivery], content: Content, chat: str, written_at: datetime
) -> Delivery | None:
    """The oldest that it can be."""
    found = (one for one in deliveries if is_of(one, content, chat, written_at))
    return next(found, None)


def _server(chat: str) -> str:
    return chat.rpartition("@")[2]
