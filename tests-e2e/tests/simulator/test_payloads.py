"""Every fixture of a message is what the simulator makes of the same facts."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from waha_simulator import payloads
from waha_simulator.contents import (
    Content,
    Kind,
    MediaFile,
    MediaState,
    Quoted,
    sample,
)
from waha_simulator.engines import Engine
from waha_simulator.payloads import Account, Message, Place, encode, envelope, message_payload
from waha_simulator.people import Address, Person, UnknownAddressError, shown

FIXTURES = Path(__file__).parents[2] / "fixtures" / "waha"
OWNER = Person(phone="554400000001", lid="10000000000002", name="Loja Teste")
CUSTOMER = Person(phone="554400000003", lid="10000000000004", name="Contato Teste", device=2)
AT = 1783000000


def account(engine: Engine, **more: Any) -> Account:
    return Account(session="default", engine=engine, owner=OWNER, **more)


def message(stanza: str, text: str | None, **more: Any) -> Message:
    given = {"person": CUSTOMER, "content": Content(kind=Kind.TEXT, text=text), "timestamp": AT}
    return Message(stanza=stanza, **(given | more))


IMAGE_THAT_FAILED = Content(
    kind=Kind.IMAGE, text="", media=MediaFile(mimetype="image/jpeg", state=MediaState.SKIPPED)
)
REPLY = Content(
    kind=Kind.TEXT,
    text="respondendo",
    quoted=Quoted(stanza="3EB0AAAAAAAAAAAAAAAA", participant="554400000001@c.us", body="Pergunta"),
)
GROUP = {
    "place": Place.GROUP,
    "place_id": "120363000000000001@g.us",
    "address": Address.LID_AND_PHONE,
}

MESSAGES = {
    "message": (Engine.GOWS, message("3F0B3ABFCA9801F3A48F", "Oi, tudo bem?")),
    "message.any": (
        Engine.WEBJS,
        message("3EB0AAAAAAAAAAAAAAAA", "Resposta do celular", from_me=True),
    ),
    "message.noweb_from_me": (
        Engine.NOWEB,
        message("3EB0BBBBBBBBBBBBBBBB", "Resposta (NOWEB: from = chat)", from_me=True),
    ),
    "message.lid_noweb": (
        Engine.NOWEB,
        message("3A0000000000000000AA", "Cliente por LID, sem telefone", address=Address.LID),
    ),
    "message.media_failed": (
        Engine.GOWS,
        message("3A0000000000000000AB", None, content=IMAGE_THAT_FAILED),
    ),
    "message.reply": (Engine.GOWS, message("3A0000000000000000AC", None, content=REPLY)),
    "message.group": (Engine.GOWS, message("3A0000000000000000AD", "oi grupo", **GROUP)),
}


def fixture(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def produced(engine: Engine, event: str, payload: Struct, at: int = 1) -> dict[str, Any]:
    body = envelope(account(engine), event, payload, event_id="evt_x", timestamp_ms=at)
    return json.loads(encode(body))


def assert_contains(there: Any, wanted: Any, path: str) -> None:
    """Every member of `wanted` is there, with the same kind of value, all the way down."""
    if isinstance(wanted, dict):
        assert isinstance(there, dict), path
        for name, value in wanted.items():
            assert name in there, f"{path}.{name}"
            assert_contains(there[name], value, f"{path}.{name}")
    else:
        assert type(there) is type(wanted), f"{path}: {there!r} for {wanted!r}"


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_fixture_is_what_the_simulator_makes(name: str) -> None:
    engine, written = MESSAGES[name]
    wanted = fixture(name)
    made = produced(engine, wanted["event"], message_payload(account(engine), written))
    data, wanted_data = made["payload"].pop("_data"), wanted["payload"].pop("_data")
    assert made["payload"] == wanted["payload"]
    assert_contains(data, wanted_data, "_data")
    for envelope_of in (made, wanted):
        for changing in ("id", "timestamp", "payload"):
            envelope_of.pop(changing)
    assert made == wanted


def test_gows_says_who_sent_as_whatsmeow_does() -> None:
    engine, written = MESSAGES["message.group"]
    info = message_payload(account(engine), written).data["Info"]
    wanted = fixture("message.group")["payload"]["_data"]["Info"]
    for name in ("Chat", "AddressingMode", "IsFromMe", "IsGroup", "PushName", "Type"):
        assert info[name] == wanted[name], name
    assert info["Sender"] == "10000000000004:2@lid"
    assert info["SenderAlt"] == "554400000003:2@s.whatsapp.net"


OTHERS = {
    "message.ack.device": (
        Engine.GOWS,
        lambda: payloads.ack_payload(
            account(Engine.GOWS), message("3EB0AAAAAAAAAAAAAAAA", "", from_me=True), 2
        ),
    ),
    "message.ack.group": (
        Engine.GOWS,
        lambda: payloads.ack_payload(
            account(Engine.GOWS), message("3EB0AAAAAAAAAAAAAAAA", "", from_me=True, **GROUP), 3
        ),
    ),
    "message.reaction": (
        Engine.WEBJS,
        lambda: payloads.reaction_payload(
            account(Engine.WEBJS),
            message("3EB0AAAAAAAAAAAAAAAA", "", from_me=True),
            stanza="3A0000000000000000AE",
            emoji="🙏",
            at=1783000001.853,
            from_me=False,
        ),
    ),
    "message.edited": (
        Engine.GOWS,
        lambda: payloads.edited_payload(
            account(Engine.GOWS),
            message("3A0000000000000000B2", "Novo texto"),
            edited_stanza="3F0B3ABFCA9801F3A48F",
        ),
    ),
    "message.revoked": (
        Engine.GOWS,
        lambda: payloads.revoked_payload(
            account(Engine.GOWS),
            message("3A0000000000000000B1", ""),
            revoked_stanza="3F0B3ABFCA9801F3A48F",
        ),
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_happens_to_a_message_has_the_shape_of_its_fixture(name: str) -> None:
    engine, make = OTHERS[name]
    wanted = fixture(name)
    made = produced(engine, wanted["event"], make())["payload"]
    assert made.keys() == wanted["payload"].keys()
    for field in ("ack", "ackName", "reaction", "editedMessageId", "revokedMessageId"):
        assert made.get(field) == wanted["payload"].get(field), field
    assert_contains(made, wanted["payload"], "payload")


@pytest.mark.parametrize(
    "kind", [Kind.IMAGE, Kind.VOICE, Kind.CONTACT, Kind.LOCATION, Kind.STICKER]
)
def test_gows_leaves_an_absent_body_out(kind: Kind) -> None:
    def payload(engine: Engine) -> Any:
        written = message("3A", None, content=sample(kind))
        return produced(engine, "message", message_payload(account(engine), written))["payload"]

    assert "body" not in payload(Engine.GOWS)
    assert payload(Engine.NOWEB)["body"] is None
    assert isinstance(payload(Engine.WEBJS)["body"], str)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("engine", list(Engine))
@pytest.mark.parametrize("from_me", [False, True])
def test_every_kind_can_be_told_by_every_engine(engine: Engine, kind: Kind, from_me: bool) -> None:
    written = message("3A01", None, content=sample(kind, "legenda"), from_me=from_me)
    payload = produced(engine, "message.any", message_payload(account(engine), written))["payload"]
    direction = "true" if from_me else "false"
    assert payload["id"] == f"{direction}_554400000003@c.us_3A01"
    assert payload["hasMedia"] == (payload["media"] is not None)
    own, chat = "554400000001@c.us", "554400000003@c.us"
    if engine is Engine.WEBJS:
        assert (payload["from"], payload["to"]) == ((own, chat) if from_me else (chat, own))
        assert payload["_data"]["id"]["_serialized"] == payload["id"]
    else:
        assert (payload["from"], payload["to"]) == (chat, None)


def test_gows_names_the_kinds_in_info() -> None:
    types = {
        kind: message_payload(account(Engine.GOWS), message("3A", None, content=sample(kind))).data[
            "Info"
        ]["MediaType"]
        for kind in (Kind.VOICE, Kind.AUDIO, Kind.CONTACT, Kind.TEXT, Kind.DOCUMENT)
    }
    assert types == {
        Kind.VOICE: "ptt",
        Kind.AUDIO: "audio",
        Kind.CONTACT: "vcard",
        Kind.TEXT: "",
        Kind.DOCUMENT: "document",
    }


def test_what_is_to_be_seen_once_and_withheld_has_no_content() -> None:
    withheld = Content(kind=Kind.SYSTEM, view_once=True)
    told = message_payload(account(Engine.NOWEB), message("3A", None, content=withheld))
    assert (told.body, told.has_media, told.media) == (None, False, None)
    assert told.data["key"]["isViewOnce"] is True
    assert told.data["status"] == 3
    assert "message" not in told.data


def test_an_ad_is_spelt_as_each_engine_spells_it() -> None:
    def data(engine: Engine) -> Any:
        return message_payload(account(engine), message("3A", None, content=sample(Kind.AD))).data

    go = data(Engine.GOWS)["Message"]["extendedTextMessage"]["contextInfo"]
    assert go["externalAdReply"]["sourceID"] == "120200000000000001"
    assert go["entryPointConversionSource"] == "ctwa_ad"
    baileys = data(Engine.NOWEB)["message"]["extendedTextMessage"]["contextInfo"]
    assert baileys["externalAdReply"]["sourceId"] == "120200000000000001"
    assert data(Engine.WEBJS)["ctwaContext"]["ctwaClid"].startswith("AfC")


def test_the_release_of_2025_leaves_fields_out() -> None:
    old = account(Engine.GOWS, old_release=True)
    body = envelope(
        old, "message", message_payload(old, message("3A", "oi")), event_id="evt_x", timestamp_ms=1
    )
    made = json.loads(encode(body))
    assert "engine" not in made
    assert made["environment"].keys() == {"version", "engine", "tier", "browser"}


def test_before_pairing_there_is_no_me() -> None:
    unpaired = Account(session="s", engine=Engine.NOWEB, owner=None)
    body = envelope(unpaired, "session.status", {}, event_id="evt_x", timestamp_ms=1)
    assert "me" not in json.loads(encode(body))


def test_a_person_shows_only_what_is_asked_for() -> None:
    assert shown(CUSTOMER, Address.PHONE).alt is None
    assert shown(CUSTOMER, Address.LID_AND_PHONE).main == "10000000000004@lid"
    assert shown(CUSTOMER, Address.LID_AND_PHONE).alt == "554400000003@c.us"
    assert shown(Person(lid="10000000000004"), None).main == "10000000000004@lid"
    with pytest.raises(UnknownAddressError):
        shown(Person(lid="10000000000004"), Address.PHONE)
