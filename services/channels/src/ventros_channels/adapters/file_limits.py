"""Which files each provider takes, by type of content, and how long words may be."""

from collections.abc import Mapping
from typing import Final

from proto_events.channels import ContentLimits, FileLimit
from ventros_channels.adapters.whatsapp_cloud import bodies, offers
from ventros_channels.domain.channel import ChannelType

CONTENT_LIMITS: Final[Mapping[ChannelType, ContentLimits]] = {
    "whatsapp_cloud": ContentLimits(
        caption=bodies.MAX_CAPTION,
        list_title=offers.MAX_BUTTON,
        list_text=offers.MAX_BODY_WITH_LIST,
        list_option=offers.MAX_ROW,
        list_options=offers.MAX_ROWS,
        list_header=offers.MAX_HEADER,
        list_button=offers.MAX_BUTTON,
        list_footer=offers.MAX_FOOTER,
        list_section=offers.MAX_SECTION,
        list_row_id=offers.MAX_ROW_ID,
        list_description=offers.MAX_DESCRIPTION,
    ),
}
"""Of the others nothing is known."""

_KIB: Final = 1024
_MIB: Final = 1024 * 1024

FILE_LIMITS: Final[Mapping[ChannelType, list[FileLimit]]] = {
    # What WhatsApp's own apps take; WAHA converts sounds and films.
    "waha": [
        FileLimit(type="image", max_bytes=16 * _MIB),
        FileLimit(type="video", max_bytes=64 * _MIB),
        FileLimit(type="audio", max_bytes=16 * _MIB),
        FileLimit(type="voice", max_bytes=16 * _MIB),
        FileLimit(type="document", max_bytes=100 * _MIB),
    ],
    # https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
    "whatsapp_cloud": [
        FileLimit(type="image", max_bytes=5 * _MIB, mimetypes=["image/jpeg", "image/png"]),
        FileLimit(type="video", max_bytes=16 * _MIB, mimetypes=["video/mp4", "video/3gpp"]),
        FileLimit(
            type="audio",
            max_bytes=16 * _MIB,
            mimetypes=["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
        ),
        FileLimit(type="voice", max_bytes=16 * _MIB, mimetypes=["audio/ogg"]),
        FileLimit(type="document", max_bytes=100 * _MIB),
        FileLimit(type="sticker", max_bytes=500 * _KIB, mimetypes=["image/webp"]),
    ],
}
