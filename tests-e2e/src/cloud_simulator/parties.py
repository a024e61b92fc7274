"""A connected number, and the people who write to it."""

from msgspec import Struct

BRAZIL = "55"
_WITHOUT, _WITH = 12, 13


class Number(Struct, frozen=True, kw_only=True):
    """A number as Meta knows it, with the app that its posts are signed by."""

    phone_number_id: str
    waba_id: str
    token: str
    app_secret: str
    webhook_url: str
    display_phone: str = "554400000001"
    verified_name: str = "Loja"
    app_id: str | None = None


class Person(Struct, frozen=True, kw_only=True):
    """Somebody; without a phone they took a user name, and `bsuid` is all that is shown."""

    bsuid: str
    phone: str | None = None
    name: str = "Ana"
    username: str | None = None


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers are one: the ninth digit of Brazilian mobiles may be missing."""
    return _short(one) == _short(other)


def _short(phone: str) -> str:
    digits = phone.lstrip("+")
    if digits.startswith(BRAZIL) and len(digits) == _WITH and digits[4] == "9":
        return digits[:4] + digits[5:]
    return digits
