"""A file that goes out, read from the store."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from platform_storage import FileMissing, Storage, StorageAway
from platform_storage.keys import content_key
from proto_events.sending import Outbound, OutboundFile
from ventros_channels.domain.adapter import NotSent


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes with no message, as the store has it."""

    sha256: str
    size_bytes: int
    mimetype: str
    filename: str | None = None
    url: str | None = None


class StoredFile:
    """A file of a tenant; nothing of it is kept in memory."""

    def __init__(self, storage: Storage, tenant_id: UUID, file: OutboundFile | Described) -> None:
        self._storage = storage
        self._key = content_key(tenant_id, file.sha256)
        self._file = file

    @property
    def sha256(self) -> str:
        """Of its bytes, in lower-case hexadecimal."""
        return self._file.sha256

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return self._file.size_bytes

    @property
    def mimetype(self) -> str:
        """What it is."""
        return self._file.mimetype

    @property
    def filename(self) -> str | None:
        """What whoever gets it sees it called."""
        return self._file.filename

    @property
    def url(self) -> str | None:
        """A link to it for the provider."""
        return self._file.url

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes. Raises `NotSent`."""
        try:
            async for chunk in self._storage.read(self._key):
                yield chunk
        except FileMissing as error:
            raise NotSent("media", "The file is not there any more.") from error
        except StorageAway as error:
            raise NotSent("unavailable", "The file store is away.", again=True) from error


def with_file(outbound: Outbound, kept: str | None = None) -> Outbound:
    """What is sent: the link to our file is the address of its file, and `kept` the file's id at
    its provider, where it was uploaded.

    Only while it is sent: what is told of the message afterwards has nothing that ends.
    """
    file, content = outbound.file, outbound.content
    if file is None or (file.url is None and kept is None):
        return outbound
    template = outbound.template
    if template is not None and template.header is not None and template.header.media is not None:
        given = msgspec.structs.replace(template.header.media, url=file.url, file_id=kept)
        header = msgspec.structs.replace(template.header, media=given)
        template = msgspec.structs.replace(template, header=header)
        return msgspec.structs.replace(outbound, template=template)
    if content is None or content.media is None:
        return outbound
    media = msgspec.structs.replace(content.media, url=file.url, file_id=kept)
    return msgspec.structs.replace(outbound, content=msgspec.structs.replace(content, media=media))
