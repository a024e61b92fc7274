"""The message at hand: how its provider is reached, and how long its turn may go on."""

from datetime import timedelta

import msgspec

from platform_core.clock import utc_now
from ventros_channels.delivery.rest import KEY_REFUSED
from ventros_channels.domain.adapter import Adapter, NotSent, Sent
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.delivery import Delivery
from ventros_channels.domain.message import Heard
from ventros_channels.events.say_sending import NOT_IN_USE, Failure
from ventros_channels.store.senders import Line, Turn

_NO_GROUPS = Failure(
    failure="unsupported",
    reason="The channel records no groups any more.",
    code="groups_not_recorded",
)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A turn as far as it got: `left` messages may follow, until `ends` on the loop's clock."""

    turn: Turn
    left: int
    ends: float

    def after_one(self) -> "Stretch":
        """With one message more behind it."""
        return msgspec.structs.replace(self, left=self.left - 1)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The message that is next, `rest` after the one before. `kept` is the id of its file at the
    provider."""

    stretch: Stretch
    delivery: Delivery
    line: Line
    adapter: Adapter
    connection: Connection
    rest: timedelta = timedelta()
    kept: str | None = None

    @property
    def turn(self) -> Turn:
        """Whose turn it is."""
        return self.stretch.turn


def hopeless(delivery: Delivery, line: Line) -> Failure | None:
    """Why it will not be sent any more."""
    if delivery.state != "queued":
        return None
    if delivery.expires_at <= utc_now():
        return Failure(failure="expired", reason="The channel did not work in time.")
    if line.deleted or line.status != "active":
        return NOT_IN_USE
    if delivery.group and not line.allow_groups:
        return _NO_GROUPS
    if line.key_refused:
        return KEY_REFUSED
    return None


async def announce(way: Way, chat: str, *, typing: bool) -> None:
    """What a release of the provider cannot show does not keep the message back."""
    try:
        await way.adapter.announce(way.connection, chat, typing=typing)
    except NotSent as error:
        if error.again:
            raise


def as_sent(heard: Heard) -> Sent:
    """What the provider's history shows, as if it had answered."""
    return Sent(
        provider_message_id=heard.provider_message_id,
        stanza=heard.stanza,
        chat=heard.chat,
        sent_at=heard.occurred_at,
    )
