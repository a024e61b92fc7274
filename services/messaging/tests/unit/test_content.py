"""The thirteen contents: what each needs, and that contract and domain say the same."""

from typing import Any, get_args

import msgspec
import pytest

from platform_core.errors import Invalid
from proto_events import conversation
from ventros_messaging.domain import content

MEDIA = conversation.Media(status="available", url="https://waha/x", mimetype="image/jpeg")
VOICE = conversation.Media(status="pending", duration_seconds=9, waveform=[0, 7, 100])
FILM = conversation.Media(status="pending", duration_seconds=12, width=720, height=1280)
PENDING = conversation.Media(status="pending")

WHOLE: dict[str, dict[str, Any]] = {
    "text": {"text": "Olá"},
    "image": {"media": MEDIA, "text": "a caption"},
    "video": {"media": FILM, "view_once": True},
    "audio": {"media": PENDING},
    "voice": {"media": VOICE},
    "document": {"media": MEDIA, "text": "the contract"},
    "sticker": {"media": MEDIA},
    "location": {"location": conversation.Location(latitude=-23.5, longitude=-46.6)},
    "contact": {"contacts": [conversation.ContactCard(name="Ana", vcard="BEGIN:VCARD")]},
    "reaction": {"reaction": conversation.Reaction(emoji="👍", stanza="3EB0")},
    "poll": {"poll": conversation.Poll(name="When?", options=["now", "later"])},
    "interactive": {"interactive": conversation.Interactive(kind="button_reply", selected_id="1")},
    "system": {"system": "view_once", "view_once": True},
}

REQUIRED = {
    "image": "media",
    "video": "media",
    "audio": "media",
    "voice": "media",
    "document": "media",
    "sticker": "media",
    "reaction": "reaction",
    "poll": "poll",
    "interactive": "interactive",
    "system": "system",
}


def told(name: str, members: dict[str, Any]) -> conversation.Content:
    return conversation.Content(type=name, **members)  # type: ignore[arg-type]


def test_the_domain_has_the_types_of_the_contract() -> None:
    assert set(get_args(content.ContentType)) == set(get_args(conversation.ContentType))
    tags = {kind.__struct_config__.tag for kind in get_args(content.Content)}
    assert tags == set(get_args(content.ContentType)) == set(WHOLE)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_content_is_read_and_keeps_its_members(name: str) -> None:
    read = content.read(name, told(name, WHOLE[name]))
    assert content.type_of(read) == name
    wire = msgspec.json.decode(msgspec.json.encode(read))
    assert wire == {"type": name, **msgspec.to_builtins(WHOLE[name])}


@pytest.mark.parametrize(("name", "member"), REQUIRED.items())
def test_a_content_is_not_what_it_is_without_its_member(name: str, member: str) -> None:
    with pytest.raises(Invalid) as refused:
        content.read(name, told(name, {"text": "said beside it"}))
    assert refused.value.code == "content_incomplete"
    assert member in refused.value.detail


@pytest.mark.parametrize("name", sorted(set(WHOLE) - set(REQUIRED)))
def test_what_a_provider_leaves_out_holds_no_message_back(name: str) -> None:
    assert content.type_of(content.read(name, told(name, {}))) == name


def test_a_place_that_is_not_on_earth_is_refused_without_quoting_it() -> None:
    with pytest.raises(Invalid) as refused:
        content.read("location", {"location": {"latitude": 91.25, "longitude": 0.0}})
    assert refused.value.code == "content_incomplete"
    assert "91.25" not in refused.value.detail


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        content.read("hologram", {})
    assert refused.value.code == "unknown_content_type"
