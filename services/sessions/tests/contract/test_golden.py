"""What sessions says, kept: every event that it can say, as its use cases say it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from platform_bus import Bell
from platform_core.ids import new_id
from platform_testkit.golden import Golden
from proto_events import envelope as frame
from proto_events.contacts import AliasLink
from proto_events.identity import ProjectUpdated
from ventros_sessions.workflows.activities import SessionActivities
from ventros_sessions.workflows.contract import Timer

from ..integration.test_past import of_the_past


async def test_the_events_of_sessions_are_as_kept(
    service: Any, api: Any, facts: Any, make_facts: Any, long_ago: Any, golden: Golden
) -> None:
    """A session that ends by itself; two of one person that become one; one that comes back, and
    is closed by hand."""
    ana, lid = facts.contact_id, new_id()
    long = long_ago(hours=3)
    await service.record(
        facts.message(received_at=long),
        facts.message(received_at=long + timedelta(seconds=90), from_me=True),
    )
    now = long_ago(seconds=1)
    await service.record(facts.message(received_at=now))
    await service.record(facts.message(node=lid, received_at=now))
    await service.people(facts.merged(lid, ana))
    link = AliasLink(node_id=lid, root_id=ana, version=1)
    await service.record(facts.message(node=lid, root=ana, aliases=[link], received_at=now))
    await service.settings(_shorter(facts))

    rui = make_facts(facts.tenant)
    late = long_ago(minutes=31)
    await service.record(rui.message(received_at=late))
    session_id = await _session_of(service, rui)
    activities = SessionActivities(service.database, Bell())
    await activities.end_if_idle(Timer(tenant_id=rui.tenant.tenant_id, session_id=session_id))
    await service.record(rui.message(received_at=late))
    answer = await api.post(f"/v1/sessions/{session_id}/close", {"reason": "manual_close"})
    assert answer.is_success, answer.text
    await service.record(of_the_past(rui.message(occurred_at=long_ago(days=2))))
    said = await service.said(facts.tenant)
    golden.check("sessions", [frame.encode(envelope) for envelope, _ in said])


def _shorter(facts: Any) -> Any:
    tenant = facts.tenant
    fact = ProjectUpdated(
        project_id=tenant.project_id,
        customer_id=tenant.tenant_id,
        name="Loja",
        time_zone="America/Sao_Paulo",
        active=True,
        session_timeout_minutes=29,
    )
    return facts.received(fact, tenant.project_id)


async def _session_of(service: Any, facts: Any) -> UUID:
    rows = await service.rows(facts.tenant)
    (row,) = [row for row in rows if row["contact_id"] == facts.contact_id]
    session_id: UUID = row["id"]
    return session_id
