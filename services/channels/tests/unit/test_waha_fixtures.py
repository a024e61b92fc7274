"""Every fixture of WAHA, with the result that is expected of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from proto_events.channels import (
    ChannelConnectionChanged,
    ChannelLabelDeleted,
    ChannelLabelUpserted,
)
from proto_events.conversation import Content, Media, PartyIdentity, ReplyTo
from proto_events.provider_facts import (
    AckStatus,
    ChannelCallAccepted,
    ChannelCallReceived,
    ChannelCallRejected,
    ChannelChatArchived,
    ChannelGroupJoined,
    ChannelGroupLeft,
    ChannelGroupParticipantsChanged,
    ChannelGroupUpdated,
    ChannelLabelChatChanged,
    ChannelMessageAck,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    ChannelPollVoted,
    MessageRef,
    Participant,
    ParticipantChange,
    Somebody,
)
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.events import KNOWN_EVENTS
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.events.publish import type_of_event
from ventros_channels.events.subscribe import consumers
from ventros_channels.events.waha.fact import Stamp
from ventros_channels.events.waha.parse_event import FACT_EVENTS, parse_event, parse_in_message

FIXTURES = Path(__file__).parents[1] / "fixtures" / "waha"
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRITTEN = datetime.fromtimestamp(1783000000, UTC)

PHONE = PartyIdentity(kind="phone", value="+554400000003")
JID = PartyIdentity(kind="jid", value="554400000003@s.whatsapp.net")
GROUP = "120363000000000001@g.us"
LID = PartyIdentity(kind="lid", value="10000000000004@lid")


def heard(stanza: str, content: Content, **changes: object) -> Heard:
    """A message of the person of the fixtures, as it would be without `changes`."""
    plain = Heard(
        provider_message_id=f"false_554400000003@c.us_{stanza}",
        stanza=stanza,
        chat="554400000003@s.whatsapp.net",
        participant="",
        from_me=False,
        party=[PHONE, JID, LID],
        push_name="Contato Teste",
        source="app",
        occurred_at=WRITTEN,
        content=content,
        reply_to=None,
        referral=None,
    )
    return msgspec.structs.replace(plain, **changes)


def text(body: str) -> Content:
    return Content(type="text", text=body)


MESSAGES: dict[str, Heard | Elsewhere] = {
    "message.json": heard("3F0B3ABFCA9801F3A48F", text("Oi, tudo bem?")),
    # The document of the engine names another stanza: the id's own counts.
    "message.reply.json": heard(
        "3A0000000000000000AC",
        text("respondendo"),
        reply_to=ReplyTo(stanza="3EB0AAAAAAAAAAAAAAAA", text="Pergunta"),
    ),
    # Despite its name: a file that is announced and not there was not downloaded (yet).
    "message.media_failed.json": heard(
        "3A0000000000000000AB", Content(type="image", media=Media(status="pending"))
    ),
    # A browser engine: `from` is our own number, the chat is in the id.
    "message.any.json": heard(
        "3EB0AAAAAAAAAAAAAAAA",
        text("Resposta do celular"),
        provider_message_id="true_554400000003@c.us_3EB0AAAAAAAAAAAAAAAA",
        from_me=True,
        party=[PHONE, JID],
        push_name=None,
    ),
    # Beside our own message stands our own push name.
    "message.noweb_from_me.json": heard(
        "3EB0BBBBBBBBBBBBBBBB",
        text("Resposta (NOWEB: from = chat)"),
        provider_message_id="true_554400000003@c.us_3EB0BBBBBBBBBBBBBBBB",
        from_me=True,
        push_name=None,
    ),
    # Only the hidden number is known: it is no phone.
    "message.lid_noweb.json": heard(
        "3A0000000000000000AA",
        text("Cliente por LID, sem telefone"),
        provider_message_id="false_10000000000004@lid_3A0000000000000000AA",
        chat="10000000000004@lid",
        party=[LID],
    ),
    "message.group.json": heard(
        "3A0000000000000000AD",
        text("oi grupo"),
        provider_message_id=f"false_{GROUP}_3A0000000000000000AD_10000000000004@lid",
        chat=GROUP,
        participant="10000000000004@lid",
        party=[LID, PHONE, JID],
        group=True,
    ),
}


STAMP = Stamp(channel_id=UUID(int=7), received_at=RECEIVED, ingress_seq=42)
COMMON = msgspec.structs.asdict(STAMP)
CHAT = "554400000003@s.whatsapp.net"
OURS = MessageRef(chat=CHAT, stanza="3EB0AAAAAAAAAAAAAAAA", from_me=True)
POLL = MessageRef(chat=CHAT, stanza="BAE5F2EF5C69001E", from_me=True)
THEIRS = MessageRef(chat=CHAT, stanza="3F0B3ABFCA9801F3A48F", from_me=False)
PERSON = Somebody(from_me=False, party=[PHONE, JID])
MEMBER = Participant(party=[PHONE, JID], role="participant")


def posted(number: int) -> datetime:
    """The webhook's own time: the fixtures count it up in milliseconds."""
    return datetime.fromtimestamp(1783000000, UTC) + timedelta(milliseconds=number)


def second(number: int) -> datetime:
    """A time in the payload."""
    return datetime.fromtimestamp(1783000000 + number, UTC)


def ack(number: int, status: AckStatus, **more: Any) -> ChannelMessageAck:
    """Of our message, by the one person of the fixtures."""
    members = {"message": OURS, "acknowledged_at": posted(number)} | more
    return ChannelMessageAck(status=status, **members, **COMMON)


def call(kind: Any) -> Any:
    return kind(
        call_id="A" * 32,
        chat=CHAT,
        caller=PERSON,
        video=False,
        group=False,
        at=second(9),
        **COMMON,
    )


def members(change: ParticipantChange) -> ChannelGroupParticipantsChanged:
    return ChannelGroupParticipantsChanged(
        chat=GROUP, change=change, participants=[MEMBER], at=second(6), **COMMON
    )


def connection(status: str, at: datetime) -> ChannelConnectionChanged:
    return ChannelConnectionChanged(
        channel_id=UUID(int=7), provider_session="default", status=status, changed_at=at
    )


FACTS: dict[str, msgspec.Struct] = {
    "call.accepted.json": call(ChannelCallAccepted),
    "call.received.json": call(ChannelCallReceived),
    "call.rejected.json": call(ChannelCallRejected),
    "chat.archive.json": ChannelChatArchived(chat=CHAT, archived=True, at=second(8), **COMMON),
    "group.v2.join.json": ChannelGroupJoined(
        chat=GROUP,
        subject="Grupo",
        description="Desc",
        admins_only=False,
        participants=[MEMBER],
        at=second(3),
        **COMMON,
    ),
    "group.v2.leave.json": ChannelGroupLeft(chat=GROUP, at=second(4), **COMMON),
    "group.v2.update.json": ChannelGroupUpdated(
        chat=GROUP, subject="Novo nome", at=second(5), **COMMON
    ),
    "group.v2.participants.join.json": members("join"),
    "group.v2.participants.leave.json": members("leave"),
    "group.v2.participants.promote.json": members("promote"),
    "group.v2.participants.demote.json": members("demote"),
    "label.chat.added.json": ChannelLabelChatChanged(
        chat=CHAT, label_id="6", labelled=True, at=posted(41), **COMMON
    ),
    "label.chat.deleted.json": ChannelLabelChatChanged(
        chat=CHAT, label_id="6", labelled=False, at=posted(42), **COMMON
    ),
    "label.upsert.json": ChannelLabelUpserted(
        channel_id=UUID(int=7), label_id="10", label_name="Lead", upserted_at=posted(39)
    ),
    "label.deleted.json": ChannelLabelDeleted(
        channel_id=UUID(int=7), label_id="10", deleted_at=posted(40)
    ),
    # Acknowledgements have no time of their own: the webhook's counts.
    "message.ack.error.json": ack(15, "failed", error="The provider gives no reason."),
    "message.ack.pending.json": ack(16, "pending"),
    "message.ack.server.json": ack(17, "sent"),
    "message.ack.device.json": ack(18, "delivered"),
    "message.ack.read.json": ack(19, "read"),
    "message.ack.played.json": ack(20, "played"),
    "message.ack.group.json": ack(
        21,
        "read",
        message=MessageRef(chat=GROUP, stanza="3EB0AAAAAAAAAAAAAAAA", from_me=True),
        recipient=[LID],
    ),
    "message.reaction.json": ChannelMessageReaction(
        message=OURS,
        by=PERSON,
        emoji="\U0001f64f",
        reacted_at=posted(1853),
        **COMMON,
    ),
    "message.reaction.removed.json": ChannelMessageReaction(
        message=OURS, by=PERSON, emoji="", reacted_at=second(2), **COMMON
    ),
    "message.edited.json": ChannelMessageEdited(
        message=THEIRS, content=text("Novo texto"), edited_at=second(0), **COMMON
    ),
    "message.revoked.json": ChannelMessageRevoked(
        message=THEIRS, by=PERSON, revoked_at=second(0), **COMMON
    ),
    "poll.vote.json": ChannelPollVoted(
        message=POLL, by=PERSON, options=["Sim"], voted_at=second(7), **COMMON
    ),
    "poll.vote.failed.json": ChannelPollVoted(
        message=POLL, by=PERSON, options=[], readable=False, voted_at=second(7), **COMMON
    ),
    # The time of the status is in the list; where that is empty, the webhook's. Neither the code
    # nor the challenge in `data` is told.
    "session.status.json": connection("WORKING", datetime.fromtimestamp(1700000003, UTC)),
    "session.status.failed.json": connection("FAILED", datetime.fromtimestamp(1700000004, UTC)),
    "session.status.scan_qr.json": connection(
        "SCAN_QR_CODE", datetime.fromtimestamp(1700000003, UTC)
    ),
    "session.status.passkey_required.json": connection("PASSKEY_REQUIRED", posted(3)),
    "session.status.passkey_confirmation.json": connection(
        "PASSKEY_CONFIRMATION_REQUIRED", posted(4)
    ),
}

RAW = {
    "engine.event.json",
    "event.response.failed.json",
    "event.response.json",
    "group.join.json",
    "group.leave.json",
    "message.waiting.json",
    "presence.update.json",
    "state.change.json",
}
"""Stored raw on purpose; the service's README says why."""


def read(name: str) -> tuple[str, bytes]:
    body = (FIXTURES / name).read_bytes()
    return msgspec.json.decode(body)["event"], body


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_read_as_expected(name: str) -> None:
    _, body = read(name)
    assert parse_in_message(body, STAMP) is None
    assert parse_message(body, RECEIVED) == MESSAGES[name]


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_is_read_as_expected(name: str) -> None:
    event, body = read(name)
    fact = parse_event(event, body, STAMP)
    assert fact is not None
    assert fact.event == FACTS[name]
    assert fact.group == (name == "message.ack.group.json")


@pytest.mark.parametrize("name", sorted(RAW))
def test_what_stays_raw_says_nothing_and_is_no_error(name: str) -> None:
    event, body = read(name)
    assert event not in FACT_EVENTS
    assert parse_event(event, body, STAMP) is None


def test_every_fixture_has_an_expectation_and_every_expectation_a_fixture() -> None:
    names = {path.name for path in FIXTURES.glob("*.json")}
    assert names == MESSAGES.keys() | FACTS.keys() | RAW
    assert len(names) == len(MESSAGES) + len(FACTS) + len(RAW) == 48


def test_every_event_has_a_queue_of_its_own_and_a_fixture_but_one() -> None:
    events = {read(path.name)[0] for path in FIXTURES.glob("*.json")}
    assert events == KNOWN_EVENTS
    assert {type_of_event(event) for event in events} == {f"waha.events.{e}" for e in events}
    queues = [queue for consumer in consumers() for queue in consumer.queues(None)]
    waha = [queue for queue in queues if queue.startswith("waha.events.")]
    assert sorted(waha) == sorted({type_of_event(e) for e in events} | {"waha.events.unknown"})


def test_the_copies_of_the_fixtures_are_the_same() -> None:
    copies = Path(__file__).parents[4] / "tests-e2e" / "fixtures" / "waha"
    assert {path.name: path.read_bytes() for path in copies.glob("*.json")} == {
        path.name: path.read_bytes() for path in FIXTURES.glob("*.json")
    }
