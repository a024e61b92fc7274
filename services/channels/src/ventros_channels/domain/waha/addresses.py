"""Addresses of WhatsApp: `<user>[:<device>]@<server>`.

A person is reached by the digits of a phone (`@c.us` in WAHA's words, `@s.whatsapp.net` in the
engines') or by a hidden number (`@lid`), whose digits are no phone.
"""

import re
from typing import Final, Literal

import msgspec

from proto_events.conversation import PartyIdentity
from ventros_channels.domain.message import Place

AddressKind = Literal["phone", "lid"] | Place

_SERVERS: Final[dict[str, AddressKind]] = {
    "c.us": "phone",
    "s.whatsapp.net": "phone",
    "hosted": "phone",
    "lid": "lid",
    "hosted.lid": "lid",
    "g.us": "group",
    "newsletter": "newsletter",
    "broadcast": "broadcast",
    "bot": "bot",
}
_CANONICAL: Final[dict[AddressKind, str]] = {"phone": "@s.whatsapp.net", "lid": "@lid"}
_MAX_LENGTH = 128
_MAX_DIGITS = 20
_E164 = re.compile(r"[1-9][0-9]{6,14}")


class Address(msgspec.Struct, frozen=True):
    """A chat or a person; `value` is canonical: no device, `@s.whatsapp.net` for a phone."""

    kind: AddressKind
    value: str

    @property
    def user(self) -> str:
        return self.value.partition("@")[0]


def read_address(value: object) -> Address | None:
    """The address in `value`; None when it is none that we know."""
    if not isinstance(value, str) or len(value) > _MAX_LENGTH:
        return None
    user, _, server = value.rpartition("@")
    kind = _SERVERS.get(server)
    if kind is None or not user.isprintable():
        return None
    if kind == "phone" or kind == "lid":  # noqa: PLR1714 - narrows the type
        digits = user.partition(":")[0].partition(".")[0]
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS):
            return None
        return Address(kind, digits + _CANONICAL[kind])
    if value == "status@broadcast":
        return Address("status", value)
    return Address(kind, value) if user else None


def identities(address: Address) -> list[PartyIdentity]:
    """What an address says about the person behind it; a LID never says a phone."""
    if address.kind == "lid":
        return [PartyIdentity(kind="lid", value=address.value)]
    jid = PartyIdentity(kind="jid", value=address.value)
    digits = address.user
    if _E164.fullmatch(digits) is None:
        return [jid]
    return [PartyIdentity(kind="phone", value=f"+{digits}"), jid]
