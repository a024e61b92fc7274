"""Who writes, and under which of their addresses WhatsApp shows them."""

import re
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

Digits = Annotated[str, Meta(pattern=r"^[0-9]{5,20}$")]
_DEVICE = re.compile(r":\d+(?=@)")


class Address(StrEnum):
    """The form of a person's chat id, and what else the payload reveals of them.

    The first word is the chat's own form; a second one travels beside it
    (`SenderAlt` on GOWS, `remoteJidAlt` on NOWEB, never on WEBJS).
    """

    PHONE = "phone"
    LID = "lid"
    PHONE_AND_LID = "phone+lid"
    LID_AND_PHONE = "lid+phone"


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A WhatsApp user. `phone` is the JID's digits (no plus), `lid` those of the hidden number."""

    phone: Digits | None = None
    lid: Digits | None = None
    name: str = "Contato Teste"
    device: int = 0


class Shown(Struct, frozen=True, kw_only=True):
    """A person's addresses in WAHA's form: `main` names the chat, `alt` is revealed beside it."""

    main: str
    alt: str | None


class UnknownAddressError(ValueError):
    """The person lacks the address that a message should show."""


def shown(person: Person, address: Address | None) -> Shown:
    """Resolve what a payload shows of `person`; without `address`, everything that is known."""
    phone = None if person.phone is None else f"{person.phone}@c.us"
    lid = None if person.lid is None else f"{person.lid}@lid"
    chosen = address or (Address.PHONE_AND_LID if phone else Address.LID_AND_PHONE)
    main, alt = (phone, lid) if chosen.value.startswith("phone") else (lid, phone)
    if main is None:
        raise UnknownAddressError(f"the person has no {chosen.value.partition('+')[0]} to show")
    both = chosen in (Address.PHONE_AND_LID, Address.LID_AND_PHONE)
    return Shown(main=main, alt=alt if both else None)


def raw(chat_id: str) -> str:
    """WAHA's `…@c.us` as the engines write it inside `_data`: `…@s.whatsapp.net`."""
    return (
        chat_id.removesuffix("@c.us") + "@s.whatsapp.net" if chat_id.endswith("@c.us") else chat_id
    )


def with_device(jid: str, device: int) -> str:
    """`5544…@s.whatsapp.net` as sent from one of the person's devices: `5544…:2@…`."""
    return jid.replace("@", f":{device}@", 1) if device else jid


def without_device(jid: str) -> str:
    """The inverse of `with_device`."""
    return _DEVICE.sub("", jid)
