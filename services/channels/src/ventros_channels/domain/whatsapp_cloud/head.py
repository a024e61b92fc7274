"""What ingress reads of a post before it stores it: that it is JSON, and what it is about.

Meta gives a post no id: it is known by the SHA-256 of its bytes.
"""

import hashlib
from typing import Any, Final

import msgspec

from ventros_channels.domain.waha.head import Head, read_members
from ventros_channels.domain.whatsapp_cloud.fields import MESSAGE_FIELDS, MESSAGES, OTHER_FIELDS

UNKNOWN: Final = "unknown"


class _Change(msgspec.Struct):
    field: Any = None


class _Entry(msgspec.Struct):
    changes: list[_Change] = []


class _Post(msgspec.Struct):
    entry: list[_Entry] = []


class _AnyObject(msgspec.Struct):
    """An object of another shape than Meta documents."""


_post = msgspec.json.Decoder(_Post).decode
_any = msgspec.json.Decoder(_AnyObject).decode


def read_head(body: bytes) -> Head:
    """The head of a post. One post may be about several fields: with messages among them it is
    read in their order.

    Raises:
        UnparsableError: `not_json` (also for what is not UTF-8), `not_an_object`.
    """
    _, readable = read_members(body, _any)
    try:
        post = _post(readable or body)
    except msgspec.MsgspecError:
        post = _Post()
    fields = [change.field for entry in post.entry for change in entry.changes]
    return Head(
        event=_event([field for field in fields if isinstance(field, str)]),
        provider_event_id="sha256:" + hashlib.sha256(body).hexdigest(),
        readable=readable,
    )


def _event(fields: list[str]) -> str:
    if any(field in MESSAGE_FIELDS for field in fields):
        return MESSAGES
    return next((field for field in fields if field in OTHER_FIELDS), UNKNOWN)
