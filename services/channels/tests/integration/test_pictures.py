"""Profile pictures: asked for once, slowly, and again after a week when somebody comes back."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from ipaddress import ip_network
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_bus import Bell, Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_testkit import TestTenant
from proto_events.channels import ChannelProfilePictureReceived
from proto_events.contacts import ContactCreated
from proto_events.conversation import PartyIdentity
from proto_events.envelope import Envelope, schema_address
from proto_events.sessions import SessionStarted
from ventros_channels.adapters import adapters
from ventros_channels.pictures.loop import ATTEMPTS, PicturesPart
from ventros_channels.pictures.subscribe import on_contacts, on_sessions
from ventros_channels.store.picture_looks import GAP

from ..conftest import Api, Pipeline
from ..waha_script import Script, listening

LOOPBACK = (ip_network("127.0.0.0/8"),)
JID = "554400000002@s.whatsapp.net"
URL = "https://pps.example/ana.jpg"


class Gallery:
    """Tells of contacts and sessions, and asks what is due."""

    def __init__(self, tenant: TestTenant, database: Database, part: PicturesPart) -> None:
        self.tenant, self._database, self.part = tenant, database, part

    def _received(self, kind: str, data: Any) -> Received[Any]:
        event_id = new_id()
        envelope = Envelope(
            id=event_id,
            source="ventros/contacts",
            type=kind,
            subject=str(data.contact_id),
            time=utc_now(),
            data_schema=schema_address(kind),
            tenant_id=self.tenant.tenant_id,
            project_id=self.tenant.project_id,
            partition_key=str(data.contact_id),
            sequence=1,
            correlation_id=event_id,
            data=msgspec.Raw(msgspec.json.encode(data)),
        )
        return Received(envelope, data)

    async def met(self, channel: dict[str, Any], *addresses: str) -> UUID:
        """A new contact, with these addresses."""
        contact = ContactCreated(
            contact_id=new_id(),
            name="Ana",
            source_channel=UUID(channel["id"]),
            addresses=[
                PartyIdentity(kind="lid" if one.endswith("@lid") else "jid", value=one)
                for one in addresses
            ],
            created_at=utc_now(),
        )
        event = self._received("contact.created.v1", contact)
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await on_contacts(tx, self.tenant.tenant_id, [event])
        return contact.contact_id

    async def back(self, channel: dict[str, Any], *contacts: UUID) -> None:
        """Sessions of these contacts begin."""
        events = [
            self._received(
                "session.started.v1",
                SessionStarted(
                    session_id=new_id(),
                    contact_id=contact,
                    channel_id=UUID(channel["id"]),
                    started_at=utc_now(),
                    timeout_seconds=1800,
                ),
            )
            for contact in contacts
        ]
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await on_sessions(tx, self.tenant.tenant_id, events)

    async def shift(self, column: str, by: timedelta) -> None:
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await tx.execute(f"UPDATE picture_look SET {column} = {column} + $1::interval", by)

    async def due(self) -> Sequence[Any]:
        """When each is due, in that order; those that are not at the end."""
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            rows = await tx.fetch("SELECT due_at FROM picture_look ORDER BY due_at NULLS LAST")
        return [row["due_at"] for row in rows]


@pytest.fixture
async def waha() -> AsyncIterator[Script]:
    async with listening() as one:
        yield one


@pytest.fixture
async def channel(api: Api, waha: Script) -> dict[str, Any]:
    return await api.create(config={"base_url": waha.url, "session": "loja"}, api_key="k-1")


@pytest.fixture
async def gallery(tenant: TestTenant, database: Database, vault: Vault) -> AsyncIterator[Gallery]:
    calls = Outbound(allow=LOOPBACK, timeout=5)
    yield Gallery(tenant, database, PicturesPart(database, vault, adapters(calls), Bell()))
    await calls.close()


def picture_of(address: str) -> str:
    return f"GET /api/contacts/profile-picture?contactId={address}&session=loja"


async def told(pipeline: Pipeline) -> list[ChannelProfilePictureReceived]:
    return [
        msgspec.json.decode(one.data, type=ChannelProfilePictureReceived)
        for one in await pipeline.events()
        if one.type == "channel.profile_picture_received.v1"
    ]


async def test_a_new_contact_is_asked_about_once(
    gallery: Gallery, channel: dict[str, Any], waha: Script, pipeline: Pipeline
) -> None:
    waha.answers[picture_of("554400000002@c.us")] = (200, {"profilePictureURL": URL})
    ana = await gallery.met(channel, "10000000000004@lid", JID)
    assert await gallery.part.run_once() == 1
    (event,) = await told(pipeline)
    assert (event.contact_id, event.profile_picture_url) == (ana, URL)
    assert await gallery.part.run_once() == 0
    assert len(waha.asked) == 1
    await gallery.back(channel, ana)
    assert await gallery.part.run_once() == 0


async def test_who_comes_back_after_a_week_is_asked_about_again(
    gallery: Gallery, channel: dict[str, Any], waha: Script, pipeline: Pipeline
) -> None:
    lid = "10000000000004@lid"
    waha.answers[picture_of(lid)] = (200, {"profilePictureURL": None})
    ana = await gallery.met(channel, lid)
    await gallery.part.run_once()
    await gallery.shift("asked_at", -timedelta(days=7, seconds=1))
    waha.answers[picture_of(lid)] = (200, {"profilePictureURL": URL})
    await gallery.back(channel, ana, new_id())
    assert await gallery.part.run_once() == 1
    assert [event.contact_id for event in await told(pipeline)] == [ana]


async def test_the_questions_of_a_channel_lie_apart(
    gallery: Gallery, channel: dict[str, Any], waha: Script
) -> None:
    for number in range(5):
        await gallery.met(channel, f"55440000000{number}@s.whatsapp.net")
    due = await gallery.due()
    assert [later - earlier for earlier, later in pairwise(due)] == [GAP] * 4
    assert await gallery.part.run_once() == 1


async def test_who_has_no_address_or_no_channel_is_not_asked_about(
    gallery: Gallery, channel: dict[str, Any], waha: Script
) -> None:
    await gallery.met(channel)
    await gallery.met({"id": str(new_id())}, JID)
    assert await gallery.due() == []


async def test_a_provider_that_fails_is_asked_later_and_not_for_ever(
    gallery: Gallery, channel: dict[str, Any], waha: Script, pipeline: Pipeline
) -> None:
    waha.answers[picture_of("554400000002@c.us")] = (500, {})
    await gallery.met(channel, JID)
    for attempt in range(ATTEMPTS):
        assert await gallery.part.run_once() == 1, attempt
        assert await gallery.part.run_once() == 0
        await gallery.shift("due_at", -timedelta(days=1))
    assert await gallery.due() == [None]
    assert len(waha.asked) == ATTEMPTS
    assert await told(pipeline) == []


async def test_a_channel_that_is_gone_or_inactive_asks_nothing(
    gallery: Gallery, api: Api, channel: dict[str, Any], waha: Script
) -> None:
    await gallery.met(channel, JID)
    path = f"/v1/channels/{channel['id']}"
    await api.call("PATCH", path, json={"status": "inactive"})
    assert await gallery.part.run_once() == 1
    await gallery.met(channel, "554400000003@s.whatsapp.net")
    await gallery.shift("due_at", -timedelta(days=1))
    await api.call("DELETE", path)
    assert await gallery.part.run_once() == 1
    assert await gallery.due() == [None, None]
    assert waha.asked == []


async def test_the_loop_asks_and_stops(
    gallery: Gallery, channel: dict[str, Any], waha: Script
) -> None:
    waha.answers[picture_of("554400000002@c.us")] = (200, {"profilePictureURL": URL})
    await gallery.met(channel, JID)
    await gallery.part.start()
    await waha.until_asked()
    assert gallery.part.ready
    assert gallery.part.alive
    await gallery.part.stop()
    assert not gallery.part.ready
