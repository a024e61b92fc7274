"""The file of a message as a timeline shows it."""

from uuid import UUID

import msgspec

from proto_events.conversation import LossReason
from ventros_messaging.domain.file import FileStatus, has_file, status_of
from ventros_messaging.domain.message import StoredMessage


class FileSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message's file; links to it are given by the message's `file`.

    `not_fetched`: an import of the past does not fetch it. `has_thumbnail`: it is a picture that
    can be shown small. Its size in pixels is known once somebody looked at it.
    """

    status: FileStatus
    loss: LossReason | None
    file_id: UUID | None
    size_bytes: int | None
    mimetype: str | None
    filename: str | None
    width: int | None
    height: int | None
    has_thumbnail: bool


def file_summary(stored: StoredMessage) -> FileSummary | None:
    """None for a message without one."""
    if not has_file(stored.message.content):
        return None
    known = stored.file
    file = None if known is None else known.stored
    return FileSummary(
        status=status_of(known, past=stored.message.source == "history_import"),
        loss=None if known is None else known.loss,
        file_id=None if file is None else file.file_id,
        size_bytes=None if file is None else file.size_bytes,
        mimetype=None if file is None else file.mimetype,
        filename=None if file is None else file.filename,
        width=None if file is None else file.width,
        height=None if file is None else file.height,
        has_thumbnail=file is not None and file.can_be_small,
    )
