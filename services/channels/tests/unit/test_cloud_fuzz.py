"""Nothing that Meta posts breaks the reader: it tells what it can, or raises its own error."""

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ventros_channels.domain.message import Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.whatsapp_cloud.head import read_head
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.whatsapp_cloud.parse_post import parse_post

FIXTURES = Path(__file__).parents[1] / "fixtures" / "whatsapp_cloud"
STAMP = Stamp(channel_id=UUID(int=7), received_at=datetime(2026, 11, 22, tzinfo=UTC), ingress_seq=1)
ORIGINALS = [msgspec.json.decode(path.read_bytes()) for path in sorted(FIXTURES.glob("*.json"))]


def _names(document: Any) -> set[str]:
    if isinstance(document, dict):
        return set(document).union(*map(_names, document.values()))
    return set().union(*map(_names, document)) if isinstance(document, list) else set()


NAMES = st.sampled_from(sorted(_names(ORIGINALS)))
WORDS = st.sampled_from(
    ["", "\x00", "BR.1A", "5544000000003", "wamid.1", "nan", "9" * 400, "text", "failed", "edit"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=40,
)


def holds(body: bytes) -> None:
    """What is read survives the wire and the database."""
    try:
        head = read_head(body)
        told = parse_post(head.readable or body, STAMP)
    except UnparsableError:
        return
    for one in told:
        said = one.said
        if isinstance(said, Fact):
            assert said.key
            assert len(said.key) < 1000
            said = said.event
        elif isinstance(said, Heard):
            assert said.party
        encoded = msgspec.json.encode(said)
        assert b"\\u0000" not in encoded
        if said is not None:
            assert msgspec.json.decode(encoded, type=type(said)) == said


@given(st.binary(max_size=200))
def test_random_bytes(body: bytes) -> None:
    holds(body)


@given(JSON)
def test_random_json(document: Any) -> None:
    holds(msgspec.json.encode(document))


@given(NAMES, JSON)
def test_random_values_under_a_field(field: str, value: Any) -> None:
    change = {"field": field, "value": value}
    holds(msgspec.json.encode({"entry": [{"id": "1", "changes": [change]}]}))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_fixtures_with_one_member_changed(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from(ORIGINALS)))
    node: Any = document
    while True:
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        place = data.draw(st.sampled_from(places))
        inner = node[place]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            node = inner
            continue
        if isinstance(node, dict) and data.draw(st.booleans()):
            del node[place]
        else:
            node[place] = data.draw(JSON)
        break
    holds(msgspec.json.encode(document))
