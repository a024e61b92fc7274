"""What a message proves of the person at the other end."""

from uuid import UUID

import pytest

from proto_events.conversation import PartyIdentity
from ventros_contacts.domain.identity import (
    IdentityKey,
    identities_of,
    lock_number,
    phone_in,
    typed_identities,
)

PROJECT = UUID(int=7)
JID = "551187654321@s.whatsapp.net"
LID = "123456789012345@lid"


def told(chat: str, *party: tuple[str, str]) -> list[tuple[str, str]]:
    identities = [PartyIdentity(kind=kind, value=value) for kind, value in party]  # type: ignore[arg-type]
    return [(key.kind, key.value) for key in identities_of(PROJECT, identities, chat)]


def test_an_address_made_of_a_phone_proves_it() -> None:
    assert told(JID, ("jid", JID)) == [("jid", JID), ("phone", "+5511987654321")]


def test_the_address_of_the_chat_comes_first() -> None:
    party = [("phone", "+551187654321"), ("jid", JID), ("lid", LID)]
    assert told(LID, *party)[0] == ("lid", LID)
    assert told(JID, *party)[0] == ("jid", JID)
    assert set(told(LID, *party)) == set(told(JID, *party))


@pytest.mark.parametrize("kind", ["lid", "jid"])
def test_a_lid_is_a_lid_and_proves_no_phone(kind: str) -> None:
    assert told(LID, (kind, LID)) == [("lid", LID)]
    assert told("551187654321@lid", (kind, "551187654321@lid")) == [("lid", "551187654321@lid")]


def test_what_is_no_phone_is_left_out() -> None:
    assert told("x", ("phone", "+0")) == []
    assert told("x", ("phone", "123456789012345678")) == []
    assert told("0@s.whatsapp.net", ("jid", "0@s.whatsapp.net")) == [("jid", "0@s.whatsapp.net")]


def test_a_bsuid_is_enough() -> None:
    assert told("BR.1A", ("bsuid", "BR.1A")) == [("bsuid", "BR.1A")]


def test_typed_identities_have_matching_forms() -> None:
    found = typed_identities(PROJECT, "+551187654321", "Ana@Example.COM", "crm 7")
    assert [(key.kind, key.value) for key in found] == [
        ("phone", "+5511987654321"),
        ("email", "ana@example.com"),
        ("external_id", "crm 7"),
    ]
    assert phone_in(found) == "+5511987654321"
    assert typed_identities(PROJECT, None, None, None) == []


def test_lock_numbers_tell_identities_apart_and_fit_a_bigint() -> None:
    keys = [
        IdentityKey(project, kind, value)  # type: ignore[arg-type]
        for project in (PROJECT, UUID(int=8))
        for kind in ("phone", "jid")
        for value in ("a", "b")
    ]
    numbers = {lock_number(tenant, key) for tenant in (UUID(int=1), UUID(int=2)) for key in keys}
    assert len(numbers) == 16
    assert all(-(2**63) <= number < 2**63 for number in numbers)
