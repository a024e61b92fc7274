"""Examples of `proto_events.media`: Ana's photo of a table is kept, another is gone."""

from typing import Final

from proto_events.examples.world import CHANNEL, MESSAGE, OTHER_MESSAGE, an_id, at
from proto_events.media import (
    ChannelMediaLost,
    ChannelMediaStored,
    MessageMediaLost,
    MessageMediaStored,
)

_PHOTO: Final = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"

EXAMPLES: Final = (
    ChannelMediaStored(
        message_id=MESSAGE,
        channel_id=CHANNEL,
        sha256=_PHOTO,
        size_bytes=183_204,
        detected_mimetype="image/jpeg",
        mimetype="image/jpeg",
        filename="mesa.jpeg",
        stored_at=at(12, 0, 12),
    ),
    ChannelMediaLost(
        message_id=OTHER_MESSAGE, channel_id=CHANNEL, reason="gone", code="404", lost_at=at(12, 2)
    ),
    MessageMediaStored(
        message_id=MESSAGE,
        file_id=an_id(0x6F),
        sha256=_PHOTO,
        size_bytes=183_204,
        mimetype="image/jpeg",
        filename="mesa.jpeg",
        stored_at=at(12, 0, 12),
    ),
    MessageMediaLost(message_id=OTHER_MESSAGE, reason="gone", lost_at=at(12, 2)),
)
