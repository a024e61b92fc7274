"""The life of a signing key is a matter of its row, the others, and the time."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_identity.domain.signing_key import (
    Rules,
    SigningKey,
    SigningKeyNeeded,
    SigningKeyNotFound,
    begins_at,
    is_due,
    over,
    retirement,
    signer,
    state_of,
    waiting,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
RULES = Rules(lead=15 * MINUTE, age=30 * DAY, kept=12 * MINUTE)


def key(kid: str, signs_at: datetime) -> SigningKey:
    return SigningKey(id=uuid4(), kid=kid, published_at=signs_at - RULES.lead, signs_at=signs_at)


OLD, CURRENT, NEXT = (
    key("old", NOW - 40 * DAY),
    key("current", NOW - 11 * MINUTE),
    key("next", NOW + 15 * MINUTE),
)


def test_the_very_first_key_is_due_and_signs_at_once() -> None:
    assert is_due([], NOW, RULES)
    assert begins_at([], NOW, RULES) == NOW
    assert signer([], NOW) is None


def test_every_key_is_where_it_is_in_its_life() -> None:
    keys = [NEXT, OLD, CURRENT]
    assert [state_of(one, keys, NOW) for one in keys] == ["waits", "retired", "signs"]
    assert (signer(keys, NOW), waiting(keys, NOW)) == (CURRENT, NEXT)
    assert signer(keys, NEXT.signs_at) == NEXT
    assert waiting(keys, NEXT.signs_at) is None


def test_the_next_one_is_due_when_the_signing_one_is_old_and_none_waits() -> None:
    assert not is_due([OLD], OLD.signs_at + 30 * DAY - MINUTE, RULES)
    assert is_due([OLD], OLD.signs_at + 30 * DAY, RULES)
    assert not is_due([OLD, NEXT], NOW, RULES)
    assert begins_at([OLD], NOW, RULES) == NOW + RULES.lead


def test_a_retired_key_stays_until_its_last_token_has_expired() -> None:
    keys = [OLD, CURRENT, NEXT]
    assert over(keys, CURRENT.signs_at + RULES.kept - MINUTE, RULES) == []
    assert over(keys, CURRENT.signs_at + RULES.kept, RULES) == [OLD]
    # What waits takes nobody's place yet.
    assert CURRENT not in over(keys, NEXT.signs_at + RULES.kept - MINUTE, RULES)


def test_a_clock_that_is_behind_signs_with_the_first_key() -> None:
    assert signer([CURRENT, NEXT], CURRENT.signs_at - MINUTE) == CURRENT


def test_what_it_comes_to_to_retire_a_key() -> None:
    keys = [OLD, CURRENT, NEXT]
    assert retirement(keys, "next", NOW).dropped == NEXT
    handed_over = retirement(keys, "current", NOW)
    assert (handed_over.dropped, handed_over.signs_now) == (None, NEXT)
    nothing = retirement(keys, "old", NOW)
    assert (nothing.dropped, nothing.signs_now) == (None, None)
    with pytest.raises(SigningKeyNeeded):
        retirement([OLD, CURRENT], "current", NOW)
    with pytest.raises(SigningKeyNotFound):
        retirement(keys, "nobody", NOW)


@given(offsets=st.lists(st.integers(-90 * 1440, 20), max_size=5), minutes=st.integers(0, 90 * 1440))
def test_whoever_signs_is_never_dropped(offsets: list[int], minutes: int) -> None:
    keys = [key(str(place), NOW + offset * MINUTE) for place, offset in enumerate(offsets)]
    now = NOW + minutes * MINUTE
    gone = over(keys, now, RULES)
    current = signer(keys, now)
    assert current not in gone
    assert waiting(keys, now) not in gone or waiting(keys, now) is None
    # Nobody who may have signed within the life of a token is dropped.
    for recent in (now - RULES.kept + timedelta(seconds=1), now):
        begun = [one for one in keys if one.signs_at <= recent]
        assert not begun or signer(keys, recent) not in gone
