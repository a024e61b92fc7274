"""The file beside a message."""

from typing import Any, Final

from proto_events.conversation import MAX_PIXELS, MAX_SECONDS, ContentType, Media
from ventros_channels.domain.waha.members import LONG, JsonObject, child, flag, number, text
from ventros_channels.domain.waha.waveform import read_waveform

_BY_MIMETYPE: Final[dict[str, ContentType]] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
}
_OPUS = "audio/ogg"
_MAX_BYTES = 1 << 40


def read_media(payload: JsonObject, member: JsonObject) -> Media | None:
    """Available with an address, failed with WAHA's error, else pending: not downloaded."""
    media = child(payload, "media")
    if not media and not flag(payload, "hasMedia"):
        return None
    url = text(media, "url", limit=LONG) or text(payload, "mediaUrl", limit=LONG)
    error = _error(media.get("error"))
    return Media(
        status="failed" if error else "available" if url else "pending",
        url=url,
        mimetype=text(media, "mimetype") or text(member, "mimetype"),
        filename=text(media, "filename") or text(member, "fileName", "filename"),
        size_bytes=_size(member),
        error=error,
        duration_seconds=_whole(member, MAX_SECONDS, "seconds", "duration"),
        width=_whole(member, MAX_PIXELS, "width"),
        height=_whole(member, MAX_PIXELS, "height"),
        waveform=read_waveform(member),
    )


def type_of_file(media: Media) -> ContentType:
    """The content type where the engine does not say it: by the file's MIME type."""
    mimetype = media.mimetype or ""
    if mimetype.startswith(_OPUS):
        return "voice"
    return _BY_MIMETYPE.get(mimetype.partition("/")[0], "document")


def _size(member: JsonObject) -> int | None:
    size = number(member, "fileLength", "size")
    return int(size) if size is not None and 0 <= size < _MAX_BYTES else None


def _whole(member: JsonObject, most: int, *names: str) -> int | None:
    """A measure from 1 on: WhatsApp's message has 0 where nobody measured."""
    given = number(member, *names)
    return int(given) if given is not None and 1 <= given <= most else None


def _error(error: Any) -> str | None:
    """WAHA documents an object and sends a string."""
    if isinstance(error, dict):
        return text(error, "message", "error") or "unknown"
    if isinstance(error, str):
        return text({"error": error}, "error")
    return "unknown" if error is True else None
