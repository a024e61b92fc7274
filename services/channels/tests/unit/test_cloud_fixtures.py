"""Every fixture of the Cloud API, with the result that is expected of it."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from proto_events.channels import ChannelConnectionChanged
from proto_events.conversation import (
    AdReferral,
    ContactCard,
    Content,
    Interactive,
    Location,
    Media,
    PartyIdentity,
    ReplyTo,
)
from proto_events.provider_facts import (
    ChannelCallAccepted,
    ChannelCallReceived,
    ChannelCallRejected,
    ChannelIdentityChanged,
    ChannelMarketingPreferenceChanged,
    ChannelMessageAck,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    MessageRef,
    Somebody,
)
from ventros_channels.domain.message import Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.whatsapp_cloud.fields import KNOWN_EVENTS
from ventros_channels.domain.whatsapp_cloud.head import read_head
from ventros_channels.domain.whatsapp_cloud.receipt import Receipt
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.whatsapp_cloud.parse_post import parse_post
from ventros_channels.events.whatsapp_cloud.subscribe import consumers
from ventros_channels.events.whatsapp_cloud.told import Told

FIXTURES = Path(__file__).parents[1] / "fixtures" / "whatsapp_cloud"
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAMP = Stamp(channel_id=UUID(int=7), received_at=RECEIVED, ingress_seq=1)
COMMON = {"channel_id": UUID(int=7), "received_at": RECEIVED, "ingress_seq": 1}

NUMBER, ACCOUNT, BSUID = "200000000000001", "100000000000001", "BR.1A2B3C4D5E6F"
CHAT = "5544000000003@s.whatsapp.net"
PHONE = PartyIdentity(kind="phone", value="+5544000000003")
JID = PartyIdentity(kind="jid", value=CHAT)
SCOPED = PartyIdentity(kind="bsuid", value=BSUID)
ANA = Somebody(from_me=False, party=[PHONE, JID, SCOPED], push_name="Contato Teste")
OURS = MessageRef(chat=CHAT, stanza="wamid.OURS0001", from_me=True)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(1783000000 + seconds, UTC)


def heard(number: int, content: Content, **changes: object) -> Heard:
    stanza = f"wamid.TEST{number:04d}"
    plain = Heard(
        provider_message_id=stanza,
        stanza=stanza,
        chat=CHAT,
        participant="",
        from_me=False,
        party=[PHONE, JID, SCOPED],
        push_name="Contato Teste",
        source="app",
        occurred_at=at(0),
        content=content,
        reply_to=None,
        referral=None,
    )
    return msgspec.structs.replace(plain, **changes)


def text(body: str) -> Content:
    return Content(type="text", text=body)


def file(number: int, mimetype: str, filename: str | None = None) -> Media:
    return Media(
        status="pending", file_id=f"30000000000000{number}", mimetype=mimetype, filename=filename
    )


def chosen(
    kind: str, title: str, selected: str, said: str | None = None, described: str | None = None
) -> Content:
    choice = Interactive(
        kind=kind,  # type: ignore[arg-type]
        title=title,
        selected_id=selected,
        description=described,
    )
    return Content(type="interactive", text=said or title, interactive=choice)


VCARD = "\r\n".join(
    [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:Lima;Rui;;;",
        "FN:Rui Lima",
        "ORG:Lima\\, Cia",
        "TEL;waid=554400000009:+55 44 0000-0009",
        "END:VCARD",
    ]
)

MESSAGES: dict[str, Heard] = {
    "text": heard(1, text("Oi, tudo bem? ✓")),
    "text_bsuid": heard(2, text("Sem telefone"), chat=BSUID, party=[SCOPED]),
    "reply": heard(3, text("respondendo"), reply_to=ReplyTo(stanza="wamid.OURS0001")),
    "referral": heard(
        4,
        text("Vi o anúncio"),
        referral=AdReferral(
            source_type="ad",
            source_id="120000000001",
            source_url="https://fb.example/ad",
            title="Promoção",
            body="Metade do preço",
            ctwa_click_id="ARexample",
        ),
    ),
    "image": heard(5, Content(type="image", text="Foto", media=file(1, "image/jpeg"))),
    "video": heard(6, Content(type="video", media=file(2, "video/mp4"))),
    "audio": heard(7, Content(type="audio", media=file(3, "audio/mpeg"))),
    "voice": heard(8, Content(type="voice", media=file(4, "audio/ogg; codecs=opus"))),
    "document": heard(
        9, Content(type="document", text="Segue", media=file(5, "application/pdf", "boleto.pdf"))
    ),
    "sticker": heard(10, Content(type="sticker", media=file(6, "image/webp"))),
    "location": heard(
        11,
        Content(
            type="location",
            location=Location(latitude=-23.42, longitude=-51.93, name="Praça", address="Rua 1"),
        ),
    ),
    "contacts": heard(
        12, Content(type="contact", contacts=[ContactCard(name="Rui Lima", vcard=VCARD)])
    ),
    "button": heard(
        13, chosen("button_reply", "Sim", "yes"), reply_to=ReplyTo(stanza="wamid.OURS0002")
    ),
    "button_reply": heard(14, chosen("button_reply", "Comprar", "1")),
    "list_reply": heard(15, chosen("list_reply", "Azul", "2", described="Cor")),
    "flow_reply": heard(16, chosen("button_reply", "Sent", "flow", '{"a":1}')),
    "order": heard(17, Content(type="system", text="Dois, por favor", system="order")),
    "system": heard(
        18,
        Content(
            type="system",
            text="Contato Teste mudou de número",
            system="system.user_changed_number",
        ),
    ),
    "unsupported": heard(19, Content(type="system", system="unsupported")),
    "echo": heard(
        0,
        text("Do celular"),
        provider_message_id="wamid.APP0001",
        stanza="wamid.APP0001",
        from_me=True,
        party=[PHONE, JID],
        push_name=None,
    ),
}


def ack(status: str, **more: object) -> ChannelMessageAck:
    return ChannelMessageAck(
        **{  # type: ignore[arg-type]
            "message": OURS,
            "status": status,
            "acknowledged_at": at(100),
            **COMMON,
            **more,
        }
    )


def call(kind: type, call_id: str, seconds: int, who: Somebody) -> object:
    return kind(
        call_id=call_id,
        chat=CHAT,
        caller=who,
        video=False,
        group=False,
        at=at(seconds),
        **COMMON,
    )


def connection(status: str, word: str, seconds: int) -> ChannelConnectionChanged:
    return ChannelConnectionChanged(
        channel_id=UUID(int=7),
        provider_session=ACCOUNT,
        status=status,
        message=word,
        changed_at=at(seconds),
    )


_CALLER = Somebody(from_me=False, party=[PHONE, JID])
_THEIRS = MessageRef(chat=CHAT, stanza="wamid.TEST0001", from_me=False)
_REACTED = MessageRef(chat=CHAT, stanza="wamid.OURS0001")

FACTS: dict[str, object] = {
    "status_sent": ack("sent"),
    "status_failed": ack(
        "failed",
        error="More than 24 hours have passed.",
        failure="window_closed",
        code="131047",
    ),
    "status_bsuid": ack(
        "read", message=MessageRef(chat=BSUID, stanza="wamid.OURS0003", from_me=True)
    ),
    "reaction": ChannelMessageReaction(
        message=_REACTED, by=ANA, emoji="👍", reacted_at=at(0), **COMMON
    ),
    "reaction_removed": ChannelMessageReaction(
        message=_REACTED, by=ANA, emoji="", reacted_at=at(0), **COMMON
    ),
    "edit": ChannelMessageEdited(
        message=_THEIRS, content=text("Oi, corrigido"), edited_at=at(0), **COMMON
    ),
    "revoke": ChannelMessageRevoked(message=_THEIRS, by=ANA, revoked_at=at(0), **COMMON),
    "call_connect": call(ChannelCallReceived, "wacid.T1", 200, ANA),
    "call_terminate": call(ChannelCallAccepted, "wacid.T1", 230, _CALLER),
    "call_missed": call(ChannelCallRejected, "wacid.T2", 230, _CALLER),
    "account_disabled": connection("SUSPENDED", "DISABLE", 500),
    "account_reinstated": connection("WORKING", "REINSTATE", 600),
    "user_id_update": ChannelIdentityChanged(
        before=[SCOPED],
        after=[PHONE, JID, PartyIdentity(kind="bsuid", value="BR.9Z8Y7X")],
        at=at(300),
        **COMMON,
    ),
    "preferences": ChannelMarketingPreferenceChanged(
        chat=CHAT, party=[PHONE, JID, SCOPED], wanted=False, at=at(700), **COMMON
    ),
    "user_id_update_notice": ChannelIdentityChanged(
        before=[SCOPED],
        after=[PartyIdentity(kind="bsuid", value="BR.9Z8Y7X")],
        at=at(300),
        **COMMON,
    ),
}

RAW = {
    "status_unknown": "messages",
    "account_verified": "account_update",
    "unknown_field": "unknown",
}


def told(name: str) -> list[Told]:
    return parse_post((FIXTURES / f"{name}.json").read_bytes(), STAMP)


def facts(name: str) -> list[object]:
    return [one.said.event for one in told(name) if isinstance(one.said, Fact)]


@pytest.mark.parametrize("name", MESSAGES)
def test_messages(name: str) -> None:
    assert [one.said for one in told(name)] == [MESSAGES[name]]
    assert {one.number for one in told(name)} == {NUMBER}


@pytest.mark.parametrize("name", FACTS)
def test_facts(name: str) -> None:
    assert facts(name) == [FACTS[name]]
    assert {one.account for one in told(name)} == {ACCOUNT}


@pytest.mark.parametrize("name", RAW)
def test_what_is_not_known_stays_raw(name: str) -> None:
    assert [(one.what, one.said) for one in told(name)] == [(RAW[name], None)]


def test_everything_of_a_batch_is_told_in_its_order() -> None:
    said = [one.said for one in told("batch")]
    messages = [one for one in said if isinstance(one, Heard)]
    assert [one.content.text for one in messages] == ["um", "dois", "tres", "?"]
    assert [one.chat for one in messages] == [CHAT, CHAT, BSUID, CHAT]
    assert [one.place for one in messages] == [0, 1, 2, 3], "their order where the time is the same"
    assert messages[-1].content == Content(type="system", text="?", system="something_new")
    assert messages[-1].occurred_at == RECEIVED, "its own time cannot be read"
    acks = [one.event.status for one in said if isinstance(one, Fact)]  # type: ignore[attr-defined]
    assert acks == ["read", "delivered", "sent"]
    assert said.count(None) == 1, "a message without an id"


def test_another_number_comes_with_another_id_and_is_shown_as_a_notice() -> None:
    post = (FIXTURES / "system.json").read_bytes()
    new = b'"wa_id": "5544000000099", "user_id": "BR.9Z8Y7X", "previous_user_id": "BR.1A2B3C4D5E6F"'
    fact, message = (
        one.said for one in parse_post(post.replace(b'"wa_id": "5544000000099"', new), STAMP)
    )
    assert isinstance(fact, Fact)
    assert isinstance(fact.event, ChannelIdentityChanged)
    assert fact.event.before == [SCOPED]
    assert {one.value for one in fact.event.after} >= {"+5544000000099", "BR.9Z8Y7X"}
    assert isinstance(message, Heard)
    assert message.content.system == "system.user_changed_number"


def test_a_message_that_was_refused_for_it_says_that_no_marketing_is_wanted() -> None:
    post = (FIXTURES / "status_failed.json").read_bytes()
    ack, opted_out = (one.said for one in parse_post(post.replace(b"131047", b"131050"), STAMP))
    assert isinstance(ack, Fact)
    assert isinstance(opted_out, Fact)
    assert opted_out.event == ChannelMarketingPreferenceChanged(
        chat=CHAT, party=[PHONE, JID, SCOPED], wanted=False, at=at(100), **COMMON
    )


def test_a_status_with_our_own_id_says_whose_it_is_first() -> None:
    own = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    assert next(one.said for one in told("status_sent")) == Receipt(
        message_id=own, stanza="wamid.OURS0001", chat=CHAT, at=at(100), failure=None
    )


def test_a_post_is_known_by_its_bytes_and_queued_by_its_field() -> None:
    events = {name: read_head((FIXTURES / f"{name}.json").read_bytes()).event for name in ALL}
    assert events["batch"] == events["echo"] == "messages"
    assert events["template_status"] == "message_template_status_update"
    assert events["unknown_field"] == "unknown"
    body = (FIXTURES / "text.json").read_bytes()
    assert read_head(body).provider_event_id.startswith("sha256:")
    assert read_head(body).provider_event_id != read_head(body + b" ").provider_event_id
    assert read_head(b'{"entry": "nothing"}').event == "unknown"


@pytest.mark.parametrize(
    ("body", "reason"), [(b"", "not_json"), (b"[]", "not_an_object"), (b'{"a":"\xff"}', "not_json")]
)
def test_what_is_no_post(body: bytes, reason: str) -> None:
    with pytest.raises(UnparsableError) as refused:
        read_head(body)
    assert refused.value.reason == reason


def test_half_an_emoji_is_readable() -> None:
    head = read_head(rb'{"entry":[{"changes":[{"field":"messages","value":{"a":"\ud83d"}}]}]}')
    assert head.event == "messages"
    assert head.readable is not None
    assert rb"\ufffd" in head.readable


ALL = sorted(path.stem for path in FIXTURES.glob("*.json"))


def test_every_fixture_is_expected() -> None:
    templates = {name for name in ALL if name.startswith("template_")}
    assert set(ALL) == {*MESSAGES, *FACTS, *RAW, *templates, "batch"}


def test_every_field_has_a_queue_of_its_own() -> None:
    queues = [queue for consumer in consumers() for queue in consumer.queues(None)]
    assert sorted(queues) == sorted(
        f"whatsapp_cloud.events.{field}" for field in {*KNOWN_EVENTS, "unknown"}
    )
