"""A post, opened: every change of every entry, with the account that it is of.

Meta puts several entries, changes, messages and statuses into one post, and all of them count.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from ventros_channels.domain.waha.members import JsonObject, child, children, number, text
from ventros_channels.domain.waha.parse import read_object

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_MILLISECONDS_FROM: Final = 100_000_000_000


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`account` is the business account (WABA), `number` the phone number's id, where the change is
    of one number."""

    field: str
    account: str | None
    number: str | None
    entry: JsonObject
    value: JsonObject

    def at(self, owner: JsonObject, received_at: datetime) -> datetime:
        """The time that `owner` has, else that of the entry, else of its arrival."""
        return _moment(owner) or _moment(self.entry, "time") or received_at


def read_changes(body: bytes | msgspec.Raw) -> Iterator[Change]:
    """All changes, in their order. Raises `UnparsableError`."""
    for entry in children(read_object(body), "entry"):
        for change in children(entry, "changes"):
            value = child(change, "value")
            yield Change(
                field=text(change, "field") or "",
                account=text(entry, "id"),
                number=text(child(value, "metadata"), "phone_number_id"),
                entry=entry,
                value=value,
            )


def _moment(owner: JsonObject, name: str = "timestamp") -> datetime | None:
    value = number(owner, name)
    if value is None:
        return None
    seconds = value / 1000 if value > _MILLISECONDS_FROM else value
    return datetime.fromtimestamp(seconds, UTC) if _FIRST < seconds < _LAST else None
