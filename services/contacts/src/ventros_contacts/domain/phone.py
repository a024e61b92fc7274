"""Phone numbers: one key for every form of one number.

Brazilian mobile numbers got a ninth digit (`+55 DD 9XXXX-XXXX`). WhatsApp accounts that are older
than the change keep the form without it, so one person is met under both. The key of a number, and
the form that is shown, is E.164 with the ninth digit. It is for matching only: a message is sent to
the address that the provider confirmed, which is kept as it was received (`jid`).

Landlines (subscriber number of eight digits that starts with 2 to 5) never get a ninth digit.
"""

import re

_E164_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
# Area codes have no zero; mobile subscribers of eight digits begin with 6 to 9.
_BRAZIL_MOBILE_SHORT = re.compile(r"55([1-9][1-9])([6-9][0-9]{7})")
# A domestic number: an area code, then a mobile or a landline number.
_BRAZIL_DOMESTIC = re.compile(r"[1-9][1-9](9[0-9]{8}|[2-9][0-9]{7})")
_PHONE_ADDRESS = re.compile(r"([0-9]{1,20})(?:[.:][0-9]+)?@(?:s\.whatsapp\.net|c\.us|hosted)")
_PUNCTUATION = re.compile(r"[\s()./\-\u00a0\u2010-\u2015]")
_CALLABLE = re.compile(r"\+?[0-9]+")


def key_of(digits: str) -> str | None:
    """The key of an international number without its plus; None when it is no such number.

    >>> key_of("551187654321")
    '+5511987654321'
    """
    if not digits.isascii() or _E164_DIGITS.fullmatch(digits) is None:
        return None
    short = _BRAZIL_MOBILE_SHORT.fullmatch(digits)
    if short:
        area, subscriber = short.groups()
        return f"+55{area}9{subscriber}"
    return f"+{digits}"


def key_of_address(address: str) -> str | None:
    """The key of the phone that a WhatsApp address is made of.

    None for every other address: the digits of a LID are no phone.

    >>> key_of_address("551187654321:2@s.whatsapp.net")
    '+5511987654321'
    """
    found = _PHONE_ADDRESS.fullmatch(address)
    return key_of(found[1]) if found else None


def keys_of_typed(text: str) -> list[str]:
    """Every key that a number may have which a person typed, best first; empty when it is none.

    Punctuation is ignored. With `+` or `00` it is an international number. Without, it may be an
    international number or a Brazilian one without its country, with or without trunk zero: both
    are tried, for there is nobody to ask.

    >>> keys_of_typed("(11) 8765-4321")
    ['+5511987654321', '+1187654321']
    """
    bare = _PUNCTUATION.sub("", text)
    if not bare.isascii() or _CALLABLE.fullmatch(bare) is None:
        return []
    if bare.startswith("+"):
        tried = [bare[1:]]
    elif bare.startswith("00"):
        tried = [bare[2:]]
    else:
        domestic = bare.removeprefix("0")
        brazilian = _BRAZIL_DOMESTIC.fullmatch(domestic) is not None
        tried = [f"55{domestic}"] if brazilian else []
        tried.append(bare)
    return list(dict.fromkeys(key for digits in tried if (key := key_of(digits))))
