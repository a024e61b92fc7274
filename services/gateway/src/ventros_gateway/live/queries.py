"""What the address of a stream says: which types, and where to go on from."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from platform_core.errors import DomainError
from ventros_gateway.live.filters import Filter, listed
from ventros_gateway.live.heard import LastId, last_id

MAX_QUERY: Final = 4096
_KNOWN: Final = frozenset({"types", "last_event_id"})


class QueryInvalid(DomainError):
    """The address asks for something that there is not."""

    kind = "invalid"
    code = "query_invalid"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wants to hear, and what it has heard."""

    filter: Filter
    last: LastId | None


def asked(query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Asked:
    """Read the query; a `Last-Event-ID` header is newer than what the address says.

    Raises:
        QueryInvalid, FilterInvalid
    """
    if len(query) > MAX_QUERY:
        raise QueryInvalid(f"The query has {MAX_QUERY} bytes at most.")
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=8)
    given = dict(pairs)
    if len(given) < len(pairs) or not given.keys() <= _KNOWN:
        raise QueryInvalid("A stream takes `types` and `last_event_id`, each once.")
    text = given.get("last_event_id")
    for name, value in headers:
        if name == b"last-event-id":
            text = value.decode("latin-1")
    return Asked(filter=Filter(listed(given.get("types", ""))), last=place(text))


def place(text: str | None) -> LastId | None:
    """Where to go on from; None: from now.

    Raises:
        QueryInvalid
    """
    if not text:
        return None
    found = last_id(text)
    if found is None:
        raise QueryInvalid("A last event id is one that a stream gave out.")
    return found
