"""Whom a text calls, and by which address."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.chat import State, When
from ventros_messaging.domain.chat_facts import Entered, Member, Moved, apply
from ventros_messaging.domain.mention import (
    Called,
    Mention,
    MentionUnknown,
    call,
    chat_with,
    direct,
    named,
    same,
    written,
)

WHEN = When(at=datetime(2026, 3, 1, tzinfo=UTC), ingress_seq=1)
LATER = When(at=datetime(2026, 3, 2, tzinfo=UTC), ingress_seq=2)
PHONE, LID = Address(kind="phone", value="+5511988880001"), Address(kind="lid", value="81@lid")
OTHER = Address(kind="phone", value="+5511988880002")
HIDDEN = Address(kind="lid", value="82@lid")


def group(*members: tuple[Address, ...]) -> State:
    told = tuple(Member(addresses=addresses) for addresses in members)
    return apply(State(), Entered(subject=None, description=None, members=told), WHEN)


def mention(*addresses: Address) -> Mention:
    return Mention(given="ana", addresses=addresses)


def test_people_are_named_by_phone_lid_and_contact() -> None:
    assert named("+5511988880001") == PHONE
    assert named("81@lid") == LID
    some = "01890000-0000-7000-8000-000000000001"
    assert named(some) == UUID(some)


def test_in_a_group_an_address_is_taken_that_the_group_knows() -> None:
    assert call(mention(PHONE, LID), group((LID,), (HIDDEN,))).address == LID
    assert call(mention(PHONE, LID), group((PHONE, LID))).address == PHONE
    without_ninth = Address(kind="phone", value="+551188880001")
    assert call(mention(PHONE), group((without_ninth,))).address == without_ninth


def test_who_is_not_in_the_group_is_unknown() -> None:
    with pytest.raises(MentionUnknown):
        call(mention(PHONE), group((OTHER,), (OTHER, HIDDEN)))
    left = apply(
        group((PHONE,), (OTHER,)),
        Moved(change="leave", members=(Member(addresses=(PHONE,)),)),
        LATER,
    )
    with pytest.raises(MentionUnknown):
        call(mention(PHONE), left)
    with pytest.raises(MentionUnknown):
        call(mention(), None)


@pytest.mark.parametrize(
    "state",
    [
        None,
        State(),
        group(),
        group((HIDDEN,), (OTHER,)),
        apply(State(), Moved(change="join", members=(Member(addresses=(OTHER,)),)), WHEN),
    ],
    ids=["chat of two", "nothing told", "members not told", "one by LID alone", "some told"],
)
def test_who_may_be_in_the_group_is_called_as_given(state: State | None) -> None:
    assert call(mention(PHONE), state).address == PHONE


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("+5511988880001", "+551188880001", True),
        ("+5511988880001", "+5521988880001", False),
        ("+5511988880001", "+5511988880002", False),
        ("+14155550100", "+4155550100", False),
    ],
)
def test_mobiles_of_brazil_have_nine_digits_or_eight(one: str, other: str, expected: bool) -> None:
    phones = (Address(kind="phone", value=one), Address(kind="phone", value=other))
    assert same(*phones) is same(*reversed(phones)) is expected


def test_the_text_has_the_digits() -> None:
    called = [
        Called(given="+5511988880001", address=PHONE),
        Called(given="81@lid", address=LID),
        Called(given="01890000-0000-7000-8000-000000000001", address=OTHER),
    ]
    text = "@+5511988880001 e @81@lid: @01890000-0000-7000-8000-000000000001, ana@81.com"
    assert written(text, called) == "@5511988880001 e @81: @5511988880002, ana@81.com"


def test_a_chat_of_two_says_whom_it_is_with() -> None:
    for address in (PHONE, LID):
        assert direct(chat_with(address)) == address
    assert direct("120363000000000001@g.us") is None
    assert direct("BR.123") is None
