"""Examples of `proto_events.message_actions`: Marina likes what Ana wrote, and edits too late."""

from typing import Final

from proto_events.examples.channels import FIRST_MESSAGE
from proto_events.examples.world import CHANNEL, an_id, at
from proto_events.message_actions import (
    ChannelActionDone,
    ChannelActionFailed,
    MessageActionRequested,
)

_LIKED: Final = an_id(0x6E1)
_CHANGED: Final = an_id(0x6E2)

EXAMPLES: Final = (
    MessageActionRequested(
        action_id=_LIKED,
        channel_id=CHANNEL,
        kind="reaction",
        chat=FIRST_MESSAGE.chat,
        provider_message_id=FIRST_MESSAGE.provider_message_id,
        emoji="👍",
        expires_at=at(12, 12, 0),
        requested_at=at(12, 2, 0),
    ),
    ChannelActionDone(action_id=_LIKED, channel_id=CHANNEL, done_at=at(12, 2, 1)),
    ChannelActionFailed(
        action_id=_CHANGED,
        channel_id=CHANNEL,
        failure="expired",
        reason="The channel did not work in time.",
        failed_at=at(12, 20, 0),
    ),
)
