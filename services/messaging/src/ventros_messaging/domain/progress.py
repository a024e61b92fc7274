"""How far a message got: `queued < sent < delivered < read < played`, with `failed` beside it.

Acknowledgements come in any order and more than once. What is kept is the earliest time of each
step, and the status follows from those times alone; so whatever the order, the result is the same,
and a status never goes back.

A failure counts over `sent`, which says no more than that the provider took the message, and gives
way to `delivered`, which proves that it got there (Meta sends both at times). A failure that only
says that nobody knows gives way to `sent` as well.
"""

from datetime import datetime
from typing import Final, Literal

import msgspec

from proto_events.conversation import FailureClass

Status = Literal["queued", "sent", "delivered", "read", "played", "failed"]

Step = Literal["sent", "delivered", "read", "played", "failed"]

_RANKS: Final[dict[Status, float]] = {
    "queued": 0,
    "sent": 1,
    "failed": 2,
    "delivered": 3,
    "read": 4,
    "played": 5,
}
NO_REASON: Final = "The provider gave no reason."

_UNKNOWN_RANK: Final = 0.5
"""Of a message that failed and may have been sent after all: above `queued`, below `sent`."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message was not delivered, for a person to read, and when that was told.

    `unknown`: the provider may have sent it after all. `kind` says why as far as it is known, and
    `code` is the provider's.
    """

    reason: str
    failed_at: datetime
    unknown: bool = False
    kind: FailureClass | None = None
    code: str | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """When a message reached each step; None for one that nobody told of."""

    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    played_at: datetime | None = None
    failure: Failure | None = None

    @property
    def status(self) -> Status:
        """The highest step that is proven."""
        if self.played_at is not None:
            return "played"
        if self.read_at is not None:
            return "read"
        if self.delivered_at is not None:
            return "delivered"
        failure = self.failure
        if failure is not None and (self.sent_at is None or not failure.unknown):
            return "failed"
        return "queued" if self.sent_at is None else "sent"


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """A message reached this step; `reason`, `kind` and `code` say why one failed."""

    step: Step
    at: datetime
    reason: str = ""
    unknown: bool = False
    kind: FailureClass | None = None
    code: str | None = None


def advance(progress: Progress, ack: Ack) -> Progress:
    """What is known after one more acknowledgement."""
    match ack.step:
        case "sent":
            return msgspec.structs.replace(progress, sent_at=_earlier(progress.sent_at, ack.at))
        case "delivered":
            return msgspec.structs.replace(
                progress, delivered_at=_earlier(progress.delivered_at, ack.at)
            )
        case "read":
            return msgspec.structs.replace(progress, read_at=_earlier(progress.read_at, ack.at))
        case "played":
            return msgspec.structs.replace(progress, played_at=_earlier(progress.played_at, ack.at))
        case "failed":
            told = Failure(
                reason=ack.reason,
                failed_at=ack.at,
                unknown=ack.unknown,
                kind=ack.kind,
                code=ack.code,
            )
            known = progress.failure
            first = told if known is None else min(known, told, key=_certainty)
            return msgspec.structs.replace(progress, failure=first)


def stored_as(
    progress: Progress, status: Status, occurred_at: datetime, received_at: datetime
) -> Progress:
    """What is known of a message that is stored with `status`: a step of which no time is kept was
    reached when the message occurred (`sent`) or, at the latest, when we received it.
    """
    if progress.status == status:
        return progress
    match status:
        case "sent":
            return advance(progress, Ack(step="sent", at=occurred_at))
        case "delivered" | "read" | "played":
            return advance(progress, Ack(step=status, at=received_at))
        case "failed":
            return advance(progress, Ack(step="failed", at=received_at, reason=NO_REASON))
        case "queued":
            return progress


def risen(before: Progress, after: Progress) -> Step | None:
    """The step that was reached in between and is to be told; each one is told at most once.

    Steps below one that was told are not told later: `read` includes `delivered`.
    """
    status = after.status
    if status == "queued" or _rank(after) <= _rank(before):
        return None
    if status == "failed" and before.failure is not None:
        return None
    return status


def _rank(progress: Progress) -> float:
    status, failure = progress.status, progress.failure
    doubtful = status == "failed" and failure is not None and failure.unknown
    return _UNKNOWN_RANK if doubtful else _RANKS[status]


def _earlier(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else min(known, told)


def _certainty(failure: Failure) -> tuple[bool, datetime, str, str, str]:
    """What is certain first, then what was told first."""
    return (
        failure.unknown,
        failure.failed_at,
        failure.reason,
        failure.code or "",
        failure.kind or "",
    )
