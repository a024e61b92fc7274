"""Events of any shape that a Struct allows: drawn by Hypothesis, or every shape once.

Both are made from the types themselves (`msgspec.inspect`), so that a field or a word that is added
to an event is tried by every consumer of it from then on.

Ids are drawn from few, so that events meet: a message of the contact that another event merges.
Times lie between 2000 and 2100, texts have what PostgreSQL cannot store as well, and numbers
without bounds of their own fit 31 bits, as counters and versions do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from msgspec import inspect

from platform_testkit.tenants import TestTenant
from proto_events.envelope import Envelope, schema_address

EXAMPLES: Final = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""The same few examples in every run: enough to meet what types allow, quick enough for each one
to be delivered to a real database twice."""

_IDS: Final = [UUID(int=(0x70008 << 60) + number) for number in range(1, 4)]
_CHARACTERS: Final = st.characters(exclude_categories=["Cs"])
_TEXTS: Final = (
    "+5511987654321",
    "5511987654321@s.whatsapp.net",
    "123456789012345@lid",
    "",
    " ",
    "a\0b",
    "' OR 1=1 --",
    "\u202e\u200f",
    "👩\u200d👧",
    "\x1b[0m",
    "x" * 300,
)
"""Addresses of two people, so that events meet, and texts that broke somebody's software before;
U+0000 cannot be stored by PostgreSQL."""
_MOST: Final = 2**31 - 1
_FIRST, _LAST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - Hypothesis adds the zone


def data_of(struct: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    """Any data that this Struct allows."""
    return _strategy(inspect.type_info(struct))


def envelopes(
    types: Mapping[str, type[msgspec.Struct]], tenant: TestTenant
) -> st.SearchStrategy[list[Envelope]]:
    """A bundle of events of these types, one tenant's, each with an id of its own."""
    one = st.sampled_from(sorted(types)).flatmap(
        lambda name: st.builds(
            lambda data, subject, sequence: framed(
                name, data, tenant, subject=subject, sequence=sequence
            ),
            data_of(types[name]),
            st.sampled_from(_IDS),
            st.integers(1, _MOST),
        )
    )
    return st.lists(one, min_size=1, max_size=5).map(_with_ids)


def framed(
    type_name: str,
    data: msgspec.Struct,
    tenant: TestTenant,
    *,
    subject: UUID = _IDS[0],
    sequence: int = 1,
    number: int = 1,
) -> Envelope:
    """Data in its frame; `number` makes the event's id."""
    event_id = UUID(int=(0x70009 << 60) + number)
    return Envelope(
        id=event_id,
        source="ventros/tests",
        type=type_name,
        subject=str(subject),
        time=datetime(2026, 3, 1, 12, tzinfo=UTC),
        data_schema=schema_address(type_name),
        tenant_id=tenant.tenant_id,
        project_id=tenant.project_id,
        partition_key=str(subject),
        sequence=sequence,
        correlation_id=event_id,
        causation_id=event_id,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        data=msgspec.Raw(msgspec.json.encode(data)),
    )


def shapes(struct: type[msgspec.Struct]) -> Iterator[msgspec.Struct]:
    """One with every member, one with none that may be absent, and one for each word of each set
    of words, the last beside every other member."""
    whole = inspect.type_info(struct)
    yield _shape(whole, 0, full=True)
    yield _shape(whole, 0, full=False)
    words = max((len(one) for one in _word_sets(whole)), default=0)
    for turn in range(1, words):
        yield _shape(whole, turn, full=True)


def _with_ids(events: list[Envelope]) -> list[Envelope]:
    return [
        msgspec.structs.replace(event, id=UUID(int=(0x70009 << 60) + number))
        for number, event in enumerate(events, 1)
    ]


def _strategy(kind: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one for each kind
    match kind:
        case inspect.StructType():
            members = {
                field.name: _strategy(field.type)
                if field.required
                else _strategy(field.type) | st.just(_default(field))
                for field in kind.fields
            }
            return st.builds(kind.cls, **members)
        case inspect.UnionType():
            return st.one_of(*(_strategy(one) for one in kind.types))
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.ListType():
            shortest = kind.min_length or 0
            some = st.lists(_strategy(kind.item_type), min_size=max(shortest, 1), max_size=3)
            return some if shortest else some | st.just([])
        case inspect.DictType():
            return st.dictionaries(_strategy(kind.key_type), _strategy(kind.value_type), max_size=2)
        case inspect.StrType():
            shortest, longest = kind.min_length or 0, kind.max_length or 300
            plain = st.text(_CHARACTERS, min_size=shortest, max_size=min(longest, 40))
            return plain | st.sampled_from(
                [text for text in _TEXTS if shortest <= len(text) <= longest]
            )
        case inspect.IntType():
            return st.integers(
                -_MOST if kind.ge is None else kind.ge,
                _MOST if kind.le is None else kind.le,
            )
        case inspect.FloatType():
            return st.floats(
                -_MOST if kind.ge is None else kind.ge,
                _MOST if kind.le is None else kind.le,
            )
        case _:
            return _plain(kind)


def _plain(kind: inspect.Type) -> st.SearchStrategy[Any]:
    anything = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5)
    known: Sequence[tuple[type[inspect.Type], Callable[[], st.SearchStrategy[Any]]]] = (
        (inspect.NoneType, st.none),
        (inspect.BoolType, st.booleans),
        (inspect.UUIDType, lambda: st.sampled_from(_IDS)),
        (inspect.DateTimeType, lambda: st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))),
        (inspect.AnyType, lambda: anything),
    )
    for one, make in known:
        if isinstance(kind, one):
            return make()
    raise TypeError(f"no event of ours has a {type(kind).__name__} yet: say here how to draw one")


def _shape(kind: inspect.Type, turn: int, *, full: bool) -> Any:  # noqa: PLR0911 - likewise
    match kind:
        case inspect.StructType():
            return kind.cls(
                **{
                    field.name: _shape(field.type, turn, full=full)
                    for field in kind.fields
                    if full or field.required
                }
            )
        case inspect.UnionType():
            parts = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            return _shape(parts[turn % len(parts)], turn, full=full) if full else None
        case inspect.LiteralType():
            return kind.values[turn % len(kind.values)]
        case inspect.ListType():
            one = full or kind.min_length
            return [_shape(kind.item_type, turn, full=full)] if one else []
        case inspect.DictType():
            return {"key": _shape(kind.value_type, turn, full=full)} if full else {}
        case inspect.UUIDType():
            return _IDS[turn % len(_IDS)]
        case inspect.DateTimeType():
            return datetime(2026, 3, 1, 12, turn % 60, tzinfo=UTC)
        case inspect.StrType():
            return "text"
        case inspect.IntType():
            return 1 if kind.ge is None else max(1, kind.ge)
        case inspect.FloatType():
            return 1.5 if kind.ge is None else max(1.5, kind.ge)
        case inspect.BoolType():
            return turn % 2 == 0
        case _:
            return None


def _word_sets(kind: inspect.Type) -> Iterator[Sequence[Any]]:
    match kind:
        case inspect.StructType():
            for field in kind.fields:
                yield from _word_sets(field.type)
        case inspect.UnionType():
            for one in kind.types:
                yield from _word_sets(one)
        case inspect.ListType():
            yield from _word_sets(kind.item_type)
        case inspect.LiteralType():
            yield kind.values


def _default(field: inspect.Field) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
