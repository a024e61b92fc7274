"""What is wrong with a value, in our words: a stable code, a sentence, and the place."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from platform_http.problems import FieldError

_AT = re.compile(r"(?s)(.*) - at `(\$.*|key in .*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")

# msgspec's messages by how they begin; the first that fits gives the code.
_CODES: Final[tuple[tuple[str, str], ...]] = (
    ("Expected `datetime` with a timezone", "time_zone_missing"),
    ("Expected `str` of length <=", "too_long"),
    ("Expected `str` of length >=", "too_short"),
    ("Expected `array` of length <=", "too_long"),
    ("Expected `array` of length >=", "too_short"),
    ("Expected `object` of length <=", "too_long"),
    ("Expected `str` matching regex", "wrong_format"),
    ("Expected `int` <", "out_of_range"),
    ("Expected `int` >", "out_of_range"),
    ("Expected `float` <", "out_of_range"),
    ("Expected `float` >", "out_of_range"),
    ("Integer value out of range", "out_of_range"),
    ("Number out of range", "out_of_range"),
    ("Invalid enum value", "not_one_of"),
    ("Invalid value", "not_one_of"),
    ("Invalid RFC3339", "wrong_format"),
    ("Invalid UUID", "wrong_format"),
    ("Invalid base64", "wrong_format"),
    ("Expected", "wrong_type"),
)


def body_error(message: str) -> FieldError:
    """The place and reason in a message of msgspec about a JSON body."""
    found = _AT.fullmatch(message)
    reason, path = (found[1], found[2]) if found else (message, "$")
    pointer = _pointer(path)
    if unknown := _UNKNOWN.fullmatch(reason):
        return FieldError(
            code="unknown_field",
            detail="There is no such field.",
            pointer=f"{pointer}/{_escape(unknown[1])}",
        )
    if missing := _MISSING.fullmatch(reason):
        return FieldError(
            code="required", detail="Required.", pointer=f"{pointer}/{_escape(missing[1])}"
        )
    code, detail = _reason(reason)
    return FieldError(code=code, detail=detail, pointer=pointer)


def parameter_errors(extra: object) -> list[FieldError]:
    """What Litestar found wrong with query, path and header parameters."""
    if not isinstance(extra, Iterable):
        return []
    errors = []
    for item in extra:
        if isinstance(item, Mapping):
            code, detail = _reason(str(item.get("message", "")))
            parameter = str(item.get("key", "")).partition(".")[0]
            errors.append(FieldError(code=code, detail=detail, parameter=parameter))
    return errors


def _reason(message: str) -> tuple[str, str]:
    code = next((code for start, code in _CODES if message.startswith(start)), None)
    if code is None:
        return "invalid", "The value is not valid."
    if code == "not_one_of":
        # The message quotes the value that was sent.
        return code, "The value is not one of those allowed."
    return code, message.replace("`", "").rstrip(".") + "."


def _pointer(path: str) -> str:
    """`$.a[0].b` as `/a/0/b`. Keys of a map are not told (`[...]`): the pointer ends before."""
    steps: list[Any] = []
    for name, index in _STEP.findall(path):
        if index == "...":
            break
        steps.append(_escape(name or index))
    return "".join(f"/{step}" for step in steps)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
