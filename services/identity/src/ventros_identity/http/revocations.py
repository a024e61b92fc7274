"""`/internal/revocations`: what a gateway has to refuse, for when it starts or was cut off.

On identity's own port, which no caller reaches: the gateway does not forward it.
"""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from platform_http import Page
from platform_http.paging import CursorParameter, page_request
from platform_postgres import Database
from ventros_identity.domain.sign_in import DeniedThing, Revocation
from ventros_identity.store import revocations

_LIST: Final = "revocations"
_FIRST: Final = ("sign_in", "user", "api_key", "application")
"""What a gateway knows that does not say what it knows."""


class RevocationResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens made before `revoked_at` are to be refused until `matters_until`."""

    what: DeniedThing
    id: UUID
    revoked_at: datetime
    matters_until: datetime


def revocations_handler(db: Database) -> HTTPRouteHandler:
    """The handler; there is no caller, so it reads as the system."""

    @get("/internal/revocations", include_in_schema=False, operation_id="list_revocations")
    async def list_revocations(
        limit: Annotated[int, QueryParameter()] = 200,
        cursor: CursorParameter = None,
        what: Annotated[list[str] | None, QueryParameter()] = None,
    ) -> Page[RevocationResponse]:
        page = page_request(limit, cursor)
        kinds = sorted(what or _FIRST)
        question = f"{_LIST} {kinds}"
        after = page.after(question, tuple[datetime, UUID])
        async with db.system() as tx:
            found = await revocations.page(tx, what=kinds, after=after, limit=page.fetch)
        return page.cut(question, found, lambda one: (one.matters_until, one.id), _shown)

    return list_revocations


def _shown(one: Revocation) -> RevocationResponse:
    return RevocationResponse(
        what=one.what, id=one.id, revoked_at=one.revoked_at, matters_until=one.matters_until
    )
