"""Take a file that is to be sent: its bytes are in the store, now the project has it."""

from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_postgres import Tx
from ventros_messaging.domain.upload import Upload, taken_for
from ventros_messaging.store import files, uploads


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """A content that is in the store: what its bytes prove it to be, and what is said of it."""

    tenant_id: UUID
    project_id: UUID
    uploaded_by: UUID
    sha256: str
    size_bytes: int
    proven: str
    said: str | None
    filename: str | None


async def bring_file(tx: Tx, brought: Brought) -> Upload:
    """The project has it from now on; the same content is the same file."""
    file_id = await files.content(
        tx,
        brought.tenant_id,
        sha256=brought.sha256,
        size_bytes=brought.size_bytes,
        mimetype=brought.proven,
    )
    upload = Upload(
        file_id=file_id,
        sha256=brought.sha256,
        size_bytes=brought.size_bytes,
        mimetype=taken_for(brought.proven, brought.said),
        filename=brought.filename,
        uploaded_at=utc_now(),
    )
    return await uploads.add(
        tx, brought.tenant_id, brought.project_id, upload, uploaded_by=brought.uploaded_by
    )
