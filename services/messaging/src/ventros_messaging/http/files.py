"""Files of messages: what became of one, and its bytes for whoever holds a link."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, SkipValidation
from litestar.response import Stream

from platform_core.clock import utc_now
from platform_http import Caller, Reads
from platform_http.problems import MEDIA_TYPE, Problem
from platform_postgres import Database
from platform_storage import Link, Links, Storage
from platform_storage.keys import content_key
from proto_events.conversation import LossReason
from ventros_messaging.commands.look_at_picture import small_of_message
from ventros_messaging.domain.file import SHOWN, FileStatus, MessageFile, Stored
from ventros_messaging.http.ranges import Span, Unsatisfiable, names, span_of
from ventros_messaging.pictures.thumbnails import Shrinking
from ventros_messaging.queries import files as asked

LINK_LIFE: Final = timedelta(hours=1)
"""How long a link is good: as long as somebody looks at a conversation."""
MAX_BYTES: Final = 104_857_600
"""The largest file that WhatsApp takes."""
_OF_MESSAGE: Final = "message"
_SMALL: Final = "thumbnail"
# Whatever a file turns out to be, a browser runs nothing of it and guesses nothing about it.
_HARMLESS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


class Files:
    """What the routes of files need: who is asked, where the bytes are, and who signs links."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        links: Links,
        *,
        max_bytes: int = MAX_BYTES,
        public_url: str | None = None,
    ) -> None:
        """`max_bytes` is the largest file that is taken, `public_url` where the gateway is."""
        self.database = database
        self.storage = storage
        self.links = links
        self.max_bytes = max_bytes
        self.shrinking = Shrinking()
        self._public_url = public_url

    def outside(self, tenant_id: UUID, message_id: UUID, *, life: timedelta) -> str | None:
        """A link to a message's file for a provider; None where nobody outside reaches us."""
        if self._public_url is None:
            return None
        token = self.links.make(
            tenant_id, message_id, now=utc_now(), life=life, variant=_OF_MESSAGE
        )
        return f"{self._public_url.rstrip('/')}/v1/files/{token}"


class FileResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a message.

    `pending`: it is being fetched from the provider. `not_fetched`: the message is of the past, and
    an import fetches no files. `lost`: it cannot be had, and `loss` says why.
    `stored`: `link` gives it until `link_expires_at`, to whoever has the link; it is a path of this
    API. `mimetype` is what the file proves to be, whatever the provider says of it.

    `thumbnail_link` gives a picture as a WebP of at most 480 pixels, made when it is first read;
    from then on `width` and `height` are known, in pixels, upright. It is null for all that is no
    picture, and for one that cannot be shown.
    """

    message_id: UUID
    status: FileStatus
    loss: LossReason | None
    settled_at: datetime | None
    file_id: UUID | None
    sha256: str | None
    size_bytes: int | None
    mimetype: str | None
    filename: str | None
    link: str | None
    link_expires_at: datetime | None
    width: int | None
    height: int | None
    thumbnail_link: str | None


@get(
    "/v1/messages/{message_id:uuid}/file",
    operation_id="getMessageFile",
    summary="Read what became of the file of a message",
)
async def read_file(
    principal: Caller,
    reader: Reads,
    files: NamedDependency[SkipValidation[Files]],
    message_id: FromPath[UUID],
) -> FileResponse:
    """The file beside a message, also beside one of a group, and a link to it."""
    async with reader(principal) as tx:
        status, known = await asked.file_of_message(
            tx, principal.tenant_id, principal.project_id, message_id
        )
    return _response(files.links, principal.tenant_id, message_id, status, known)


@get(
    "/v1/files/{link:str}",
    operation_id="downloadFile",
    summary="Read a file by its link",
    media_type="application/octet-stream",
    responses={
        206: ResponseSpec(
            None, description="The bytes that `Range` names.", generate_examples=False
        ),
        304: ResponseSpec(
            None, description="It is the one that you have.", generate_examples=False
        ),
        416: ResponseSpec(
            Problem,
            description="No byte of the file is in the range.",
            media_type=MEDIA_TYPE,
            generate_examples=False,
        ),
    },
)
async def download(
    files: NamedDependency[SkipValidation[Files]],
    link: FromPath[str],
    wanted: Annotated[
        str | None, HeaderParameter(name="Range", description="One range: `bytes=0-1023`.")
    ] = None,
    if_range: Annotated[
        str | None, HeaderParameter(name="If-Range", description="The entity tag of the range.")
    ] = None,
    if_none_match: Annotated[
        str | None, HeaderParameter(name="If-None-Match", description="Entity tags that you have.")
    ] = None,
) -> Response[bytes] | Stream:
    """The bytes of a file. The link says it all: no token is needed, and none is looked at."""
    now = utc_now()
    given = files.links.read(link, now=now)
    stored = await _given(files, given)
    tag = f'"{stored.sha256}"'
    headers = {
        **_HARMLESS,
        "content-type": stored.mimetype,
        "accept-ranges": "bytes",
        "etag": tag,
        "cache-control": f"private, max-age={max(0, given.expires - int(now.timestamp()))}",
        "content-disposition": _disposition(stored),
    }
    if names(if_none_match, tag):
        return Response(b"", status_code=304, headers=headers)
    try:
        span = span_of(wanted if if_range in {None, tag} else None, stored.size_bytes)
    except Unsatisfiable as error:
        raise HTTPException(
            status_code=416, headers={"content-range": f"bytes */{stored.size_bytes}"}
        ) from error
    whole = Span(0, stored.size_bytes)
    if span is not None:
        headers["content-range"] = f"bytes {span.start}-{span.end - 1}/{stored.size_bytes}"
    status, span = (200, whole) if span is None else (206, span)
    headers["content-length"] = str(span.end - span.start)
    key = content_key(given.tenant_id, stored.sha256)
    pieces = files.storage.read(key, start=span.start, end=span.end)
    # The first one comes before the answer begins, so that a store that is away is a problem.
    first = await anext(pieces)
    return Stream(_all(first, pieces), status_code=status, headers=headers)


FILES: Final[tuple[HTTPRouteHandler, ...]] = (read_file, download)


def _response(
    links: Links,
    tenant_id: UUID,
    message_id: UUID,
    status: FileStatus,
    known: MessageFile | None,
) -> FileResponse:
    stored = None if known is None else known.stored
    now = utc_now()

    def link_to(variant: str) -> str:
        token = links.make(tenant_id, message_id, now=now, life=LINK_LIFE, variant=variant)
        return f"/v1/files/{token}"

    link = None if stored is None else link_to(_OF_MESSAGE)
    return FileResponse(
        message_id=message_id,
        status=status,
        loss=None if known is None else known.loss,
        settled_at=None if known is None else known.settled_at,
        file_id=None if stored is None else stored.file_id,
        sha256=None if stored is None else stored.sha256,
        size_bytes=None if stored is None else stored.size_bytes,
        mimetype=None if stored is None else stored.mimetype,
        filename=None if stored is None else stored.filename,
        link=link,
        link_expires_at=None if link is None else now + LINK_LIFE,
        width=None if stored is None else stored.width,
        height=None if stored is None else stored.height,
        thumbnail_link=link_to(_SMALL) if stored is not None and stored.can_be_small else None,
    )


async def _given(files: Files, given: Link) -> Stored:
    """What a link leads to."""
    if given.variant == _SMALL:
        return await small_of_message(
            files.database, files.storage, files.shrinking, given.tenant_id, given.file_id
        )
    async with files.database.tenant(given.tenant_id) as tx:
        return await asked.linked(tx, given.tenant_id, given.file_id)


def _disposition(stored: Stored) -> str:
    """RFC 6266, with the name as RFC 8187 writes it."""
    how = "inline" if stored.mimetype in SHOWN else "attachment"
    if not stored.filename:
        return how
    return f"{how}; filename*=UTF-8''{quote(stored.filename, safe='')}"


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
