"""Texts as words that can be found: accents and case do not count."""

import re
import unicodedata

MAX_WORD = 64
MAX_WORDS = 32

_WORD = re.compile(r"[^\W_]+")
# Letters that Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "ð": "d",
        "þ": "th",
    }
)


def words_of(text: str, *, most: int = MAX_WORDS) -> list[str]:
    """The words of a text, each once, in order; at most `most` of at most 64 characters.

    >>> words_of("João D'Ávila (OAB)")
    ['joao', 'd', 'avila', 'oab']
    """
    # Some capitals come out of their compatible forms only (a mathematical A), some small letters
    # only out of capitals.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(each for each in apart if not unicodedata.combining(each))
    words = _WORD.findall(letters.translate(_LETTERS))
    return list(dict.fromkeys(word[:MAX_WORD] for word in words))[:most]


def after_all_with(prefix: str) -> str:
    """A text that sorts, byte by byte in UTF-8, after every text with this prefix."""
    return prefix + "\U0010ffff"
