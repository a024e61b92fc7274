"""How long a channel rests, and what keeps it from calling at all."""

from datetime import timedelta
from typing import Final

from platform_core.clock import utc_now
from platform_postgres import Tx
from ventros_channels.domain import pace
from ventros_channels.domain.adapter import Capabilities, NotSent
from ventros_channels.domain.whatsapp_cloud.failures import UNAUTHORIZED
from ventros_channels.events.say_sending import Failure
from ventros_channels.store import senders
from ventros_channels.store.senders import Line, Turn

KEY_REFUSED: Final = Failure(
    failure="authentication",
    reason="The provider refused the channel's key. Nothing is sent until it is replaced.",
)


def rest_after(line: Line, capabilities: Capabilities) -> timedelta:
    """Between two messages of a channel."""
    return pace.gap(line.pace, capabilities.channel_gap, utc_now())


async def note_refusal(tx: Tx, turn: Turn, line: Line, error: NotSent) -> None:
    """Write down what a refusal says of the channel's pace and key."""
    if error.too_fast:
        await senders.slow_down(tx, [turn.channel_id], utc_now())
    if error.connection == UNAUTHORIZED and line.api_key is not None:
        await senders.refuse_key(tx, turn, line.api_key.version)
