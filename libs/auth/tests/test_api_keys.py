import hashlib
import re
from uuid import UUID, uuid4

from hypothesis import example, given
from hypothesis import strategies as st

from platform_auth import api_keys

PATTERN = re.compile(r"vk_live_[0-9a-f]{32}_[0-9A-Za-z]{49}")


def test_a_key_is_read_as_it_was_made() -> None:
    key_id = uuid4()
    text, secret_hash = api_keys.make(key_id)
    assert PATTERN.fullmatch(text)
    assert api_keys.is_api_key(text)
    assert api_keys.read(text) == api_keys.GivenKey(key_id, secret_hash)
    assert secret_hash == hashlib.sha256(text[41:84].encode()).digest()


def test_a_known_key_stays_what_it_is() -> None:
    """Keys are in the hands of customers: the format cannot change."""
    text = "vk_live_" + "0123456789abcdef" * 2 + "_" + "A" * 43 + "3l8nuV"
    found = api_keys.read(text)
    assert found is not None
    assert found.id == UUID("0123456789abcdef0123456789abcdef")
    assert found.secret_hash == hashlib.sha256(b"A" * 43).digest()


def test_no_two_are_alike() -> None:
    key_id = uuid4()
    assert len({api_keys.make(key_id) for _ in range(100)}) == 100


@given(place=st.integers(0, 89), other=st.characters())
def test_one_wrong_character_is_noticed(place: int, other: str) -> None:
    text, _ = api_keys.make(uuid4())
    changed = text[:place] + other + text[place + 1 :]
    assert (api_keys.read(changed) is None) == (changed != text)


@given(st.text())
@example("")
@example("vk_live_")
@example("vk_live_" + "0" * 32 + "_" + "0" * 49 + "\n")
@example("vk_live_" + "\u0660" * 32 + "_" + "0" * 49)
def test_what_is_no_key_is_none(text: str) -> None:
    assert api_keys.read(text) is None
    assert api_keys.read(api_keys.PREFIX + text) is None


@given(cut=st.integers(0, 89))
def test_a_cut_one_is_none(cut: int) -> None:
    text, _ = api_keys.make(uuid4())
    assert api_keys.read(text[:cut]) is None
