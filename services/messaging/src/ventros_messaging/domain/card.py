"""A contact that is shared, as a vCard (RFC 6350) that WhatsApp shows with its number."""

from platform_core.errors import Invalid


class CardNotNamed(Invalid):
    """A contact has neither a card nor a phone, or both."""

    code = "contact_not_named"


def vcard_of(name: str, phone: str, organization: str | None) -> str:
    """The card of somebody with a phone in E.164; `waid` leads to their chat."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_text(name)}"]
    if organization is not None:
        lines.append(f"ORG:{_text(organization)};")
    lines.append(f"TEL;type=CELL;type=VOICE;waid={phone.removeprefix('+')}:{phone}")
    return "\n".join([*lines, "END:VCARD"])


def _text(value: str) -> str:
    """A text as a vCard has it: what would end it is escaped."""
    for given, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(given, written)
    return value.replace("\r", "")
