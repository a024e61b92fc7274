"""The audit log: who changed who may do what, when, from where, from what to what."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_core.ids import new_id

ActorKind = Literal["user", "api_key", "application", "system"]
TargetKind = Literal[
    "tenant",
    "project",
    "user",
    "project_member",
    "invitation",
    "sign_in",
    "second_factor",
    "api_key",
    "application",
    "signing_key",
]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request came from: its id, the client's address and software."""

    request_id: str | None = None
    address: str | None = None
    user_agent: str | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it; the system has no id."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor(kind="system")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry.

    `action` is `<target>.<past tense>`, as events are named. `before` and `after` hold what
    changed, as the API shows it, never a secret or a hash of one; None where there was nothing.
    """

    tenant_id: UUID
    id: UUID
    at: datetime
    actor: Actor
    action: str
    target_kind: TargetKind
    target_id: UUID | None = None
    project_id: UUID | None = None
    origin: Origin = Origin()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def entry_of(
    tenant_id: UUID,
    actor: Actor,
    origin: Origin,
    action: str,
    target_kind: TargetKind,
    target_id: UUID | None,
    *,
    project_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """An entry of what happens now; also for those who are not signed in yet, and for ourselves."""
    return Entry(
        tenant_id=tenant_id,
        id=new_id(),
        at=utc_now(),
        actor=actor,
        action=action,
        target_kind=target_kind,
        target_id=target_id,
        project_id=project_id,
        origin=origin,
        before=before,
        after=after,
    )
