"""Two tenants, and two projects of one: no route, query or message crosses."""

from typing import Any
from uuid import UUID

import pytest

from platform_core.ids import new_id
from platform_testkit import TestTenant

JID = "551187654321@s.whatsapp.net"
LID = "123456789012345@lid"
PHONE = "+5511987654321"


@pytest.fixture(params=["tenant", "project"])
def stranger(request: pytest.FixtureRequest, line: Any) -> TestTenant:
    """Another tenant, or another project of the same one."""
    same = request.param == "project"
    tenant_id = line.tenant.tenant_id if same else new_id()
    return TestTenant(tenant_id=tenant_id, project_id=new_id())


async def test_no_route_shows_or_changes_what_is_anothers(
    world: Any, line: Any, caller: Any, stranger: TestTenant
) -> None:
    await world.take(line.message(LID))
    await world.take(line.message(JID, push_name="Ana"), line.message(JID, LID))
    root, node = await world.nodes(line.tenant)
    mine = await caller.get(f"/v1/contacts/{root}")
    told = len(await world.events(line.tenant))
    other = world.caller(stranger)
    theirs = await other.create(name="Ana")
    for contact in (root, node):
        path = f"/v1/contacts/{contact}"
        for method, suffix, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "Mine now"}),
            ("DELETE", "", None),
            ("GET", "/identities", None),
            ("POST", "/merge", {"contact_ids": [theirs["id"]]}),
            ("POST", "/unmerge", None),
        ):
            answer = await other.call(method, path + suffix, json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "contact_not_found")
        answer = await other.call(
            "POST", f"/v1/contacts/{theirs['id']}/merge", json={"contact_ids": [str(contact)]}
        )
        assert answer.status_code == 404
    for query in ({}, {"search": "ana"}, {"phone": PHONE}, {"search": "ana", "phone": PHONE}):
        assert str(root) not in {each["id"] for each in await other.all(**query)}
    # What identifies a contact here is free there.
    assert (await other.create(phone=PHONE))["id"] not in {str(root), str(node)}
    assert await caller.get(f"/v1/contacts/{root}") == mine
    own = [e for e in await world.events(line.tenant)
           if e.envelope.project_id == line.tenant.project_id]  # fmt: skip
    assert len(own) == told


async def test_a_cursor_of_another_project_is_refused(
    world: Any, caller: Any, stranger: TestTenant
) -> None:
    for number in range(3):
        await caller.create(name=f"Contact {number}")
    cursor = (await caller.get("/v1/contacts", limit=1))["next_cursor"]
    answer = await world.caller(stranger).call("GET", "/v1/contacts", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_messages_of_the_same_person_make_contacts_of_each_project(
    world: Any, line: Any, stranger: TestTenant
) -> None:
    await world.take(line.message(JID))
    elsewhere = world.line(stranger)
    await world.take(elsewhere.message(LID), elsewhere.message(JID))
    await world.take(line.message(JID, LID))
    # Proof here joins nothing there.
    assert len(await world.events(line.tenant, "contact.merged")) == 0
    met = await world.interactions(stranger)
    projects = await world.rows(
        stranger, "SELECT id, project_id FROM contact WHERE project_id = $1", stranger.project_id
    )
    assert {row["id"] for row in projects} == {
        each.root_id for each in met if each.message.channel_id == elsewhere.channel_id
    }
    assert len(projects) == 2


async def test_one_bundle_may_hold_two_projects(world: Any, line: Any) -> None:
    sister = TestTenant(tenant_id=line.tenant.tenant_id, project_id=new_id())
    other = world.line(sister)
    for _ in range(2):
        await world.take(line.message(JID), other.message(JID), line.message(JID, LID))
    rows = await world.rows(line.tenant, "SELECT id, project_id FROM contact")
    owners = {row["id"]: row["project_id"] for row in rows}
    assert len(owners) == 2
    for event in await world.events(line.tenant, "contact.interaction_recorded"):
        expected = sister if event.data.message.channel_id == other.channel_id else line.tenant
        assert event.envelope.project_id == expected.project_id
        assert owners[UUID(event.envelope.subject)] == expected.project_id
