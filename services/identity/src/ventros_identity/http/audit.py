"""`/v1/audit-log`: read, filter and export it; and where a request came from."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation
from litestar.response import Stream
from litestar.types import Scope

from platform_auth import Principal
from platform_core.types import AwareDatetime
from platform_http import Caller, Page, Paged, Reads
from platform_http.request_id import request_id_of
from ventros_identity.domain.audit import (
    Actor,
    ActorKind,
    Entry,
    Origin,
    TargetKind,
    entry_of,
)
from ventros_identity.store import audit
from ventros_identity.store.audit import Narrowing

Comes = NamedDependency[SkipValidation[Origin]]
"""The type of a handler's `origin` parameter."""

EXPORT_PAGE = 500

ActorId = Annotated[UUID | None, QueryParameter(description="What this user or program did.")]
TargetId = Annotated[UUID | None, QueryParameter(description="What was done to this.")]
Action = Annotated[
    str | None, QueryParameter(description="Such as `user.disabled`.", max_length=100)
]
Since = Annotated[AwareDatetime | None, QueryParameter(description="At this time or later.")]
Until = Annotated[AwareDatetime | None, QueryParameter(description="Before this time.")]


class AuditEntryResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `before` and `after` hold the fields that changed."""

    id: UUID
    at: datetime
    actor_kind: ActorKind
    actor_id: UUID | None
    action: str
    target_kind: TargetKind
    target_id: UUID | None
    project_id: UUID | None
    request_id: str | None
    address: str | None
    user_agent: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def origin_of(scope: Scope) -> Origin:
    """Where a request came from, by the headers that the gateway sets."""
    headers = dict(scope["headers"])
    address = headers.get(b"x-forwarded-for")
    agent = headers.get(b"user-agent")
    return Origin(
        request_id=request_id_of(scope),
        address=None if address is None else address.decode("latin-1"),
        user_agent=None if agent is None else agent.decode("latin-1"),
    )


def entry(
    principal: Principal,
    origin: Origin,
    action: str,
    target_kind: TargetKind,
    target_id: UUID | None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """An entry of what a signed-in caller does now."""
    return entry_of(
        principal.tenant_id,
        Actor(kind=principal.kind, id=principal.subject),
        origin,
        action,
        target_kind,
        target_id,
        project_id=principal.project_id,
        before=before,
        after=after,
    )


@get(
    "/v1/audit-log",
    operation_id="list_audit_entries",
    summary="Read the audit log",
    tags=["audit log"],
)
async def list_audit_entries(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    actor_id: ActorId = None,
    target_id: TargetId = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
) -> Page[AuditEntryResponse]:
    """What changed in the tenant's access, newest first."""
    narrowing = Narrowing(
        actor_id=actor_id, target_id=target_id, action=action, since=since, until=until
    )
    question = f"audit {narrowing}"
    before = page.after(question, UUID)
    async with reader(principal) as tx:
        found = await audit.page(
            tx, principal.tenant_id, narrowing, before=before, limit=page.fetch
        )
    return page.cut(question, found, lambda row: row.id, audit_entry_response)


@get(
    "/v1/audit-log/export",
    operation_id="export_audit_log",
    summary="Export the audit log",
    tags=["audit log"],
    media_type="application/x-ndjson",
)
async def export_audit_log(
    *,
    principal: Caller,
    reader: Reads,
    actor_id: ActorId = None,
    target_id: TargetId = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
) -> Stream:
    """All entries that are asked for, newest first, one JSON object a line.

    It is read page by page, a transaction each, so that a long log holds nothing open; what is
    added meanwhile is newer than where it began.
    """
    narrowing = Narrowing(
        actor_id=actor_id, target_id=target_id, action=action, since=since, until=until
    )

    async def lines() -> AsyncIterator[bytes]:
        before: UUID | None = None
        while True:
            async with reader(principal) as tx:
                found = await audit.page(
                    tx, principal.tenant_id, narrowing, before=before, limit=EXPORT_PAGE
                )
            if found:
                yield msgspec.json.Encoder().encode_lines(
                    [audit_entry_response(row) for row in found]
                )
            if len(found) < EXPORT_PAGE:
                return
            before = found[-1].id

    return Stream(lines(), media_type="application/x-ndjson")


def audit_entry_response(row: Entry) -> AuditEntryResponse:
    """The answer that shows an entry."""
    return AuditEntryResponse(
        id=row.id,
        at=row.at,
        actor_kind=row.actor.kind,
        actor_id=row.actor.id,
        action=row.action,
        target_kind=row.target_kind,
        target_id=row.target_id,
        project_id=row.project_id,
        request_id=row.origin.request_id,
        address=row.origin.address,
        user_agent=row.origin.user_agent,
        before=row.before,
        after=row.after,
    )
