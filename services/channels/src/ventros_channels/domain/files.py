"""Files of messages: what is asked of a provider, and when to ask again."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final, Protocol

import msgspec

from proto_events.conversation import LossReason
from ventros_channels.domain.connection import Connection

ATTEMPTS: Final = 12
"""Attempts at a file before it counts as lost: the waits between them are about a day."""
_GONE_ATTEMPTS: Final = 3
KEY_AWAITED: Final = timedelta(days=30)
"""How long files wait for a key that is not refused; no provider keeps them for longer."""
UNJUDGED_ATTEMPTS: Final = 20
"""How often a scanner may fail over a file that it took whole: the waits are about half a day."""
_UNJUDGED_FIRST: Final = timedelta(seconds=15)
_UNJUDGED_LONGEST: Final = timedelta(hours=1)
_FIRST: Final = timedelta(seconds=5)
_LONGEST: Final = timedelta(hours=4)


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The file of one message, by all that the provider said of it."""

    provider_message_id: str
    chat: str
    url: str | None = None
    file_id: str | None = None
    mimetype: str | None = None
    filename: str | None = None
    size_bytes: int | None = None
    view_once: bool = False


class NoFile(Exception):
    """The provider did not give the file. `again`: it may do so later. `key_invalid`: not with the
    channel's key, whatever it is asked for."""

    def __init__(
        self,
        reason: LossReason,
        *,
        code: str | None = None,
        again: bool = False,
        key_invalid: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason: LossReason = reason
        self.code = code
        self.again = again
        self.key_invalid = key_invalid


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way here: `size_bytes` is how many there must be, where the provider says."""

    chunks: AsyncIterator[bytes]
    size_bytes: int | None = None
    mimetype: str | None = None
    filename: str | None = None


class FileSource(Protocol):
    """A provider that files are fetched from."""

    def fetch(self, at: Connection, wanted: Wanted) -> AbstractAsyncContextManager[Coming]:
        """The file, as it comes.

        Raises:
            NoFile: also while it comes.
        """
        ...


def wait_after(attempts: int, error: NoFile) -> timedelta | None:
    """How long to wait after so many attempts; None: the file is lost.

    A provider that says "gone" may be about to have it: it downloads files itself, in the
    background. So that is asked some times, and not for a day.
    """
    most = _GONE_ATTEMPTS if error.reason == "gone" else ATTEMPTS
    if not error.again or attempts >= most:
        return None
    return min(timedelta(seconds=_FIRST.total_seconds() * 3 ** (attempts - 1)), _LONGEST)


def wait_for_judgement(failures: int) -> timedelta | None:
    """How long to wait after the scanner failed so often over one file; None: it never judges it,
    and what nobody judged is not let in."""
    if failures >= UNJUDGED_ATTEMPTS:
        return None
    return min(_UNJUDGED_FIRST * (1 << (failures - 1)), _UNJUDGED_LONGEST)
