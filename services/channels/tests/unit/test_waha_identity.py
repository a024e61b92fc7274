"""Who wrote, to whom, when: read from the id and from what the engines prove."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.parse import parse_message

RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRITTEN = datetime.fromtimestamp(1783000000, UTC)

P = "554400000003@s.whatsapp.net"
L = "10000000000004@lid"
OWN_P = "554400000001@s.whatsapp.net"
OWN_L = "10000000000002@lid"
BOTH = {"phone": "+554400000003", "jid": P, "lid": L}
PHONE_ONLY = {"phone": "+554400000003", "jid": P}
LID_ONLY = {"lid": L}


def parse(payload: object, **envelope: Any) -> Heard | Elsewhere:
    body = {"event": "message", "payload": payload, **envelope}
    return parse_message(msgspec.json.encode(body), RECEIVED)


def read(message_id: object, data: object = None, **payload: Any) -> Heard:
    heard = parse({"id": message_id, "timestamp": 1783000000, "_data": data, **payload})
    assert isinstance(heard, Heard)
    return heard


def info(**members: object) -> dict[str, object]:
    return {"Info": members}


PARTIES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("false_554400000003@c.us_3A", {}, PHONE_ONLY),
    ("false_554400000003:2@s.whatsapp.net_3A", {}, PHONE_ONLY),
    ("false_10000000000004@lid_3A", {}, LID_ONLY),
    # GOWS, either way round, with a device part or without.
    ("false_554400000003@c.us_3A", info(Sender=P, SenderAlt=L), BOTH),
    ("false_554400000003@c.us_3A", info(Sender=L, SenderAlt=P), BOTH),
    (
        "false_10000000000004@lid_3A",
        info(Sender=L, SenderAlt="554400000003:7@s.whatsapp.net"),
        BOTH,
    ),
    ("false_10000000000004@lid_3A", info(Sender=P, SenderAlt="10000000000004:7@lid"), BOTH),
    ("false_554400000003@c.us_3A", info(Sender=P, SenderAlt=""), PHONE_ONLY),
    # Our own: the sender is we; only the recipient's other name counts.
    (
        "true_554400000003@c.us_3E",
        info(Chat=P, Sender=OWN_P, SenderAlt=OWN_L, RecipientAlt=L),
        BOTH,
    ),
    ("true_10000000000004@lid_3E", info(Chat=L, Sender=OWN_L, SenderAlt=OWN_P), LID_ONLY),
    ("true_10000000000004@lid_3E", info(Chat=L, Sender=OWN_P, RecipientAlt=P), BOTH),
    # NOWEB.
    ("false_10000000000004@lid_3A", {"key": {"remoteJid": L, "remoteJidAlt": P}}, BOTH),
    ("true_554400000003@c.us_3A", {"key": {"remoteJid": P, "remoteJidAlt": L}}, BOTH),
    ("false_554400000003@c.us_3A", {"key": {"remoteJid": L, "remoteJidAlt": P}}, BOTH),
    # What names neither side of the chat proves nothing; a second phone is no other name.
    (
        "false_554400000003@c.us_3A",
        info(Sender="554400000009@s.whatsapp.net", SenderAlt=L),
        PHONE_ONLY,
    ),
    (
        "false_554400000003@c.us_3A",
        info(Sender=P, SenderAlt="554400000009@s.whatsapp.net"),
        PHONE_ONLY,
    ),
    ("false_554400000003@c.us_3A", info(Sender=P, SenderAlt="120363@g.us"), PHONE_ONLY),
    ("false_554400000003@c.us_3A", info(Sender=5, SenderAlt=None), PHONE_ONLY),
    # Digits that are no number in E.164 are an address at the provider and nothing more.
    ("false_0@c.us_3A", {}, {"jid": "0@s.whatsapp.net"}),
    ("false_1234567890123456@c.us_3A", {}, {"jid": "1234567890123456@s.whatsapp.net"}),
]


@pytest.mark.parametrize(("message_id", "data", "expected"), PARTIES)
def test_the_party_is_what_is_proven(
    message_id: str, data: dict[str, Any], expected: dict[str, str]
) -> None:
    party = {identity.kind: identity.value for identity in read(message_id, data).party}
    assert party == expected


def test_the_chat_is_in_the_id_and_never_in_from_or_to() -> None:
    other = "559900000009@c.us"
    heard = read("true_554400000003@c.us_3E", {}, to=other, participant=other, **{"from": other})
    assert (heard.chat, heard.from_me) == (P, True)


@pytest.mark.parametrize(
    ("message_id", "stanza"),
    [
        ("false_554400000003@c.us_3A_B", "3A_B"),
        ("true_554400000001@c.us_3EB0_out", "3EB0"),
        ("true_554400000001@c.us_3EB0_in", "3EB0"),
        ("true_554400000003@c.us_3EB0_554400000003@c.us", "3EB0"),
        ({"_serialized": "false_554400000003@c.us_3A"}, "3A"),
    ],
)
def test_the_stanza_is_the_ids_own(message_id: object, stanza: str) -> None:
    assert read(message_id, info(ID="other", Sender=P)).stanza == stanza


@pytest.mark.parametrize(
    ("chat", "place"),
    [
        ("status@broadcast", "status"),
        ("120363000000000099@newsletter", "newsletter"),
        ("1783000000@broadcast", "broadcast"),
        ("867051314767696@bot", "bot"),
    ],
)
def test_what_is_said_to_nobody_we_know_leaves_the_path(chat: str, place: str) -> None:
    assert parse({"id": f"false_{chat}_3A_554400000003@c.us"}) == Elsewhere(place)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "from_me", "name"),
    [
        (info(PushName="Ana"), False, "Ana"),
        ({"pushName": " Ana "}, False, "Ana"),
        ({"notifyName": "Ana"}, False, "Ana"),
        (info(PushName="Loja"), True, None),
        (info(PushName="  "), False, None),
        (info(PushName=7), False, None),
    ],
)
def test_a_push_name_is_the_other_partys_own(
    data: dict[str, Any], from_me: bool, name: str | None
) -> None:
    head = "true" if from_me else "false"
    assert read(f"{head}_554400000003@c.us_3A", data).push_name == name


@pytest.mark.parametrize(
    ("timestamp", "data", "envelope", "expected"),
    [
        (1783000000, {}, None, WRITTEN),
        ("1783000000", {}, None, WRITTEN),
        (1783000000000, {}, None, WRITTEN),
        (None, {"messageTimestamp": 1783000000}, None, WRITTEN),
        (None, {"t": 1783000000}, None, WRITTEN),
        (None, info(Timestamp="2026-07-02T10:46:40-03:00"), None, WRITTEN),
        (None, info(Timestamp="2026-07-02T10:46:40"), 1783000000000, WRITTEN),
        (0, {}, 1783000000000, WRITTEN),
        (-5, {}, None, RECEIVED),
        (1e300, info(Timestamp="yesterday"), "never", RECEIVED),
        (True, {}, None, RECEIVED),
    ],
)
def test_the_time_is_the_providers_as_far_as_it_tells_one(
    timestamp: object, data: dict[str, Any], envelope: object, expected: datetime
) -> None:
    payload = {"id": "false_554400000003@c.us_3A", "timestamp": timestamp, "_data": data}
    heard = parse(payload, timestamp=envelope)
    assert isinstance(heard, Heard)
    assert heard.occurred_at == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not_json"),
        (b'{"payload":"\xff"}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_an_object"),
        (b"{}", "payload_missing"),
        (b'{"payload":[]}', "payload_missing"),
        (b'{"payload":{}}', "payload_missing"),
        (b'{"payload":{"id":null}}', "message_id_missing"),
        (b'{"payload":{"id":7}}', "message_id_missing"),
        (b'{"payload":{"id":"3EB0AA"}}', "message_id_malformed"),
        (b'{"payload":{"id":"maybe_5544@c.us_3A"}}', "message_id_malformed"),
        (b'{"payload":{"id":"true_5544@c.us_"}}', "message_id_malformed"),
        (b'{"payload":{"id":"true_5544@c.us_a\\u0000b"}}', "message_id_malformed"),
        (b'{"payload":{"id":"true_5544@moon_3A"}}', "chat_unknown"),
        (b'{"payload":{"id":"true_abc@c.us_3A"}}', "chat_unknown"),
    ],
)
def test_what_cannot_be_a_message_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(UnparsableError) as caught:
        parse_message(body, RECEIVED)
    assert caught.value.reason == reason


def test_text_is_what_the_database_can_keep() -> None:
    heard = read("false_554400000003@c.us_3A", {}, body="a\x00b" + "c" * 70_000)
    assert heard.content.text is not None
    assert heard.content.text.startswith("a\ufffdbc")
    assert len(heard.content.text) == 65_536
