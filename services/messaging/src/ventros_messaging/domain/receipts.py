"""How far a message of ours got with each member of a group.

An acknowledgement names its person by some of their addresses, and two that share one are of one
person. The times of a person only complete each other, so the order of telling does not matter.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec

from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.progress import Ack, Progress, advance

_TIMES: Final = ("sent_at", "delivered_at", "read_at", "played_at")


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a group, and how far the message got with them."""

    id: UUID
    addresses: tuple[Address, ...]
    progress: Progress


def acknowledged(
    known: Iterable[Receipt], addresses: tuple[Address, ...], ack: Ack, new_id: UUID
) -> tuple[Receipt, list[UUID]]:
    """The person's receipt after an acknowledgement, and others that turned out to be theirs.

    It keeps the smallest id of all that were known.
    """
    same = sorted(
        (each for each in known if not set(each.addresses).isdisjoint(addresses)),
        key=lambda each: each.id,
    )
    progress = Progress()
    for each in same:
        progress = _joined(progress, each.progress)
    receipt = Receipt(
        id=same[0].id if same else new_id,
        addresses=tuple(sorted({*addresses, *(one for each in same for one in each.addresses)})),
        progress=advance(progress, ack),
    )
    return receipt, [each.id for each in same[1:]]


def _joined(one: Progress, other: Progress) -> Progress:
    """The earliest of each step."""
    times = {
        name: min((at for at in (getattr(one, name), getattr(other, name)) if at), default=None)
        for name in _TIMES
    }
    return Progress(**times, failure=one.failure or other.failure)
