"""What happened to sessions, in the order in which it happened.

Each fact holds the session as it is right after it.
"""

from typing import TypeAlias
from uuid import UUID

import msgspec

from ventros_sessions.domain.session import Session


class Started(msgspec.Struct, frozen=True):
    """A session was opened."""

    session: Session


class Reopened(msgspec.Struct, frozen=True):
    """A session that had ended by inactivity goes on."""

    session: Session


class Ended(msgspec.Struct, frozen=True):
    """A session ended, for the reason that it bears."""

    session: Session


class Merged(msgspec.Struct, frozen=True):
    """The session `other` went into this one."""

    session: Session
    other: UUID


class TimeoutChanged(msgspec.Struct, frozen=True):
    """An open session has another timeout."""

    session: Session


class Recorded(msgspec.Struct, frozen=True):
    """The message at `place` of the bundle is one of this session."""

    session: Session
    place: int


class Imported(msgspec.Struct, frozen=True):
    """Messages of the past went into this session."""

    session: Session


Fact: TypeAlias = Started | Reopened | Ended | Merged | TimeoutChanged | Recorded | Imported
