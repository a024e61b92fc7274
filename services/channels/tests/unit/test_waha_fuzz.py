"""Nothing that is posted breaks the parser: a message, elsewhere, or its own error."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.waha.parse_event import FACT_EVENTS, parse_event, parse_in_message

from ..waha_contents import CONTENTS, webhook

FIXTURES = Path(__file__).parents[1] / "fixtures" / "waha"
STAMP = Stamp(channel_id=UUID(int=7), received_at=datetime(2026, 11, 22, tzinfo=UTC), ingress_seq=1)
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)

WORDS = st.sampled_from(
    [
        "",
        "\x00",
        "true_5544@c.us_3A",
        "false_1@lid_3A",
        "status@broadcast",
        "5544000003@s.whatsapp.net",
        "1@lid",
        "nan",
        "-inf",
        "9" * 400,
        "2026-07-02T10:46:40Z",
        "0001-01-01T00:00:00+23:59",
        "BEGIN:VCARD",
        "ptt",
        "AAdkKg==",
    ]
)
NAMES = st.sampled_from(
    [
        "id",
        "timestamp",
        "payload",
        "_data",
        "Info",
        "Message",
        "message",
        "key",
        "media",
        "location",
        "replyTo",
        "vCards",
        "body",
        "type",
        "contextInfo",
        "externalAdReply",
        "mentionedJid",
        "mentionedJidList",
        "imageMessage",
        "locationMessage",
        "pollCreationMessage",
        "options",
        "name",
        "listMessage",
        "sections",
        "rows",
        "buttonsMessage",
        "buttons",
        "contactsArrayMessage",
        "contacts",
        "vcard",
        "reactionMessage",
        "viewOnceMessage",
        "viewOnce",
        "isViewOnce",
        "audioMessage",
        "waveform",
        "data",
        "seconds",
        "width",
        "MediaType",
        "Sender",
        "SenderAlt",
        "remoteJid",
        "degreesLatitude",
        "degreesLongitude",
        "interactiveResponseMessage",
        "nativeFlowResponseMessage",
        "paramsJson",
        "error",
        "messageStubType",
        "fileLength",
        "protocolMessage",
        "hasMedia",
        "participant",
        "source",
        "reaction",
        "messageId",
        "text",
        "ack",
        "ackName",
        "editedMessageId",
        "editedMessage",
        "revokedMessageId",
        "after",
        "before",
        "vote",
        "poll",
        "selectedOptions",
        "from",
        "group",
        "participants",
        "role",
        "labelId",
        "chatId",
        "label",
        "status",
        "statuses",
        "timestampMs",
        "ID",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            NAMES | st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=6
        )
    ),
    max_leaves=40,
)
ORIGINALS = [
    *(msgspec.json.decode(path.read_bytes()) for path in sorted(FIXTURES.glob("*.json"))),
    *(webhook(payload, data) for payload, data, _ in CONTENTS.values()),
]


def holds(body: bytes) -> None:
    """Parsing ends in one of its ways, and a result survives the wire and the database."""
    for event in FACT_EVENTS:
        holds_fact(partial(parse_event, event, body, STAMP))
    holds_fact(partial(parse_in_message, body, STAMP))
    try:
        result = parse_message(body, RECEIVED)
    except UnparsableError:
        return
    if isinstance(result, Elsewhere):
        return
    assert isinstance(result, Heard)
    assert result.party or result.group
    assert all(identity.value for identity in result.party)
    assert not any(
        identity.kind == "phone" and result.chat.endswith("@lid") and len(result.party) == 1
        for identity in result.party
    )
    encoded = msgspec.json.encode(result)
    assert b"\\u0000" not in encoded
    assert msgspec.json.decode(encoded, type=Heard) == result


def holds_fact(parse: Callable[[], Fact | None]) -> None:
    try:
        fact = parse()
    except UnparsableError:
        return
    if fact is None:
        return
    assert fact.key
    assert len(fact.key) < 1000
    assert "\x00" not in fact.key
    encoded = msgspec.json.encode(fact.event)
    assert b"\\u0000" not in encoded
    assert msgspec.json.decode(encoded, type=type(fact.event)) == fact.event


@given(st.binary(max_size=200))
def test_random_bytes(body: bytes) -> None:
    holds(body)


@given(JSON)
def test_random_json(document: Any) -> None:
    holds(msgspec.json.encode(document))


@given(JSON, JSON, st.sampled_from(["true_5544000003@c.us_3A", "false_1@lid_3A"]))
def test_random_members_under_an_id_that_is_right(data: Any, rest: Any, message_id: str) -> None:
    payload = dict(rest) if isinstance(rest, dict) else {"body": rest}
    payload |= {"id": message_id, "_data": data}
    holds(msgspec.json.encode({"event": "message", "payload": payload}))


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
