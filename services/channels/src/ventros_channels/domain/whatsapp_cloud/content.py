"""What a message says: one of 13 content types."""

from collections.abc import Callable, Mapping
from typing import Final, TypeGuard

from proto_events.conversation import (
    MAX_TEXT,
    ContactCard,
    Content,
    ContentType,
    Interactive,
    Location,
    Media,
)
from ventros_channels.domain.waha.members import (
    LONG,
    SHORT,
    JsonObject,
    child,
    children,
    clean,
    flag,
    number,
    text,
)

_MAX_CARDS: Final = 100
_FILES: Final[Mapping[str, ContentType]] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "document": "document",
    "sticker": "sticker",
}
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


def read_content(message: JsonObject) -> Content:
    """The member that is named like the type; a type that we do not know is `system`."""
    kind = text(message, "type") or "unknown"
    member = child(message, kind)
    if kind in _FILES:
        return _file(_FILES[kind], member)
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(member)
    said = text(member, "body", "text", limit=MAX_TEXT)
    return Content(type="system", text=said, system=_label(kind, member))


def _label(kind: str, member: JsonObject) -> str:
    named = text(member, "type", limit=100)
    return clean(f"{kind}.{named}" if named else kind, SHORT)


def _text(member: JsonObject) -> Content:
    return Content(type="text", text=text(member, "body", limit=MAX_TEXT))


def _file(kind: ContentType, member: JsonObject) -> Content:
    """A file has an id under which its address is asked for; the address lives for minutes."""
    if kind == "audio" and flag(member, "voice"):
        kind = "voice"
    file_id = text(member, "id")
    media = Media(
        status="pending" if file_id else "failed",
        file_id=file_id,
        mimetype=text(member, "mime_type"),
        filename=text(member, "filename"),
        error=None if file_id else "The provider names no file.",
    )
    return Content(type=kind, text=text(member, "caption", limit=MAX_TEXT), media=media)


def _location(member: JsonObject) -> Content:
    """A place that is not on Earth is left out; the type still says that one was meant."""
    location = None
    latitude, longitude = number(member, "latitude"), number(member, "longitude")
    if _within(latitude, 90) and _within(longitude, 180):
        location = Location(
            latitude=latitude,
            longitude=longitude,
            name=text(member, "name"),
            address=text(member, "address"),
        )
    return Content(type="location", location=location)


def _within(degrees: float | None, limit: int) -> TypeGuard[float]:
    return degrees is not None and -limit <= degrees <= limit


def _button(member: JsonObject) -> Content:
    """The answer to a quick reply of a template."""
    title = text(member, "text")
    chosen = Interactive(kind="button_reply", title=title, selected_id=text(member, "payload"))
    return Content(type="interactive", text=title, interactive=chosen)


def _interactive(member: JsonObject) -> Content:
    listed = child(member, "list_reply")
    if listed:
        title = text(listed, "title")
        chosen = Interactive(
            kind="list_reply",
            title=title,
            selected_id=text(listed, "id"),
            description=text(listed, "description"),
        )
        return Content(type="interactive", text=title, interactive=chosen)
    flow = child(member, "nfm_reply")
    reply = child(member, "button_reply") or flow
    title = text(reply, "title", "body", "name")
    chosen = Interactive(kind="button_reply", title=title, selected_id=text(reply, "id", "name"))
    answers = text(flow, "response_json", limit=MAX_TEXT)
    return Content(type="interactive", text=answers or title, interactive=chosen)


def _order(member: JsonObject) -> Content:
    """What is ordered stays in the raw event; what is said beside it is shown."""
    return Content(type="system", text=text(member, "text", limit=MAX_TEXT), system="order")


def read_contacts(message: JsonObject) -> Content:
    """The cards of a message of type `contacts`, whose member is a list, as vCards."""
    cards = [_card(contact) for contact in children(message, "contacts")[:_MAX_CARDS]]
    return Content(type="contact", contacts=cards)


def _card(contact: JsonObject) -> ContactCard:
    named = child(contact, "name")
    name = text(named, "formatted_name", "first_name", "last_name") or ""
    first, last = text(named, "first_name") or "", text(named, "last_name") or ""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_escaped(last)};{_escaped(first)};;;",
        f"FN:{_escaped(name)}",
    ]
    company = text(child(contact, "org"), "company")
    if company:
        lines.append(f"ORG:{_escaped(company)}")
    for phone in children(contact, "phones"):
        given, waid = text(phone, "phone", "wa_id"), text(phone, "wa_id", limit=20)
        if given:
            known = f";waid={waid}" if waid and waid.isascii() and waid.isdigit() else ""
            lines.append(f"TEL{known}:{_escaped(given)}")
    for email in children(contact, "emails"):
        given = text(email, "email")
        if given:
            lines.append(f"EMAIL:{_escaped(given)}")
    for address in children(contact, "urls"):
        given = text(address, "url", limit=LONG)
        if given:
            lines.append(f"URL:{_escaped(given)}")
    return ContactCard(name=name, vcard=clean("\r\n".join([*lines, "END:VCARD"]), MAX_TEXT))


def _escaped(value: str) -> str:
    """As a value of a vCard (RFC 6350, 3.4)."""
    return value.translate(_ESCAPED)


_READERS: Final[Mapping[str, Callable[[JsonObject], Content]]] = {
    "text": _text,
    "location": _location,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}
