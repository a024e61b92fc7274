"""What is posted to WAHA beside plain contents, field for field as its document has it."""

from typing import Any

import msgspec
import pytest

from proto_events.conversation import Content, Interactive, Media, PartyIdentity
from proto_events.provider_facts import MessageRef
from proto_events.sending import LinkPreview, Outbound
from ventros_channels.adapters.waha.adapter import CAPABILITIES
from ventros_channels.adapters.waha.bodies import sending
from ventros_channels.domain.delivery import reserved_as

CHAT = "554400000002@s.whatsapp.net"
TO = {"session": "loja", "chatId": "554400000002@c.us"}
WORDS = Content(type="text", text="https://loja.example/mesa")
FILM = Content(
    type="video", text="A mesa", media=Media(status="available", url="https://x.example/1.mp4")
)
PRESSED = Content(
    type="interactive",
    interactive=Interactive(kind="button_reply", title="Sim", selected_id="b-1"),
)
OURS = LinkPreview(
    url="https://loja.example/mesa",
    title="Mesa de pinho",
    description="Seis lugares",
    image_url="https://loja.example/mesa.jpg",
)
THEIRS = MessageRef(chat=CHAT, stanza="3EB0AA", from_me=False)

EXTRAS: dict[str, tuple[Outbound, str, dict[str, Any], str | None]] = {
    "forward": (
        Outbound(content=WORDS, forward_of="false_1@c.us_3EB0AA"),
        "/api/forwardMessage",
        {"messageId": "false_1@c.us_3EB0AA", "id": "3EB0R1"},
        "forward",
    ),
    "video_note": (
        Outbound(content=FILM, video_note=True),
        "/api/sendVideo",
        {
            "file": {"url": "https://x.example/1.mp4", "mimetype": "video/mp4"},
            "convert": True,
            "asNote": True,
            "id": "3EB0R1",
        },
        "video",
    ),
    "link_preview": (
        Outbound(content=WORDS, preview=OURS, reply_to=THEIRS),
        "/api/send/link-custom-preview",
        {
            "text": "https://loja.example/mesa",
            "reply_to": "false_554400000002@c.us_3EB0AA",
            "preview": {
                "url": "https://loja.example/mesa",
                "title": "Mesa de pinho",
                "description": "Seis lugares",
                "image": {"url": "https://loja.example/mesa.jpg"},
            },
        },
        None,
    ),
    "mentions": (
        Outbound(
            content=WORDS,
            mentions=[
                PartyIdentity(kind="phone", value="+554400000003"),
                PartyIdentity(kind="lid", value="81@lid"),
            ],
        ),
        "/api/sendText",
        {
            "text": WORDS.text,
            "mentions": ["554400000003@c.us", "81@lid"],
            "id": "3EB0R1",
        },
        "text",
    ),
    "mentions of everybody": (
        Outbound(content=WORDS, mention_all=True),
        "/api/sendText",
        {"text": WORDS.text, "mentions": ["all"], "id": "3EB0R1"},
        "text",
    ),
    "button_reply": (
        Outbound(content=PRESSED, reply_to=THEIRS),
        "/api/send/buttons/reply",
        {
            "selectedDisplayText": "Sim",
            "selectedButtonID": "b-1",
            "replyTo": "false_554400000002@c.us_3EB0AA",
        },
        "interactive",
    ),
}


@pytest.mark.parametrize("extra", sorted(CAPABILITIES.extras | EXTRAS.keys()))
def test_each_extra_is_posted_as_waha_takes_it(extra: str) -> None:
    outbound, path, body, reserved = EXTRAS[extra]
    where, posted = sending("loja", CHAT, outbound, "3EB0R1")
    assert (where, msgspec.to_builtins(posted)) == (path, {**TO, **body})
    assert reserved_as(outbound) == reserved


def test_what_takes_no_id_is_not_sent_as_if_it_did() -> None:
    """A reserved id lets a lost call be made again: without one in the body that sends twice."""
    for outbound, _, body, _ in EXTRAS.values():
        if reserved_as(outbound) in CAPABILITIES.reserves:
            assert "id" in body


def test_in_a_group_the_whole_id_is_answered() -> None:
    whole = "false_120363@g.us_3EB0AA_554400000009@c.us"
    ref = MessageRef(chat="120363@g.us", stanza="3EB0AA", from_me=False)
    _, posted = sending(
        "loja", "120363@g.us", Outbound(content=WORDS, reply_to=ref, reply_to_id=whole), None
    )
    assert msgspec.to_builtins(posted)["reply_to"] == whole
