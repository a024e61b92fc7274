"""`POST /v1/files`: a file that is to be sent, taken as it comes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.params import QueryParameter, SkipValidation

from platform_http import Caller, RequestError, Writes
from platform_http.problems import MEDIA_TYPE, Problem
from platform_storage import FileTooLarge
from platform_storage.kinds import OCTETS, kind_of
from ventros_messaging.commands.bring_file import Brought, bring_file
from ventros_messaging.domain.upload import FileEmpty
from ventros_messaging.http.files import Files

Filename = Annotated[
    str | None,
    QueryParameter(
        description="What whoever is sent the file sees it called; a name without a path.",
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00-\x1f\x7f/\\]+(?![\s\S])",
    ),
]


@dataclass
class BringFile(Operation):
    """What the document says of the body: the handler reads it as it comes."""

    def __post_init__(self) -> None:
        """Add it."""
        self.request_body = RequestBody(
            description="The bytes of the file, as they are. Any `Content-Type` is taken.",
            required=True,
            content={
                OCTETS: OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
                )
            },
        )


class UploadResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A file that can be sent.

    The same content has the same `id` in all of a company. `mimetype` is what the first bytes
    prove; where they prove nothing, the `Content-Type` that came with it, if that is of words or
    of an application.
    """

    id: UUID
    sha256: str
    size_bytes: int
    mimetype: str
    filename: str | None
    uploaded_at: datetime


@post(
    "/v1/files",
    operation_id="uploadFile",
    operation_class=BringFile,
    summary="Bring a file that is to be sent",
    status_code=201,
    idempotency="required",
    # As large as the setting says: it is counted as it comes, and kept nowhere whole.
    request_max_body_size=None,
    responses={
        413: ResponseSpec(
            Problem,
            description="The file is larger than is taken here.",
            media_type=MEDIA_TYPE,
            generate_examples=False,
        ),
        422: ResponseSpec(
            Problem,
            description="The file is empty, or the scanner found something in it.",
            media_type=MEDIA_TYPE,
            generate_examples=False,
        ),
    },
)
async def upload(
    request: Request[Any, Any, Any],
    principal: Caller,
    writer: Writes,
    files: NamedDependency[SkipValidation[Files]],
    filename: Filename = None,
) -> UploadResponse:
    """Bring a file: the body is the file itself. Its `id` goes into messages as `file_id`, as often
    as is wanted."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > files.max_bytes:
        raise FileTooLarge(f"A file has {files.max_bytes} bytes at most here.")
    kept = await files.storage.put(principal.tenant_id, _body(request), limit=files.max_bytes)
    if not kept.size:
        raise FileEmpty("The file has no bytes.")
    brought = Brought(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        uploaded_by=principal.subject,
        sha256=kept.sha256,
        size_bytes=kept.size,
        proven=kind_of(kept.head),
        said=request.headers.get("content-type"),
        filename=filename,
    )
    async with writer(principal) as tx:
        done = await bring_file(tx, brought)
    return UploadResponse(
        id=done.file_id,
        sha256=done.sha256,
        size_bytes=done.size_bytes,
        mimetype=done.mimetype,
        filename=done.filename,
        uploaded_at=done.uploaded_at,
    )


UPLOADS: Final[tuple[HTTPRouteHandler, ...]] = (upload,)


async def _body(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """The body as it comes; who hangs up in between has brought nothing."""
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except InternalServerException as error:
        raise RequestError(400, "body_incomplete", "The body ended before its time.") from error
