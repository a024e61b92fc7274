"""Profile pictures: kept as a provider tells them, told on, and told as news when they are."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_bus import Received
from platform_core.ids import new_id
from platform_testkit import TestTenant, new_tenant
from proto_events.channels import ChannelProfilePictureReceived
from proto_events.envelope import Envelope, schema_address
from ventros_contacts.events.pictures import on_pictures

JID = "5511987654321@s.whatsapp.net"
LID = "123456789012345@lid"
FETCHED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://pps.example/v/ana.jpg?oe=1"

Picture = Received[ChannelProfilePictureReceived]


def picture(tenant: TestTenant, contact_id: UUID, url: str = URL, days: float = 0) -> Picture:
    event_id = new_id()
    data = ChannelProfilePictureReceived(
        channel_id=new_id(),
        contact_id=contact_id,
        profile_picture_url=url,
        fetched_at=FETCHED + timedelta(days=days),
    )
    kind = "channel.profile_picture_received.v1"
    envelope = Envelope(
        id=event_id,
        source="ventros/channels",
        type=kind,
        subject=str(data.channel_id),
        time=FETCHED,
        data_schema=schema_address(kind),
        tenant_id=tenant.tenant_id,
        project_id=tenant.project_id,
        partition_key=str(contact_id),
        sequence=1,
        correlation_id=event_id,
        data=msgspec.Raw(msgspec.json.encode(data)),
    )
    return Received(envelope, data)


async def take(world: Any, *pictures: Picture) -> None:
    tenant_id = pictures[0].envelope.tenant_id
    async with world.database.tenant(tenant_id) as tx:
        await on_pictures(tx, tenant_id, pictures)


async def met(world: Any, line: Any, *addresses: str) -> UUID:
    await world.take(line.message(*addresses))
    found: UUID = (await world.nodes(line.tenant))[-1]
    return found


async def test_a_picture_is_shown_and_told(world: Any, line: Any, caller: Any) -> None:
    ana = await met(world, line, JID)
    path = f"/v1/contacts/{ana}/profile-picture"
    unknown = await caller.call("GET", path)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "profile_picture_unknown")
    await take(world, picture(line.tenant, ana))
    assert await caller.get(path) == {"url": URL, "fetched_at": "2026-03-01T12:00:00Z"}
    (received,) = await world.events(line.tenant, "contact.profile_picture_received")
    (updated,) = await world.events(line.tenant, "contact.profile_picture_updated")
    assert received.data.profile_picture_url == updated.data.profile_picture_url == URL
    assert updated.envelope.subject == str(ana)


@pytest.mark.parametrize(
    ("url", "news"), [("https://pps.example/v/ana.jpg?oe=2", 1), ("https://pps.example/v/b.jpg", 2)]
)
async def test_another_signature_is_no_other_picture(
    world: Any, line: Any, caller: Any, url: str, news: int
) -> None:
    ana = await met(world, line, JID)
    await take(world, picture(line.tenant, ana), picture(line.tenant, ana, url, days=7))
    assert len(await world.events(line.tenant, "contact.profile_picture_received")) == 2
    assert len(await world.events(line.tenant, "contact.profile_picture_updated")) == news
    assert (await caller.get(f"/v1/contacts/{ana}/profile-picture"))["url"] == url


async def test_what_comes_late_or_of_nobody_changes_nothing(
    world: Any, line: Any, caller: Any
) -> None:
    ana = await met(world, line, JID)
    other = new_tenant()
    elsewhere = TestTenant(tenant_id=line.tenant.tenant_id, project_id=new_id())
    await take(world, picture(line.tenant, ana, days=7))
    await take(world, picture(line.tenant, ana, "https://pps.example/old.jpg"))
    await take(world, picture(line.tenant, new_id()), picture(elsewhere, ana, days=9))
    await take(world, picture(other, ana))
    assert (await caller.get(f"/v1/contacts/{ana}/profile-picture"))["url"] == URL
    assert len(await world.events(line.tenant, "contact.profile_picture_received")) == 1
    path = f"/v1/contacts/{ana}/profile-picture"
    assert (await world.caller(other).call("GET", path)).status_code == 404


async def test_of_a_merged_contact_the_newest_is_shown(world: Any, line: Any, caller: Any) -> None:
    await world.take(line.message(JID), line.message(LID))
    one, two = await world.nodes(line.tenant)
    newer = "https://pps.example/newer.jpg"
    await take(world, picture(line.tenant, one), picture(line.tenant, two, newer, days=1))
    await caller.merge(one, str(two))
    for node in (one, two):
        assert (await caller.get(f"/v1/contacts/{node}/profile-picture"))["url"] == newer


async def test_a_new_contact_is_told_with_its_addresses(world: Any, line: Any) -> None:
    await met(world, line, LID, JID)
    (created,) = await world.events(line.tenant, "contact.created")
    assert {one.value for one in created.data.addresses} >= {LID, JID}
