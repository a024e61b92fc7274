"""Access that is taken back: kept for gateways that start later, and told to those that run."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from platform_auth.access import LIFETIME_SECONDS
from platform_auth.jwt import LEEWAY_SECONDS
from platform_bus import Outgoing, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.identity import AccessRevoked
from ventros_identity.domain.sign_in import DeniedThing, Revocation, RevokedThing
from ventros_identity.store import revocations

_MATTERS: Final = timedelta(seconds=LIFETIME_SECONDS + 2 * LEEWAY_SECONDS)
"""The life of an access token, as long as a gateway's clock may make of it."""


async def revoke(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    what: RevokedThing,
    ids: Sequence[UUID],
    *,
    user_id: UUID | None = None,
) -> None:
    """Let every gateway refuse the tokens of these, in the transaction that takes them back.

    `project_id` is the one that the caller acts in, `user_id` whose access it was.
    """
    await revoke_all(tx, tenant_id, project_id, what, dict.fromkeys(ids, user_id))


async def revoke_all(
    tx: Tx, tenant_id: UUID, project_id: UUID, what: RevokedThing, whose: Mapping[UUID, UUID | None]
) -> None:
    """The same for things of several people: whose each one was."""
    if not whose:
        return
    gone = await _keep(tx, tenant_id, what, sorted(whose))
    await emit(tx, [_told(what, one, project_id, whose[one.id]) for one in gone])


async def deny_project(tx: Tx, tenant_id: UUID, project_id: UUID) -> None:
    """Let every gateway refuse the tokens for a project, in the transaction that closes it.

    Those that run hear of it by the event that says so of the project.
    """
    await _keep(tx, tenant_id, "project", [project_id])


async def _keep(
    tx: Tx, tenant_id: UUID, what: DeniedThing, ids: Sequence[UUID]
) -> list[Revocation]:
    now = utc_now()
    gone = [
        Revocation(
            tenant_id=tenant_id, what=what, id=one, revoked_at=now, matters_until=now + _MATTERS
        )
        for one in ids
    ]
    await revocations.add(tx, tenant_id, gone)
    return gone


def _told(
    what: RevokedThing, revocation: Revocation, project_id: UUID, user_id: UUID | None
) -> Outgoing:
    return Outgoing(
        event=AccessRevoked(
            what=what,
            id=revocation.id,
            user_id=user_id,
            revoked_at=revocation.revoked_at,
            matters_until=revocation.matters_until,
        ),
        tenant_id=revocation.tenant_id,
        project_id=project_id,
        subject=revocation.id,
        sequence=1,
        partition_key=str(user_id or revocation.id),
    )
