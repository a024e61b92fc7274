"""Every fixture of WAHA, with the result that is expected of it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from proto_events.conversation import Content, Media, PartyIdentity, ReplyTo
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.events import MESSAGE_EVENTS
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.events.publish import type_of_event

FIXTURES = Path(__file__).parents[1] / "fixtures" / "waha"
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRITTEN = datetime.fromtimestamp(1783000000, UTC)

PHONE = PartyIdentity(kind="phone", value="+554400000003")
JID = PartyIdentity(kind="jid", value="554400000003@s.whatsapp.net")
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
    "message.group.json": Elsewhere("group"),
}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_read_as_expected(name: str) -> None:
    assert parse_message((FIXTURES / name).read_bytes(), RECEIVED) == MESSAGES[name]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.name)
def test_every_fixture_has_a_type_and_an_expected_result(path: Path) -> None:
    event = msgspec.json.decode(path.read_bytes())["event"]
    assert type_of_event(event) == f"waha.events.{event}"
    assert (event in MESSAGE_EVENTS) == (path.name in MESSAGES)


def test_the_fixtures_are_all_there() -> None:
    assert len(list(FIXTURES.glob("*.json"))) == 48
