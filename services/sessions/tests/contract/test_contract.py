"""What sessions promises: events that validate against their Structs."""

from typing import Any

import msgspec

from platform_bus import Bell
from platform_core.ids import new_id
from proto_events.channels import ChannelUpdated
from proto_events.registry import info_of
from ventros_sessions.workflows.activities import SessionActivities
from ventros_sessions.workflows.contract import Timer

SAID = {
    "session.ended.v1",
    "session.merged.v1",
    "session.message_recorded.v1",
    "session.reopened.v1",
    "session.started.v1",
    "session.timeout_changed.v1",
}


async def test_every_event_of_sessions_is_said_as_it_is_registered(
    service: Any, facts: Any, make_facts: Any, long_ago: Any
) -> None:
    """One story that has them all; each reads back as its Struct, on its exchange."""
    ana, lid = facts.contact_id, new_id()
    await service.record(facts.message(received_at=long_ago(hours=2)))
    await service.record(facts.message(node=ana), facts.message(node=lid))
    await service.people(facts.merged(lid, ana))
    await service.settings(_timeout(facts, 10.0))
    other = make_facts(facts.tenant)
    late = other.message(received_at=long_ago(minutes=31))
    await service.record(late)
    (row,) = [r for r in await service.rows(facts.tenant) if r["contact_id"] == other.contact_id]
    await _expire(service, facts, row["id"])
    await service.record(other.message(received_at=late.data.message.received_at))
    said = await service.said(facts.tenant)
    assert {envelope.type for envelope, _ in said} == SAID
    for envelope, data in said:
        info = info_of(type(data))
        assert (info.type, info.producer) == (envelope.type, "sessions")
        assert envelope.source == "ventros/sessions"
        assert envelope.tenant_id == facts.tenant.tenant_id
        assert envelope.project_id == facts.tenant.project_id
        assert bytes(envelope.data) == msgspec.json.encode(data)


def _timeout(facts: Any, minutes: float) -> Any:
    fact = ChannelUpdated(
        channel_id=facts.channel_id,
        name="Sales",
        type="waha",
        status="active",
        external_id="default",
        default_session_timeout_minutes=minutes,
        updated_at="2026-03-01T12:00:00Z",  # type: ignore[arg-type]
    )
    return facts.received(fact, facts.channel_id)


async def _expire(service: Any, facts: Any, session_id: Any) -> None:
    activities = SessionActivities(service.database, Bell())
    await activities.end_if_idle(Timer(tenant_id=facts.tenant.tenant_id, session_id=session_id))
