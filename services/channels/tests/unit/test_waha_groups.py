"""Who may write in a group, and which of its members is the number itself."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from proto_events.provider_facts import ChannelGroupParticipantsChanged, ChannelGroupUpdated
from ventros_channels.events.waha.parse_event import parse_event

from .test_waha_fixtures import STAMP

FIXTURES = Path(__file__).parents[1] / "fixtures" / "waha"


def fixture(name: str) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode((FIXTURES / f"{name}.json").read_bytes())
    return body


@pytest.mark.parametrize(
    ("said", "admins_only"), [(False, True), (True, False), ("false", None), (None, None)]
)
def test_an_update_says_who_may_write(said: object, admins_only: bool | None) -> None:
    body = fixture("group.v2.update")
    body["payload"]["group"] = {
        "id": "120363000000000001@g.us",
        "membersCanSendMessages": said,
        "subject": "Avisos",
    }

    fact = parse_event("group.v2.update", msgspec.json.encode(body), STAMP)

    assert fact is not None
    assert isinstance(fact.event, ChannelGroupUpdated)
    assert fact.event.admins_only is admins_only


def test_an_update_that_only_says_who_may_write_is_told() -> None:
    body = fixture("group.v2.update")
    body["payload"]["group"] = {"id": "120363000000000001@g.us", "membersCanSendMessages": False}

    fact = parse_event("group.v2.update", msgspec.json.encode(body), STAMP)

    assert fact is not None
    assert isinstance(fact.event, ChannelGroupUpdated)
    assert (fact.event.subject, fact.event.admins_only) == (None, True)


@pytest.mark.parametrize(
    ("member", "me"),
    [
        ({"id": "554400000001@c.us"}, True),
        ({"id": "554400000001:3@s.whatsapp.net"}, True),
        ({"id": "10000000000002@lid"}, True),
        ({"id": "10000000000077@lid", "pn": "554400000001@c.us"}, True),
        ({"id": "10000000000077@lid"}, False),
        ({"id": "554400000003@c.us"}, False),
    ],
)
def test_the_number_knows_itself_among_members(member: dict[str, str], me: bool) -> None:
    body = fixture("group.v2.participants.promote")
    body["payload"]["participants"] = [member]

    fact = parse_event("group.v2.participants", msgspec.json.encode(body), STAMP)

    assert fact is not None
    assert isinstance(fact.event, ChannelGroupParticipantsChanged)
    assert [one.me for one in fact.event.participants] == [me]


def test_without_an_account_nobody_is_the_number() -> None:
    body = fixture("group.v2.participants.promote")
    del body["me"]

    fact = parse_event("group.v2.participants", msgspec.json.encode(body), STAMP)

    assert fact is not None
    assert isinstance(fact.event, ChannelGroupParticipantsChanged)
    assert not any(one.me for one in fact.event.participants)
