"""A message that is asked for gets a file that is here."""

from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.commands.send_message import SendMessage
from ventros_messaging.domain.content import Content, Media, type_of
from ventros_messaging.domain.outgoing import OutgoingMessage
from ventros_messaging.domain.upload import FileUnknown, Upload, check_file, taken_for
from ventros_messaging.store import file_limits, files, uploads


async def with_file(tx: Tx, command: SendMessage, file_id: UUID) -> tuple[SendMessage, Upload]:
    """The command with all that is known of its file, and the file as it is to be sent.

    Raises:
        FileUnknown: also for one of another project.
    """
    found = await uploads.sendable(tx, command.tenant_id, command.project_id, file_id)
    if found is None:
        raise FileUnknown("There is no such file in this project.")
    said = _media(command.content)
    file = msgspec.structs.replace(
        found,
        mimetype=taken_for(found.mimetype, said.mimetype),
        filename=said.filename or found.filename,
    )
    media = Media(
        status="available",
        mimetype=file.mimetype,
        filename=file.filename,
        size_bytes=file.size_bytes,
    )
    content = msgspec.structs.replace(command.content, media=media)
    return msgspec.structs.replace(command, content=content), file


async def attach(tx: Tx, tenant_id: UUID, message: OutgoingMessage, file: Upload) -> None:
    """The message has the file from now on, as it will when it is sent.

    Raises:
        FileTypeUnsupported, FileTooLargeToSend
    """
    if message.content is None:
        raise ValueError("what is queued has a content")
    limits = await file_limits.of_channel(tx, tenant_id, message.channel_id)
    check_file(type_of(message.content), file, limits)
    await files.settle(
        tx,
        tenant_id,
        message.project_id,
        message.id,
        file_id=file.file_id,
        filename=file.filename,
        at=message.requested_at,
    )


def _media(content: Content) -> Media:
    media: Media | None = getattr(content, "media", None)
    if media is None:
        raise ValueError("only a content with a file gets one")
    return media
