"""Whom a text calls: `@` and the digits of an address, which is named beside it.

Whoever asks for a message names a person by phone, by LID or as a contact, and writes them in the
text the same way: `@+5511988887777`, `@10000000000002@lid`, `@<id of the contact>`.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from platform_core.errors import Invalid
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.chat import State

EVERYBODY: Final = "all"
"""How all who are in a group are named."""

_BRAZIL: Final = "+55"
_AREA: Final = 5
_SUBSCRIBER: Final = 8


class MentionUnknown(Invalid):
    """Somebody who is called is not in the group, or has no address on the channel."""

    code = "mention_unknown"


class MentionUnfit(Invalid):
    """There is no text or caption in which somebody could be called."""

    code = "mention_unfit"


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be called: as they were `given`, and every address that they may have."""

    given: str
    addresses: tuple[Address, ...]


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is called, by the address that the provider gets."""

    given: str
    address: Address


def named(given: str) -> UUID | Address:
    """A contact, or an address as it was given."""
    if given.startswith("+"):
        return Address(kind="phone", value=given)
    if given.endswith("@lid"):
        return Address(kind="lid", value=given)
    return UUID(given)


def call(mention: Mention, group: State | None) -> Called:
    """By which address somebody is called; in a group by one that the group knows them under.

    Groups may show some people by phone and others by LID alone: whoever may be one of those that
    cannot be compared is called as they were given.

    Raises:
        MentionUnknown: they have no address, or the group is known and they are not in it.
    """
    if not mention.addresses:
        raise MentionUnknown(f"Nothing is known to call this contact by: {mention.given}.")
    first = mention.addresses[0]
    present = [] if group is None else [one for one in group.participants if group.has(one)]
    for address in mention.addresses:
        for participant in present:
            for known in participant.addresses:
                if same(address, known):
                    return Called(given=mention.given, address=known)
    if group is not None and group.called is not None and present:
        kinds = {address.kind for address in mention.addresses}
        if all(kinds & {known.kind for known in one.addresses} for one in present):
            raise MentionUnknown(f"Nobody in the group is this: {mention.given}.")
    return Called(given=mention.given, address=first)


def direct(chat: str) -> Address | None:
    """Whom a chat of two is with, as its address says."""
    user, _, server = chat.rpartition("@")
    if server == "lid":
        return Address(kind="lid", value=chat)
    return Address(kind="phone", value=f"+{user}") if server == "s.whatsapp.net" else None


def chat_with(address: Address) -> str:
    """The chat of two with somebody under this address, as channels names it."""
    if address.kind == "phone":
        return address.value.removeprefix("+") + "@s.whatsapp.net"
    return address.value


def same(one: Address, other: Address) -> bool:
    """Whether two addresses are of one person; mobiles of Brazil have nine digits or eight."""
    if one.kind != other.kind:
        return False
    if one.kind != "phone" or not one.value.startswith(_BRAZIL):
        return one.value == other.value
    return _mobile(one.value) == _mobile(other.value)


def written(text: str, called: Sequence[Called]) -> str:
    """The text as the provider wants it."""
    for one in called:
        text = text.replace(f"@{one.given}", f"@{digits(one.address)}")
    return text


def digits(address: Address) -> str:
    """What stands in a text for an address."""
    return address.value.removeprefix("+").partition("@")[0]


def _mobile(phone: str) -> tuple[str, str]:
    return phone[:_AREA], phone[-_SUBSCRIBER:]
