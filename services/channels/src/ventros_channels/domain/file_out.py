"""A file that goes out with a message, as an adapter sees it."""

from collections.abc import AsyncIterator
from typing import Protocol


class FileOut(Protocol):
    """A file of ours. What reads it raises `NotSent`: `media` when it is gone, and `again` when the
    store is away."""

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        ...

    @property
    def mimetype(self) -> str:
        """What it is."""
        ...

    @property
    def filename(self) -> str | None:
        """What whoever gets it sees it called."""
        ...

    @property
    def url(self) -> str | None:
        """A link to it for the provider; None where nobody outside reaches us."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes, piece by piece."""
        ...
