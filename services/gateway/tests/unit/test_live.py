"""The rules of the live stream: who sees what, what is asked for, what is kept, what is dropped."""

import itertools
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_auth.matrix import PERMISSIONS
from platform_core.errors import DomainError
from proto_events.examples import EXAMPLES
from proto_events.registry import info_of, struct_of
from ventros_gateway.live.filters import Filter, FilterInvalid
from ventros_gateway.live.heard import Heard, LastId, last_id
from ventros_gateway.live.listener import MAX_WAITING, End, Listener, Mark
from ventros_gateway.live.queries import asked
from ventros_gateway.live.ring import OVERLAP_SECONDS, Bounds, Ring
from ventros_gateway.live.visibility import AGGREGATES, NOBODY, permission_of

TENANT, PROJECT = str(uuid4()), str(uuid4())
MARK = "here"


def heard(
    number: int = 1,
    *,
    at: float = 0.0,
    type_: str = "contact.created.v1",
    project: str = PROJECT,
    padding: int = 0,
) -> Heard:
    event = {
        "id": str(UUID(int=number)), "type": type_, "tenantid": TENANT, "projectid": project,
        "data": {"text": "x" * padding},
    }  # fmt: skip
    return Heard(msgspec.json.encode(event), number=number, at=at, mark=MARK)


def unmapped(aggregates: dict[str, str | None] | Any) -> list[str]:
    """Types whose aggregate the table does not have, or has by another word than the type."""
    return [
        type_
        for type_ in EXAMPLES
        if (word := type_.partition(".")[0]) not in aggregates
        or info_of(struct_of(type_)).aggregate.partition(".")[0] != word  # type: ignore[arg-type]
    ]


def test_every_declared_event_has_its_permission_or_is_denied_on_purpose() -> None:
    assert unmapped(AGGREGATES) == []
    assert {each for each in AGGREGATES.values() if each is not None} <= PERMISSIONS


def test_what_a_channel_tells_of_people_is_not_for_who_may_see_the_channel_alone() -> None:
    told = {
        type_: info_of(struct_of(type_)).data_class  # type: ignore[arg-type]
        for type_ in EXAMPLES
        if type_.startswith("channel.")
    }
    assert {"none", "personal", "sensitive"} <= set(told.values())
    open_to_channels = {type_ for type_ in told if permission_of(type_) == "channel:read"}
    assert {type_ for type_ in open_to_channels if told[type_] != "none"} == set()
    assert permission_of("channel.updated.v1") == "channel:read"


def test_an_event_that_the_table_does_not_have_is_found_and_denied() -> None:
    assert "note.added.v1" in unmapped({k: v for k, v in AGGREGATES.items() if k != "note"})
    assert permission_of("planted.created.v1") is NOBODY
    assert permission_of("access.revoked.v1") is NOBODY


@pytest.mark.parametrize(
    ("pattern", "type_", "wanted"),
    [
        ("contact.*", "contact.created.v1", True),
        ("contact.*", "contact_event.recorded.v1", False),
        ("contact.created.v1", "contact.created.v1", True),
        ("contact.created.v1", "contact.created.v2", False),
        ("contact.created", "contact.created.v2", True),
        ("contact", "contact.created.v1", False),
        ("contact.#", "contact.created.v1", True),
        ("#.v1", "channel.label.deleted.v1", True),
        ("channel.*", "channel.label.deleted.v1", False),
        ("channel.*.deleted", "channel.label.deleted.v1", True),
        ("*.#.#.v2", "channel.label.deleted.v1", False),
        ("#", "a.b.v1", True),
    ],
)
def test_types_are_asked_for_in_topics(pattern: str, type_: str, wanted: bool) -> None:
    assert Filter([pattern]).wants(type_) is wanted
    assert Filter(["x.y", pattern]).wants(type_) is wanted


WORDS = st.lists(st.sampled_from(["a", "b", "*", "#"]), min_size=1, max_size=5)


@given(WORDS, st.lists(st.sampled_from(["a", "b"]), min_size=2, max_size=5))
def test_topics_match_as_their_definition_says(pattern: list[str], words: list[str]) -> None:
    def matches(left: list[str], right: list[str]) -> bool:
        if not left:
            return not right
        if left[0] == "#":
            return any(matches(left[1:], right[n:]) for n in range(len(right) + 1))
        return bool(right) and left[0] in {"*", right[0]} and matches(left[1:], right[1:])

    expected = matches(pattern, words) or matches(pattern, words[:-1])
    assert Filter([".".join(pattern)]).wants(".".join(words)) is expected


@pytest.mark.parametrize(
    "query", ["types=a..b", "types=A.b", "types=a.b,", "types=a%20b", "types=" + "a." * 60 + "b",
              "types=" + ",".join(["a.b"] * 33), "types=a&types=b", "type=a", "last_event_id=x",
              "types=" + "a" * 5000],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(query: str) -> None:
    with pytest.raises(DomainError) as refused:
        asked(query.encode(), [])
    assert refused.value.code in {"types_invalid", "query_invalid"}


def test_the_header_is_newer_than_the_address() -> None:
    old, new = uuid4(), uuid4()
    found = asked(f"last_event_id={old}".encode(), [(b"last-event-id", f"{new}.{MARK}".encode())])
    assert found.last == LastId(new, MARK)
    assert asked(b"", []).last is None
    with pytest.raises(FilterInvalid):
        asked(b"types=,", [])


def test_a_frame_is_one_line_of_data_and_says_where_to_go_on() -> None:
    one = heard()
    pretty = Heard(msgspec.json.format(one.body), number=1, at=0.0, mark=MARK)
    assert (
        pretty.frame
        == one.frame
        == (
            b"id: 00000000-0000-0000-0000-000000000001.here\nevent: contact.created.v1\n"
            b"data: " + one.body + b"\n\n"
        )
    )
    said = msgspec.json.decode(one.text)
    assert last_id(said["id"]) == LastId(one.id, MARK)
    assert said["event"] == msgspec.json.decode(one.body)


def numbers(found: list[Heard] | None) -> list[int] | None:
    return None if found is None else [one.number for one in found]


def test_a_client_of_this_gateway_goes_on_exactly_behind_its_last_event() -> None:
    ring = Ring(Bounds(), mark=MARK)
    for number in range(1, 7):
        ring.add(heard(number, at=number / 10, project=PROJECT if number % 2 else "other"))
    place = (TENANT, PROJECT)
    assert numbers(ring.after(place, LastId(UUID(int=1), MARK))) == [3, 5]
    assert numbers(ring.after(place, LastId(UUID(int=5), MARK))) == []
    assert ring.after(place, LastId(UUID(int=2), MARK)) is None, "it is of another project"
    assert ring.after(place, LastId(UUID(int=9), MARK)) is None


def test_a_client_of_another_gateway_may_hear_a_little_again_and_misses_nothing() -> None:
    ring = Ring(Bounds(), mark=MARK)
    for number in range(1, 5):
        ring.add(heard(number, at=number * OVERLAP_SECONDS * 0.6))
    place = (TENANT, PROJECT)
    assert numbers(ring.after(place, LastId(UUID(int=3), "there"))) == [2, 4]
    ring.clear(OVERLAP_SECONDS * 10)
    ring.add(heard(9, at=OVERLAP_SECONDS * 10.5))
    assert ring.after(place, LastId(UUID(int=9), "there")) is None, "what was before is not known"
    assert numbers(ring.after(place, LastId(UUID(int=9), MARK))) == []


def test_an_event_that_is_told_twice_is_kept_once() -> None:
    ring = Ring(Bounds(), mark=MARK)
    assert ring.add(heard(1))
    assert not ring.add(heard(1))
    assert len(ring) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 40), st.integers(0, 3000))))
def test_the_ring_keeps_its_bounds(told: list[tuple[str, float, int]]) -> None:
    bounds = Bounds(events=5, size=12_000, seconds=60.0)
    ring, now = Ring(bounds, mark=MARK), 0.0
    all_: list[Heard] = []
    for number, (project, pause, padding) in enumerate(told, 1):
        now += pause
        one = heard(number, at=now, project=project, padding=padding)
        all_.append(one)
        ring.add(one)
        assert len(ring) <= bounds.events
        assert ring.size <= bounds.size
        kept = all_[len(all_) - len(ring) :]
        assert all(now - each.at <= bounds.seconds for each in kept)
        for known, wanted in itertools.product(kept, "abc"):
            found = ring.after((TENANT, wanted), LastId(known.id, MARK))
            if known.place != (TENANT, wanted):
                assert found is None
            else:
                assert found == [each for each in kept if each.number > known.number
                                 and each.place == known.place]  # fmt: skip
    ring.trim(now + 61)
    assert (len(ring), ring.size) == (0, 0)


def listener(*patterns: str, permissions: frozenset[str] = PERMISSIONS) -> Listener:
    return Listener((TENANT, PROJECT), "somebody", permissions, Filter(patterns))


def test_a_listener_gets_what_it_asked_for_of_what_it_may_see() -> None:
    assert listener("contact.*").wants("contact.created.v1")
    assert not listener("contact.*").wants("message.created.v1")
    assert not listener(permissions=frozenset({"event:read"})).wants("contact.created.v1")
    assert not listener().wants("access.revoked.v1")
    assert not listener().wants("planted.created.v1")


async def test_a_queue_that_is_full_becomes_one_mark_and_goes_on_from_there() -> None:
    one = listener()
    for number in range(1, MAX_WAITING + 1):
        assert one.offer(heard(number))
    assert not one.offer(heard(MAX_WAITING + 1))
    assert one.full_since is not None
    last = heard(MAX_WAITING + 2)
    assert one.offer(last)
    assert await one.take() == [Mark.REFETCH, last]
    assert one.full_since is None
    assert not listener().offer(heard(1, padding=2_000_000)), "bytes count as well"


async def test_a_listener_is_pinged_when_it_was_quiet_and_ends_once() -> None:
    one = listener()
    one.ping()
    assert await one.take() == [Mark.PING]
    one.ping()
    event = heard(1)
    one.offer(event)
    one.ping()
    assert await one.take() == [event]
    one.finish(End.REVOKED)
    one.finish(End.LIFETIME)
    assert await one.take() == []
    assert one.end is End.REVOKED
