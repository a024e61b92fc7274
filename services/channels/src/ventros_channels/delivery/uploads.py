"""Files that a provider keeps: uploaded before the message is claimed, once for a channel.

A process that ends between an upload and the message costs an upload, never a message.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Database, Tx
from proto_events import envelope as frame
from proto_events.sending import Outbound
from ventros_channels.delivery.stored_file import StoredFile
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.delivery import Delivery
from ventros_channels.domain.uploads import Uploads
from ventros_channels.store import media_uploads, requests
from ventros_channels.store.media_uploads import Kept
from ventros_channels.store.senders import Turn


class _Request(msgspec.Struct, frozen=True):
    """As much of a request as is read here."""

    outbound: Outbound


async def uploaded(
    database: Database,
    turn: Turn,
    uploads: Uploads | None,
    at: Connection,
    delivery: Delivery,
    file: StoredFile | None,
) -> str | None:
    """The id that the provider has the message's file under; None where it goes another way.

    Raises:
        NotSent
    """
    content = delivery.outbound.content
    if uploads is None or file is None or content is None:
        return None
    mimetype = uploads.kept_as(content.type, file.mimetype)
    if mimetype is None:
        if file.url is None:
            raise NotSent("media", "The provider takes no such file without a link to it.")
        return None
    of = Kept(channel_id=turn.channel_id, sha256=file.sha256, mimetype=mimetype)
    async with database.tenant(turn.tenant_id) as tx:
        known = await media_uploads.find(tx, of, uploads.kept_for)
    if known is not None:
        return known
    media_id = await uploads.upload(at, file, mimetype)
    async with database.tenant(turn.tenant_id) as tx:
        await media_uploads.put(tx, turn.tenant_id, of, media_id)
    return media_id


async def hear_refused(tx: Tx, refused: Sequence[tuple[UUID, UUID]]) -> None:
    """Forget the files of messages that were taken, and refused for their file afterwards: pairs of
    a message and its channel."""
    asked = await requests.of_messages(tx, [message_id for message_id, _ in refused])
    for key in refused:
        request = asked.get(key)
        if request is None:
            continue
        file = msgspec.json.decode(frame.decode(request).data, type=_Request).outbound.file
        if file is not None:
            await media_uploads.remove(tx, key[1], file.sha256)


async def forget(database: Database, turn: Turn, delivery: Delivery) -> None:
    """The provider refused the message's file: it is uploaded anew for the next."""
    file = delivery.outbound.file
    if file is not None:
        async with database.tenant(turn.tenant_id) as tx:
            await media_uploads.remove(tx, turn.channel_id, file.sha256)
