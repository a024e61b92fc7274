"""Files that a provider keeps for us, in words that no provider owns."""

from datetime import timedelta
from typing import Final, Protocol

from proto_events.conversation import ContentType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.file_out import FileOut

UPLOADS_KEPT: Final = timedelta(days=30)
"""How long their ids are remembered here: no provider keeps a file for longer."""


class Uploads(Protocol):
    """A provider that keeps a file for a while and sends it by an id, to as many as we like."""

    @property
    def kept_for(self) -> timedelta:
        """How long an id may be used."""
        ...

    def kept_as(self, content: ContentType, mimetype: str) -> str | None:
        """The MIME type that it keeps a file of such a content under; None: it keeps none such."""
        ...

    async def upload(self, at: Connection, file: FileOut, mimetype: str) -> str:
        """Hand over a file, and get its id. It may be done twice: the second is another id.

        Raises:
            NotSent: also what reading the file raises.
        """
        ...
