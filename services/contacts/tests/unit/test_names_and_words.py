"""Push names that people invent, and names that people look for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core.words import MAX_WORD, MAX_WORDS, after_all_with, words_of
from ventros_contacts.domain.names import MAX_NAME, clean_push_name, may_fill


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (None, None),
        ("", None),
        (" \u200b\u2060 ", None),
        ("Ana", "Ana"),
        ("  Ana \n\t Maria ", "Ana Maria"),
        ("\u202eanA", "anA"),
        ("Ana\x00Maria", "Ana Maria"),
        ("👩\u200d🔧 Ana", "👩\u200d🔧 Ana"),
        ("a" * 300, "a" * MAX_NAME),
        ("a" * 254 + " b", "a" * 254),
    ],
)
def test_push_names_are_cleaned(told: str | None, name: str | None) -> None:
    assert clean_push_name(told) == name


@given(st.text())
def test_a_clean_name_is_clean(told: str) -> None:
    name = clean_push_name(told)
    assert name is None or (0 < len(name) <= MAX_NAME and clean_push_name(name) == name)


@pytest.mark.parametrize(
    ("source", "name", "fills"),
    [
        (None, None, True),
        ("push", "Mari", True),
        ("push", "Ana", False),
        ("person", "Mari", False),
    ],
)
def test_who_gives_way(source: object, name: str | None, fills: bool) -> None:
    assert may_fill(source, name, "Ana") is fills  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("João da Silva", ["joao", "da", "silva"]),
        ("JOÃO joao", ["joao"]),
        ("D'Ávila & Cia.", ["d", "avila", "cia"]),
        ("Łukasz Ørsted Straße", ["lukasz", "orsted", "strasse"]),
        ("loja_24h (oficial)", ["loja", "24h", "oficial"]),
        ("Ça va? ﬁn", ["ca", "va", "fin"]),
        ("Мария", ["мария"]),
        ("!!! 👋", []),
    ],
)
def test_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words


@given(st.text(max_size=300))
def test_words_find_themselves(name: str) -> None:
    words = words_of(name)
    assert len(words) <= MAX_WORDS
    for word in words:
        assert 0 < len(word) <= MAX_WORD
        assert words_of(word) == [word]


@given(st.text(min_size=1), st.text())
def test_a_prefix_is_a_range_of_bytes(prefix: str, rest: str) -> None:
    lower, text, upper = (each.encode() for each in (prefix, prefix + rest, after_all_with(prefix)))
    assert lower <= text < upper or rest.startswith("\U0010ffff")
