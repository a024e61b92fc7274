"""All projects once more, over the real database and broker."""

from uuid import UUID

import msgspec

from platform_bus import BusSettings
from platform_bus.snapshot import send_snapshot
from platform_bus.testing import received
from platform_postgres import Database
from platform_testkit.golden import Golden
from proto_events import envelope as frame
from proto_events.identity import ProjectSnapshot
from ventros_identity.events.snapshot import SOURCES

from ..conftest import Tenant


async def snapshot(db: Database, amqp_vhost: str, tenant: UUID | None = None) -> list[bytes]:
    settings = BusSettings(amqp_url=amqp_vhost)
    return await received(
        settings, lambda queue: send_snapshot(db, settings, SOURCES[0], queue, tenant_id=tenant)
    )


async def test_a_snapshot_says_each_project_as_it_is(
    ana: Tenant, rui: Tenant, db: Database, amqp_vhost: str, golden: Golden
) -> None:
    made = (await ana.call("POST", "/v1/projects", json={"name": "Nova"})).json()
    path = f"/v1/projects/{made['id']}"
    change = {"name": "Velha", "session_timeout_minutes": 5}
    assert (await ana.call("PATCH", path, json=change)).status_code == 200
    gone = (await ana.call("POST", "/v1/projects", json={"name": "Fechada"})).json()
    assert (await ana.call("DELETE", f"/v1/projects/{gone['id']}")).status_code == 204

    bodies = await snapshot(db, amqp_vhost, ana.id)
    said = [frame.decode(body) for body in bodies]
    told = [msgspec.json.decode(one.data, type=ProjectSnapshot) for one in said]
    assert [(one.subject, one.sequence) for one in said] == [
        (str(ana.project_id), 1),
        (made["id"], 2),
        (gone["id"], 2),
    ]
    assert [(one.name, one.session_timeout_minutes, one.deleted_at is None) for one in told] == [
        ("Loja", 0.2, True),
        ("Velha", 5.0, True),
        ("Fechada", None, False),
    ]
    golden.check("identity", bodies)

    everybodys = [frame.decode(body) for body in await snapshot(db, amqp_vhost)]
    assert {one.tenant_id for one in everybodys} == {ana.id, rui.id}
    assert len(everybodys) == 4
