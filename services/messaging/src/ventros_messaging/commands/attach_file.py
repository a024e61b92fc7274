"""A message that is asked for gets a file that is here."""

from uuid import UUID

import msgspec

from platform_postgres import Tx
from proto_events.sending import Template
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
    if command.template is not None:
        header = command.template.header
        name = None if header is None else header.filename
        return command, msgspec.structs.replace(found, filename=name or found.filename)
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


async def attach(
    tx: Tx, tenant_id: UUID, message: OutgoingMessage, file: Upload, template: Template | None
) -> None:
    """The message, or the header of its template, has the file from now on, as it will when it is
    sent.

    Raises:
        FileTypeUnsupported, FileTooLargeToSend
    """
    if message.content is None:
        raise ValueError("what is queued has a content")
    limits = await file_limits.of_channel(tx, tenant_id, message.channel_id)
    check_file(_kind(message.content, template), file, limits)
    await files.settle(
        tx,
        tenant_id,
        message.project_id,
        message.id,
        file_id=file.file_id,
        filename=file.filename,
        at=message.requested_at,
    )


def _kind(content: Content, template: Template | None) -> str:
    """As what the file is sent; a header's format is the provider's word for the same."""
    header = None if template is None else template.header
    if header is None or header.format is None:
        return type_of(content)
    return header.format.lower()


def _media(content: Content) -> Media:
    media: Media | None = getattr(content, "media", None)
    if media is None:
        raise ValueError("only a content with a file gets one")
    return media
