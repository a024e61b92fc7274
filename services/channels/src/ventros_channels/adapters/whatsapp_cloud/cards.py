"""A vCard as the Cloud API takes contacts: by their members."""

import re
from typing import Final

import msgspec

from proto_events.conversation import ContactCard

_LINE: Final = re.compile(r"^(?:[A-Za-z0-9-]+\.)?([A-Za-z-]+)((?:;[^:]*)?):(.*?)\r?$", re.MULTILINE)
_WAID: Final = re.compile(r";waid=([0-9]{5,20})", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\(.)")
_MAX: Final = 20


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Optional members are left out."""


class Name(_Part, frozen=True, kw_only=True):
    """Meta wants one of the others beside the whole name."""

    formatted_name: str
    first_name: str


class Phone(_Part, frozen=True, kw_only=True):
    """A phone, with its WhatsApp account where it is known."""

    phone: str
    wa_id: str | None = None


class Email(_Part, frozen=True, kw_only=True):
    """An address of mail."""

    email: str


class Company(_Part, frozen=True, kw_only=True):
    """Where somebody works."""

    company: str


class Card(_Part, frozen=True, kw_only=True):
    """A contact."""

    name: Name
    phones: list[Phone] = []
    emails: list[Email] = []
    org: Company | None = None


def card_of(card: ContactCard) -> Card:
    """What a vCard has of names, phones, mail and company; the rest is left out."""
    phones: list[Phone] = []
    emails: list[Email] = []
    org: Company | None = None
    name = card.name
    for found in _LINE.finditer(card.vcard):
        kind, options, value = found[1].upper(), found[2], _ESCAPE.sub(_plain, found[3]).strip()
        if not value:
            continue
        if kind == "TEL" and len(phones) < _MAX:
            waid = _WAID.search(options)
            phones.append(Phone(phone=value, wa_id=waid[1] if waid else None))
        elif kind == "EMAIL" and len(emails) < _MAX:
            emails.append(Email(email=value))
        elif kind == "ORG" and org is None:
            org = Company(company=value)
        elif kind == "FN" and not name:
            name = value
    whole = name or "?"
    return Card(
        name=Name(formatted_name=whole, first_name=whole.split(" ", 1)[0]),
        phones=phones,
        emails=emails,
        org=org,
    )


def _plain(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]
