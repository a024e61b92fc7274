"""What a message says: one of 13 content types."""

import re
from collections.abc import Callable
from typing import Final, TypeGuard

from proto_events.conversation import (
    MAX_TEXT,
    ContactCard,
    Content,
    ContentType,
    Location,
    Media,
    Poll,
    Reaction,
)
from ventros_channels.domain.waha.document import VIEW_ONCE, Document
from ventros_channels.domain.waha.interactive import read_interactive
from ventros_channels.domain.waha.media import read_media, type_of_file
from ventros_channels.domain.waha.members import (
    SHORT,
    JsonObject,
    child,
    children,
    clean,
    number,
    text,
)
from ventros_channels.domain.waha.message_id import bare_stanza

_MAX_CARDS = 100
_MAX_OPTIONS = 100
_VCARD = "BEGIN:VCARD"
_FORMATTED_NAME = re.compile(r"^FN[^:\n]*:(.+?)\r?$", re.MULTILINE | re.IGNORECASE)
# Some libraries wrap buttons as if they were to be seen once, so that they are shown at all.
_SEEN_ONCE: frozenset[ContentType] = frozenset({"image", "video", "audio", "voice"})
_FILES: frozenset[ContentType] = frozenset(
    {"image", "video", "audio", "voice", "document", "sticker"}
)


def read_content(payload: JsonObject, document: Document) -> Content:
    """The content, by what the engine says it is, else by what WAHA puts beside it."""
    body = text(payload, "body", limit=MAX_TEXT)
    media = read_media(payload, document.member)
    kind = document.type or _type_by_payload(payload, body, media)
    read = _READERS.get(kind)
    if read is not None:
        return read(payload, document, body)
    if kind == "text":
        return Content(type="text", text=body or _own_text(document), media=media)
    if kind in _FILES:
        caption = body or text(document.member, "caption", limit=MAX_TEXT)
        once = document.view_once and kind in _SEEN_ONCE
        media = media or Media(status="pending")
        return Content(type=kind, text=caption, media=media, view_once=once)
    label = document.label or "unknown"
    once = label == VIEW_ONCE
    return Content(type="system", text=body, media=media, system=label, view_once=once)


def _type_by_payload(payload: JsonObject, body: str | None, media: Media | None) -> ContentType:
    if media is not None:
        return type_of_file(media)
    if child(payload, "location"):
        return "location"
    if payload.get("vCards"):
        return "contact"
    return "text" if body else "system"


def _own_text(document: Document) -> str | None:
    return document.conversation or text(document.member, "text", "body", limit=MAX_TEXT)


def _location(payload: JsonObject, document: Document, body: str | None) -> Content:
    """A place that is not on Earth is left out; the type still says that one was meant."""
    given, member = child(payload, "location"), document.member
    latitude = number(given, "latitude")
    longitude = number(given, "longitude")
    if latitude is None or longitude is None:
        latitude = number(member, "degreesLatitude", "lat")
        longitude = number(member, "degreesLongitude", "lng")
    location = None
    if _within(latitude, 90) and _within(longitude, 180):
        location = Location(
            latitude=latitude,
            longitude=longitude,
            name=text(given, "name", "description") or text(member, "name", "loc"),
            address=text(given, "address") or text(member, "address"),
        )
    # A browser engine puts the picture of the map into the body.
    said = None if document.flat else body or text(member, "comment", "caption", limit=MAX_TEXT)
    return Content(type="location", text=said, location=location)


def _within(degrees: float | None, limit: int) -> TypeGuard[float]:
    return degrees is not None and -limit <= degrees <= limit


def _contacts(payload: JsonObject, document: Document, body: str | None) -> Content:
    member = document.member
    cards = [
        _card(card.get("vcard"), text(card, "displayName", "formattedName"))
        for card in children(member, "contacts", "vcardList") or [member]
    ]
    if not any(cards):
        given = payload.get("vCards")
        cards = [_card(card, None) for card in given] if isinstance(given, list) else []
    if not any(cards) and body and body.startswith(_VCARD):
        cards = [_card(body, text(member, "vcardFormattedName"))]
    said = None if body and body.startswith(_VCARD) else body
    return Content(type="contact", text=said, contacts=[c for c in cards if c][:_MAX_CARDS])


def _card(vcard: object, name: str | None) -> ContactCard | None:
    if not isinstance(vcard, str) or not vcard:
        return None
    vcard = clean(vcard, MAX_TEXT)
    found = None if name else _FORMATTED_NAME.search(vcard)
    return ContactCard(
        name=name or (found[1].strip()[:SHORT] if found else ""),
        vcard=vcard,
    )


def _reaction(_payload: JsonObject, document: Document, body: str | None) -> Content:
    member = document.member
    key = child(member, "key")
    stanza = bare_stanza(text(key, "ID", "id") or text(member, "msgId"))
    if stanza is None:
        return Content(type="system", text=body, system="reaction")
    emoji = text(member, "text", "reactionText") or ""
    return Content(type="reaction", reaction=Reaction(emoji=emoji, stanza=stanza))


def _poll(_payload: JsonObject, document: Document, body: str | None) -> Content:
    member = document.member
    options = [
        text(option, "optionName", "name") for option in children(member, "options", "pollOptions")
    ]
    choices = number(member, "selectableOptionsCount", "pollSelectableOptionsCount")
    poll = Poll(
        name=text(member, "name", "pollName", limit=MAX_TEXT) or body or "",
        options=[option for option in options if option][:_MAX_OPTIONS],
        multiple_answers=choices is not None and choices != 1,
    )
    return Content(type="poll", poll=poll)


def _interactive(_payload: JsonObject, document: Document, body: str | None) -> Content:
    interactive, said = read_interactive(document)
    return Content(type="interactive", text=body or said, interactive=interactive)


_READERS: Final[dict[ContentType, Callable[[JsonObject, Document, str | None], Content]]] = {
    "location": _location,
    "contact": _contacts,
    "reaction": _reaction,
    "poll": _poll,
    "interactive": _interactive,
}
