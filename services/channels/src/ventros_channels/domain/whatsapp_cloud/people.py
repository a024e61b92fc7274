"""Who is at the other end: a phone, a business-scoped user id (BSUID), or both.

A person who took a user name shows no phone: the BSUID is then all that is known, and enough.
"""

import re
from typing import Final

import msgspec

from proto_events.conversation import PartyIdentity
from ventros_channels.domain.waha.addresses import Address, identities, read_address
from ventros_channels.domain.waha.members import JsonObject, child, children, text

_BSUID: Final = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_DIGITS: Final = re.compile(r"\+?([0-9]{5,20})")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody; `chat` is the phone's address where one is known, else the BSUID."""

    chat: str
    party: list[PartyIdentity]


def read_phone(value: object) -> Address | None:
    """The address of a phone as Meta writes it: its digits, with or without a plus."""
    found = _DIGITS.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else read_address(f"{found[1]}@s.whatsapp.net")


def read_bsuid(value: object) -> str | None:
    """A business-scoped user id."""
    if isinstance(value, str) and _BSUID.fullmatch(value) is not None:
        return value
    return None


def person(phone: object, bsuid: object) -> Person | None:
    """Who has this phone and this BSUID; None where neither is one."""
    address, scoped = read_phone(phone), read_bsuid(bsuid)
    party = [] if address is None else identities(address)
    if scoped is not None:
        party.append(PartyIdentity(kind="bsuid", value=scoped))
    if address is not None:
        return Person(chat=address.value, party=party)
    return None if scoped is None else Person(chat=scoped, party=party)


def party_of_chat(chat: str) -> list[PartyIdentity]:
    """What the name of a chat says of the person behind it, whichever the provider."""
    address = read_address(chat)
    if address is not None:
        return identities(address)
    return [] if read_bsuid(chat) is None else [PartyIdentity(kind="bsuid", value=chat)]


def contact_of(value: JsonObject, phone: object, bsuid: object) -> JsonObject:
    """The contact beside a message, by either of the ids that the message has."""
    for contact in children(value, "contacts"):
        same_phone = bool(phone) and contact.get("wa_id") == phone
        if same_phone or (bool(bsuid) and contact.get("user_id") == bsuid):
            return contact
    return {}


def name_of(contact: JsonObject) -> str | None:
    """The name that somebody gave itself, else its user name."""
    profile = child(contact, "profile")
    name = text(profile, "name") or text(profile, "username")
    return (name.strip() or None) if name else None
