"""Phone numbers: the table of numbers, and what holds of all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_contacts.domain.phone import key_of, key_of_address, keys_of_typed

NUMBERS = [
    # Brazilian mobiles, without and with the ninth digit.
    ("551187654321", "+5511987654321"),
    ("5511987654321", "+5511987654321"),
    ("554788887777", "+5547988887777"),
    ("556199991234", "+5561999991234"),
    ("555465432109", "+5554965432109"),
    ("559272345678", "+5592972345678"),
    # The ninth digit before one that no old number had: nothing to take for its short form.
    ("5511943210987", "+5511943210987"),
    # Landlines never get a nine.
    ("551132109876", "+551132109876"),
    ("552125551234", "+552125551234"),
    ("554733334444", "+554733334444"),
    ("558551234567", "+558551234567"),
    # No area code has a zero, no subscriber begins with 0 or 1; too short and too long.
    ("551012345678", "+551012345678"),
    ("550187654321", "+550187654321"),
    ("551107654321", "+551107654321"),
    ("551117654321", "+551117654321"),
    ("55118765432", "+55118765432"),
    ("55119876543210", "+55119876543210"),
    # Other countries keep what they have.
    ("14155552671", "+14155552671"),
    ("5491123456789", "+5491123456789"),
    ("351912345678", "+351912345678"),
    ("554", None),
    ("0551187654321", None),
    ("1234567890123456", None),
    ("", None),
    ("٥٥١١٨٧٦٥٤٣٢١", None),
    ("55 11", None),
]


@pytest.mark.parametrize(("digits", "key"), NUMBERS)
def test_table(digits: str, key: str | None) -> None:
    assert key_of(digits) == key


ADDRESSES = [
    ("551187654321@s.whatsapp.net", "+5511987654321"),
    ("551187654321@c.us", "+5511987654321"),
    ("551187654321:2@s.whatsapp.net", "+5511987654321"),
    ("551187654321.0:2@s.whatsapp.net", None),
    ("551132109876@s.whatsapp.net", "+551132109876"),
    ("123456789012345@lid", None),
    ("551187654321@lid", None),
    ("551187654321-1600000000@g.us", None),
    ("120363000000000000@newsletter", None),
    ("status@broadcast", None),
    ("0@s.whatsapp.net", None),
    ("@s.whatsapp.net", None),
    ("551187654321", None),
    ("551187654321@s.whatsapp.net\n", None),
]


@pytest.mark.parametrize(("address", "key"), ADDRESSES)
def test_addresses(address: str, key: str | None) -> None:
    assert key_of_address(address) == key


TYPED = [
    ("+55 11 98765-4321", ["+5511987654321"]),
    ("+55 (11) 8765-4321", ["+5511987654321"]),
    ("0055 11 8765 4321", ["+5511987654321"]),
    ("5511987654321", ["+5511987654321"]),
    ("551187654321", ["+5511987654321"]),
    ("(11) 98765-4321", ["+5511987654321", "+11987654321"]),
    ("(11) 8765.4321", ["+5511987654321", "+1187654321"]),
    ("011 98765-4321", ["+5511987654321"]),
    ("(11) 3210-9876", ["+551132109876", "+1132109876"]),
    ("+1 (415) 555\u20112671", ["+14155552671"]),
    ("+55\u00a011\u00a098765\u20134321", ["+5511987654321"]),
    ("", []),
    ("+", []),
    ("ana", []),
    ("+55 11 9876x", []),
    ("123", []),
    ("++5511987654321", []),
]


@pytest.mark.parametrize(("text", "keys"), TYPED)
def test_typed(text: str, keys: list[str]) -> None:
    assert keys_of_typed(text) == keys


areas = st.from_regex(r"[1-9][1-9]", fullmatch=True)
mobiles = st.from_regex(r"[6-9][0-9]{7}", fullmatch=True)
landlines = st.from_regex(r"[2-5][0-9]{7}", fullmatch=True)
digits = st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True)


@given(areas, mobiles)
def test_both_forms_of_a_mobile_have_one_key(area: str, mobile: str) -> None:
    assert key_of(f"55{area}{mobile}") == key_of(f"55{area}9{mobile}") == f"+55{area}9{mobile}"


@given(areas, landlines)
def test_a_landline_keeps_its_digits_and_meets_no_mobile(area: str, landline: str) -> None:
    assert key_of(f"55{area}{landline}") == f"+55{area}{landline}"
    assert key_of(f"55{area}9{landline}") != key_of(f"55{area}{landline}")


@given(digits)
def test_a_key_is_its_own_key(number: str) -> None:
    key = key_of(number)
    assert key is not None
    assert key_of(key[1:]) == key
    assert keys_of_typed(key) == [key]


@given(digits, digits)
def test_only_the_ninth_digit_makes_numbers_one(one: str, other: str) -> None:
    if key_of(one) == key_of(other) and one != other:
        short, long = sorted((one, other), key=len)
        assert len(short) == 12
        assert long == f"{short[:4]}9{short[4:]}"


@given(st.text(max_size=40))
def test_nothing_typed_is_an_error(text: str) -> None:
    for key in keys_of_typed(text):
        assert key_of(key[1:]) == key
