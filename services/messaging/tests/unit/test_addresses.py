"""Where somebody is written to: every address that they were met under, then their phones."""

import pytest

from proto_events.conversation import PartyIdentity
from ventros_messaging.domain.outgoing import AddressUnknown, addresses


def test_each_address_is_of_its_kind() -> None:
    chats = ["BR.1A2B3C", "1@lid", "5544000000003@s.whatsapp.net"]
    assert addresses(chats, ["+5544000000003", "+5544000000003"]) == [
        PartyIdentity(kind="bsuid", value="BR.1A2B3C"),
        PartyIdentity(kind="lid", value="1@lid"),
        PartyIdentity(kind="jid", value="5544000000003@s.whatsapp.net"),
        PartyIdentity(kind="phone", value="+5544000000003"),
    ]


def test_nobody_is_reached_under_nothing() -> None:
    with pytest.raises(AddressUnknown):
        addresses([], [])
