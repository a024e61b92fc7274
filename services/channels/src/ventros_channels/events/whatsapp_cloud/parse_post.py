"""From the bytes of a post to everything that it tells, in its order.

Lenient: what we do not know, and what lacks what it needs, is told as something that only stays
stored. So one odd item keeps none of the others back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Final

import msgspec

from ventros_channels.domain.message import Heard
from ventros_channels.domain.waha.members import JsonObject, child, children, text
from ventros_channels.domain.whatsapp_cloud.fields import KNOWN_EVENTS, MESSAGE_FIELDS
from ventros_channels.domain.whatsapp_cloud.message import NO_MESSAGES, echoed, heard, writer
from ventros_channels.domain.whatsapp_cloud.people import contact_of
from ventros_channels.domain.whatsapp_cloud.post import Change, read_changes
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.whatsapp_cloud import account_facts, message_facts, template_facts
from ventros_channels.events.whatsapp_cloud.told import Said, Told

Reader = Callable[[Change, Stamp], Iterable[Said | None]]


def parse_post(body: bytes | msgspec.Raw, stamp: Stamp) -> list[Told]:
    """Everything that a post tells.

    Raises:
        UnparsableError: `not_json`, `not_an_object`.
    """
    places = count()
    return [
        Told(what=what, number=change.number, account=change.account, said=_placed(said, places))
        for change in read_changes(body)
        for what, said in _told(change, stamp)
    ]


def _placed(said: Said | None, places: Iterator[int]) -> Said | None:
    """A message with its place in the post: many of one second come in one."""
    if not isinstance(said, Heard):
        return said
    return msgspec.structs.replace(said, place=next(places))


def _told(change: Change, stamp: Stamp) -> Iterator[tuple[str, Said | None]]:
    known = change.field in KNOWN_EVENTS or change.field in MESSAGE_FIELDS
    what = change.field if known else "unknown"
    reader = _READERS.get(change.field)
    told = [None] if reader is None else list(reader(change, stamp))
    for said in told or [None]:
        yield what, said


def _messages(change: Change, stamp: Stamp) -> Iterator[Said | None]:
    for message in children(change.value, "messages"):
        yield from _message(change, message, stamp)
    for status in children(change.value, "statuses"):
        yield from _status(change, status, stamp)


def _message(change: Change, message: JsonObject, stamp: Stamp) -> Iterator[Said | None]:
    """A message, what it tells of another one, or a notice that somebody has another id, which is
    nothing that they wrote."""
    kind = text(message, "type")
    changed = account_facts.identity_in_message(change, message, stamp)
    if changed is not None:
        yield changed
    if kind == "system" and text(child(message, kind), "type") == account_facts.USER_ID_CHANGED:
        if changed is None:
            yield None
        return
    if kind not in NO_MESSAGES:
        yield heard(change, message, stamp.received_at)
        return
    contact = contact_of(change.value, message.get("from"), message.get("from_user_id"))
    who = writer(change, message)
    yield message_facts.told_in_message(change, message, who, contact, stamp)


def _status(change: Change, status: JsonObject, stamp: Stamp) -> Iterator[Said | None]:
    """Whose it is comes first: a message is known before it is acknowledged."""
    own = message_facts.receipt(change, status, stamp)
    if own is not None:
        yield own
    yield message_facts.acknowledged(change, status, stamp)
    opted_out = message_facts.opted_out(change, status, stamp)
    if opted_out is not None:
        yield opted_out


def _echoes(change: Change, stamp: Stamp) -> Iterator[Said | None]:
    for message in children(change.value, "message_echoes"):
        yield echoed(change, message, stamp.received_at)


def _one(read: Callable[[Change, Stamp], Fact | None]) -> Reader:
    return lambda change, stamp: [read(change, stamp)]


_READERS: Final[Mapping[str, Reader]] = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "calls": account_facts.calls,
    "account_update": _one(account_facts.account),
    "user_id_update": account_facts.identities,
    "user_preferences": account_facts.preferences,
    "message_template_status_update": _one(template_facts.status),
    "message_template_quality_update": _one(template_facts.quality),
    "template_category_update": _one(template_facts.category),
}
