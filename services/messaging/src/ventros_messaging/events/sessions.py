"""What sessions tells of sessions that went into others."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_bus import Consumer, Received
from platform_postgres import Tx
from proto_events.registry import DOMAIN_EXCHANGE
from proto_events.sessions import SessionMerged
from ventros_messaging.store import sessions


async def on_sessions_merged(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[SessionMerged]]
) -> None:
    """Show their messages with the session that they went into from now on."""
    told = [event.data for event in events]
    await sessions.learn(
        tx, tenant_id, {data.from_session_id: data.into_session_id for data in told}
    )


CONSUMER: Final = Consumer(
    name="messaging.sessions",
    types={"session.merged.v1": SessionMerged},
    handle=on_sessions_merged,
    exchange=DOMAIN_EXCHANGE,
)
