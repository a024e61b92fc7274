"""The file of one message."""

from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.file import FileStatus, MessageFile, Stored, has_file, status_of
from ventros_messaging.store import files, messages


async def file_of_message(
    tx: Tx, tenant_id: UUID, project_id: UUID, message_id: UUID
) -> tuple[FileStatus, MessageFile | None]:
    """How far the file is, and what became of it; None of one that is on its way or not fetched.

    Raises:
        NotFound: `message_not_found`, also for one of another tenant or project;
            `message_without_file`.
    """
    found = await messages.find(tx, tenant_id, project_id, message_id)
    if found is None:
        raise NotFound("There is no message with this id.", code="message_not_found")
    if not has_file(found.message.content):
        raise NotFound("This message has no file.", code="message_without_file")
    known = await files.find(tx, tenant_id, message_id)
    return status_of(known, past=found.message.source == "history_import"), known


async def linked(tx: Tx, tenant_id: UUID, message_id: UUID) -> Stored:
    """The file that a link to a message's file leads to.

    Raises:
        NotFound: `file_not_found`.
    """
    found = await files.find(tx, tenant_id, message_id)
    if found is None or found.stored is None:
        raise NotFound("There is no such file.", code="file_not_found")
    return found.stored
