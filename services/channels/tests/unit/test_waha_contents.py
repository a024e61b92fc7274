"""The content types, engine by engine, and what surrounds them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from proto_events.conversation import AdReferral, Content, PartyIdentity, ReplyTo
from ventros_channels.domain.message import Heard
from ventros_channels.domain.waha.parse import parse_message

from ..waha_contents import AVAILABLE, CONTENTS, FILE, WAVE, gows, noweb, webhook

RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read(payload: Mapping[str, Any], **data: Any) -> Heard:
    """Parse a message that consists of `payload` with `_data`."""
    heard = parse_message(msgspec.json.encode(webhook(payload, data)), RECEIVED)
    assert isinstance(heard, Heard)
    return heard


@pytest.mark.parametrize("case", CONTENTS)
def test_a_content_is_read_in_our_words(case: str) -> None:
    payload, data, expected = CONTENTS[case]
    assert read(payload, **data).content == expected


WAVEFORMS: dict[str, Any] = {
    "base64, as whatsmeow and protobuf write bytes": "AAdkKg==",
    "an array": WAVE,
    "Node's buffer": {"type": "Buffer", "data": WAVE},
    "Node's buffer in base64": {"type": "Buffer", "data": "AAdkKg=="},
    "a Uint8Array": {"0": 0, "1": 7, "2": 100, "3": 42},
    "louder than can be": [0, 7, 255, 42],
}


@pytest.mark.parametrize("case", WAVEFORMS)
def test_a_voice_message_has_its_length_and_its_waveform(case: str) -> None:
    fields = {"ptt": True, "seconds": 9, "waveform": WAVEFORMS[case]}
    voice = msgspec.structs.replace(AVAILABLE, duration_seconds=9, waveform=WAVE)
    expected = Content(type="voice", media=voice)
    assert read(FILE, **noweb("audioMessage", fields)).content == expected


@pytest.mark.parametrize(
    "given",
    [
        "",
        "?",
        "AAdk" * 30,
        [],
        [1] * 65,
        [1, True],
        [-1],
        ["7"],
        [1.5],
        {"data": None},
        {},
        7,
        None,
    ],
)
def test_what_is_no_waveform_is_none(given: object) -> None:
    media = read(FILE, **noweb("audioMessage", {"ptt": True, "waveform": given})).content.media
    assert media == AVAILABLE


CONTEXT = {
    "stanzaID": "3EB0QQ",
    "quotedMessage": {"extendedTextMessage": {"text": "antes"}},
    "conversionSource": "FB_Ads",
    "entryPointConversionApp": "instagram",
    "externalAdReply": {
        "title": "Inverno",
        "body": "Fale",
        "sourceType": "ad",
        "sourceID": "120",
        "sourceURL": "https://fb.me/x",
        "ctwaClid": "Af",
    },
}
REFERRAL = AdReferral(
    source_type="ad",
    source_id="120",
    source_url="https://fb.me/x",
    source_app="instagram",
    title="Inverno",
    body="Fale",
    ctwa_click_id="Af",
    conversion_source="FB_Ads",
)


def test_the_advertisement_and_the_answered_message_are_in_the_document() -> None:
    heard = read({}, **gows("extendedTextMessage", {"text": "oi", "contextInfo": CONTEXT}))
    assert heard.referral == REFERRAL
    assert heard.reply_to == ReplyTo(stanza="3EB0QQ", text="antes")


def test_the_advertisement_of_a_browser_engine() -> None:
    advertisement = {
        "conversionSource": "FB_Ads",
        "description": "Fale",
        "sourceId": "120",
        "sourceUrl": "https://fb.me/x",
        "sourceApp": "instagram",
        "title": "Inverno",
        "sourceType": "ad",
        "ctwaClid": "Af",
    }
    assert read({"body": "oi"}, type="chat", ctwaContext=advertisement).referral == REFERRAL


@pytest.mark.parametrize("name", ["mentionedJid", "mentionedJID"])
def test_whom_a_text_calls_is_in_the_document(name: str) -> None:
    called = ["554400000003:2@s.whatsapp.net", "81@lid", "81@lid", "120363@g.us", 7, None, "all"]
    fields = {"text": "@554400000003 e @81", "contextInfo": {name: called}}
    heard = read({}, **gows("extendedTextMessage", fields))
    assert heard.mentions == [
        PartyIdentity(kind="phone", value="+554400000003"),
        PartyIdentity(kind="lid", value="81@lid"),
    ]


def test_whom_a_text_calls_in_a_browser_engine() -> None:
    called = ["554400000003@c.us", {"_serialized": "81@lid"}, {"user": "9"}]
    heard = read({"body": "oi"}, type="chat", mentionedJidList=called)
    assert [one.value for one in heard.mentions] == ["+554400000003", "81@lid"]


def test_whoever_calls_a_whole_group_calls_256() -> None:
    called = [f"5544{number:08}@c.us" for number in range(1024)]
    heard = read({"body": "oi"}, type="chat", mentionedJidList=called)
    assert len(heard.mentions) == 256


def test_the_preview_of_a_link_is_no_advertisement() -> None:
    context = {"externalAdReply": {"title": "Página", "sourceURL": "https://x.example"}}
    fields = {"text": "https://x.example", "contextInfo": context}
    assert read({}, **noweb("extendedTextMessage", fields)).referral is None


@pytest.mark.parametrize(
    ("reply", "stanza"),
    [
        ({"id": "3EB0AA"}, "3EB0AA"),
        ({"id": "true_554400000003@c.us_3EB0AA"}, "3EB0AA"),
        ({"id": "true_120363@g.us_3EB0AA_554400000001@c.us"}, "3EB0AA"),
        ({"id": ""}, None),
        (None, None),
        ("3EB0AA", None),
    ],
)
def test_the_answered_message_is_known_by_its_stanza(reply: object, stanza: str | None) -> None:
    found = read({"body": "x", "replyTo": reply}).reply_to
    assert (found.stanza if found else None) == stanza
