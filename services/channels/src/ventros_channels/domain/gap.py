"""Gaps: spans of time of which a channel's webhooks may be missing."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from ventros_channels.domain.channel import ChannelType

Cause = Literal["returned", "silent", "operator"]
"""Why it was looked: the connection came back, the channel was silent for longer than it usually
is, or somebody asked."""

SLACK: Final = timedelta(minutes=5)
"""A gap begins so long before the last sign of life: clocks differ, and webhooks overtake."""

LONGEST: Final = timedelta(hours=24)
"""Older messages are history: to tell them as live would open sessions of today for them."""

ATTEMPTS: Final = 8
"""How often a gap is tried to be closed."""

CUT: Final = "Only the last 24 hours were fetched: what is older can be imported as history."
NOT_SHOWN: Final = "The provider did not show everything."

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a span. Of `found` messages that the provider shows, `fetched` had not been
    told. `unread` are chats and `refused` messages that are not stored, each with the reason."""

    chats: int
    found: int
    fetched: int
    unread: list[tuple[str, str]]
    refused: list[tuple[str, str]]

    @property
    def whole(self) -> bool:
        """Whether nothing is left to be read."""
        return not self.unread and not self.refused


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A gap as it now is; open without `closed_at`. With `reason` it was closed and is not, or not
    wholly, filled."""

    tenant_id: UUID
    id: UUID
    project_id: UUID
    channel_id: UUID
    cause: Cause
    since: datetime
    until: datetime
    found_at: datetime
    attempts: int
    found: int
    fetched: int
    unread: int
    refused: int
    reason: str | None
    closed_at: datetime | None


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """A channel may be silent for `times` its usual gap between messages, within these bounds.

    Without a rhythm at that hour of the week, for as long as `most`.
    """

    least: timedelta = timedelta(minutes=15)
    most: timedelta = timedelta(hours=6)
    times: int = 4


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that is silent for longer than it usually is. `since` is its last sign of life."""

    tenant_id: UUID
    project_id: UUID
    channel_id: UUID
    channel_type: ChannelType
    since: datetime


def reachable(since: datetime, until: datetime) -> datetime:
    """From when on a gap can be filled by what is told as live."""
    return max(since, until - LONGEST)


def wait_after(attempts: int) -> timedelta:
    """How long a gap rests that could not be filled for the so-many-th time."""
    doubled: int = 2 ** min(max(attempts, 1) - 1, ATTEMPTS)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)
