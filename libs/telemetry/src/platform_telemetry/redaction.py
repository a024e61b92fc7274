"""Keep secrets out of logs: by the name of a field, and by the look of a text."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

REDACTED = "[redacted]"

_SECRET_KEY = re.compile(
    r"passw|secret|token|authorization|cookie|credential|api_?key|private_?key|hmac|signature"
    r"|dsn|^pw$",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    # the password of an address: postgresql://user:password@host
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+@", re.IGNORECASE), r"\1[redacted]@"),
    (re.compile(r"(\bbearer\s+)[\w.~+/=-]+", re.IGNORECASE), r"\1[redacted]"),
    # a JSON web token: two base64url JSON objects and a signature
    (re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*"), REDACTED),
    (re.compile(r"\b(?:vk_live_|vk_test_|whsec_)[\w+/=-]+"), REDACTED),
)
_MAX_DEPTH = 6


def redact_text(text: str) -> str:
    """The text without passwords of addresses, bearer tokens, JWTs, API keys, hook secrets."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: every value under a secret-looking key is replaced, at any depth."""
    return {key: _value(key, value, 0) for key, value in event.items()}


def _value(key: object, value: Any, depth: int) -> Any:
    if isinstance(key, str) and _SECRET_KEY.search(key):
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return "…" if depth >= _MAX_DEPTH else _nested(value, depth + 1)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, BaseException):
        return redact_text(f"{type(value).__name__}: {value}")
    return value


def _nested(value: Mapping[Any, Any] | Collection[Any], depth: int) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(name, item, depth) for name, item in value.items()}
    return [_value(None, item, depth) for item in value]
