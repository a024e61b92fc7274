"""What an error of Meta's means: why a message was not sent, and what is done about it.

By Meta's error codes, as documented for the Cloud API. A code that is not here refuses the request
for good.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from proto_events.conversation import FailureClass
from ventros_channels.domain.waha.members import LONG, JsonObject, child, text

UNAUTHORIZED: Final = "UNAUTHORIZED"
SUSPENDED: Final = "SUSPENDED"
KEY_INVALID: Final = frozenset({"0", "190"})
"""Codes of a token that is over or was taken back; the others of its class are of one right that it
lacks, such as that to read templates."""
OPTED_OUT: Final = "131050"
"""The code of a message that was refused since its person wants no marketing."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """`again`: the same may work later; `everywhere`: nothing of the channel works now.
    `connection` is what is true of the channel's connection then; `too_fast`: the number sends
    slower for a while."""

    failure: FailureClass
    again: bool = False
    everywhere: bool = False
    connection: str | None = None
    too_fast: bool = False


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An error as it was told: `reason` is Meta's, for a person to read."""

    kind: Kind
    code: str
    reason: str


_AUTH: Final = Kind(failure="authentication", connection=UNAUTHORIZED)
_SUSPENDED: Final = Kind(failure="suspended", connection=SUSPENDED)
_THROTTLED: Final = Kind(failure="unavailable", again=True, everywhere=True)
_TOO_FAST: Final = Kind(failure="unavailable", again=True, everywhere=True, too_fast=True)
_PAIR: Final = Kind(failure="unavailable", again=True)
_SERVER: Final = Kind(failure="unavailable", again=True)
_NOBODY: Final = Kind(failure="undeliverable")
_FILE: Final = Kind(failure="media", again=True)
_TEMPLATE: Final = Kind(failure="template")
_REJECTED: Final = Kind(failure="rejected")


def _all(kind: Kind, *codes: int) -> dict[int, Kind]:
    return dict.fromkeys(codes, kind)


KINDS: Final[Mapping[int, Kind]] = {
    **_all(_AUTH, 0, 3, 10, 190, *range(200, 300)),
    **_all(_THROTTLED, 4, 80007, 131064, 133016),
    **_all(_TOO_FAST, 130429, 131048),
    **_all(_PAIR, 131056),
    **_all(_SUSPENDED, 368, 131031, 130497),
    131047: Kind(failure="window_closed"),
    **_all(_NOBODY, 131026, 130472, 131049, 131050, 131021, 131030),
    **_all(_FILE, 131052, 131053),
    131051: Kind(failure="unsupported"),
    **_all(_SERVER, 1, 2, 131000, 131005, 131016, 131057),
    **_all(_TEMPLATE, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016),
    **_all(_TEMPLATE, 132068, 132069),
}
"""The codes that mean more than a refused request."""


def kind_of(code: int) -> Kind:
    """What an error's code means."""
    return KINDS.get(code, _REJECTED)


def read_error(error: JsonObject) -> Failure | None:
    """An error of an answer or of a webhook; None where it has no code."""
    code = _code(error.get("code"))
    if code is None:
        return None
    details = text(child(error, "error_data"), "details", limit=LONG)
    said = details or text(error, "error_user_msg", "message", "title", limit=LONG)
    return Failure(kind=kind_of(code), code=str(code), reason=said or f"Error {code}.")


def _code(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None
