"""Links give what they were made for, until they are over, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_storage import LinkInvalid, Links
from platform_storage.links import LONGEST

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LINKS = Links(b"k" * 32)


def test_a_link_gives_its_file_until_it_is_over() -> None:
    tenant, file = uuid4(), uuid4()
    text = LINKS.make(tenant, file, now=NOW, life=HOUR, variant="thumbnail")
    link = LINKS.read(text, now=NOW + HOUR - timedelta(seconds=1))
    assert (link.tenant_id, link.file_id, link.variant) == (tenant, file, "thumbnail")
    with pytest.raises(LinkInvalid):
        LINKS.read(text, now=NOW + HOUR)


def test_another_key_opens_nothing() -> None:
    text = LINKS.make(uuid4(), uuid4(), now=NOW, life=HOUR)
    with pytest.raises(LinkInvalid):
        Links(b"x" * 32).read(text, now=NOW)


TEXT = LINKS.make(uuid4(), uuid4(), now=NOW, life=HOUR)


@given(st.integers(0, len(TEXT) - 1), st.characters(codec="ascii"))
def test_a_changed_letter_is_noticed(place: int, letter: str) -> None:
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    if changed != TEXT:
        with pytest.raises(LinkInvalid):
            LINKS.read(changed, now=NOW)


@given(st.text(max_size=200))
def test_what_is_no_link_is_refused_and_no_more(text: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(text, now=NOW)


@pytest.mark.parametrize("life", [timedelta(0), -HOUR, LONGEST + HOUR])
def test_a_life_has_its_bounds(life: timedelta) -> None:
    with pytest.raises(ValueError, match="at most"):
        LINKS.make(uuid4(), uuid4(), now=NOW, life=life)


def test_a_short_key_is_none() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Links(b"short")
