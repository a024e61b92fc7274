"""Somebody gets another user id: known under it from then on, or joined, and taken apart again."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from platform_bus import Received
from platform_core.ids import new_id
from platform_testkit import TestTenant, new_tenant
from proto_events.conversation import PartyIdentity
from proto_events.envelope import Envelope, schema_address
from proto_events.provider_facts import ChannelIdentityChanged
from ventros_contacts.events.identities import on_identities_changed

from ..conftest import party_of

OLD, NEW = "BR.1A2B3C", "BR.9Z8Y7X"
JID = "5511987654321@s.whatsapp.net"
PHONE = "+5511987654321"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def scoped(*values: str) -> list[PartyIdentity]:
    return [PartyIdentity(kind="bsuid", value=value) for value in values]


def change(
    tenant: TestTenant, after: list[PartyIdentity], before: list[PartyIdentity] | None = None
) -> Received[ChannelIdentityChanged]:
    event_id, kind = new_id(), "channel.identity_changed.v1"
    data = ChannelIdentityChanged(
        channel_id=new_id(),
        received_at=AT,
        ingress_seq=1,
        before=scoped(OLD) if before is None else before,
        after=after,
        at=AT,
    )
    envelope = Envelope(
        id=event_id,
        source="ventros/channels",
        type=kind,
        subject=str(data.channel_id),
        time=AT,
        data_schema=schema_address(kind),
        tenant_id=tenant.tenant_id,
        project_id=tenant.project_id,
        partition_key=str(data.channel_id),
        sequence=1,
        correlation_id=event_id,
        data=msgspec.Raw(msgspec.json.encode(data)),
    )
    return Received(envelope, data)


async def learn(world: Any, *changes: Received[ChannelIdentityChanged]) -> None:
    tenant_id = changes[0].envelope.tenant_id
    while True:
        try:
            async with world.database.tenant(tenant_id) as tx:
                await on_identities_changed(tx, tenant_id, changes)
        except asyncpg.SerializationError:
            continue
        return


async def written(world: Any, line: Any, *ids: str, also: str | None = None) -> UUID:
    """Somebody writes under these user ids, and this address; their node."""
    party = scoped(*ids) + ([] if also is None else party_of(also))
    await world.take(line.message(also or ids[0], party=party))
    return UUID(str((await world.interactions(line.tenant))[-1].contact_id))


async def test_who_is_known_is_known_under_the_new_id(world: Any, line: Any, caller: Any) -> None:
    node = await written(world, line, OLD)
    for _ in range(2):
        await learn(world, change(line.tenant, [*scoped(NEW), *party_of(JID)]))
    assert await written(world, line, NEW) == node
    assert len(await world.nodes(line.tenant)) == 1
    (updated,) = await world.events(line.tenant, "contact.updated")
    assert (updated.data.phone, updated.data.changed) == (PHONE, ["phone"])
    assert (await caller.get(f"/v1/contacts/{node}"))["phone"] == PHONE


async def test_two_who_turn_out_to_be_one_are_joined_and_taken_apart(
    world: Any, line: Any, caller: Any
) -> None:
    older, younger = await written(world, line, OLD), await written(world, line, NEW)
    proof = change(line.tenant, scoped(NEW))
    await learn(world, proof, proof)
    (merged,) = await world.events(line.tenant, "contact.merged")
    assert merged.data.primary_contact_id == older
    assert (merged.data.merged_contact_ids, merged.data.merge_strategy) == ([younger], "proof")
    assert merged.envelope.causation_id == proof.envelope.id
    assert len(await caller.all()) == 1
    await caller.unmerge(younger)
    await learn(world, change(line.tenant, scoped(NEW)))
    assert len(await caller.all()) == 2, "what a user parted, no proof joins again"


async def test_a_phone_and_a_user_id_seen_together_join_and_part(
    world: Any, line: Any, caller: Any
) -> None:
    hidden, open_ = await written(world, line, OLD), await written(world, line, also=JID)
    await written(world, line, OLD, also=JID)
    (merged,) = await world.events(line.tenant, "contact.merged")
    assert merged.data.primary_contact_id == hidden
    assert len(await caller.all()) == 1
    await caller.unmerge(open_)
    await written(world, line, OLD, also=JID)
    assert len(await caller.all()) == 2


async def test_nobody_is_made_and_nobody_comes_back(world: Any, line: Any, caller: Any) -> None:
    await learn(world, change(line.tenant, scoped(NEW)))
    assert await world.nodes(line.tenant) == []
    node = await written(world, line, OLD)
    assert (await caller.call("DELETE", f"/v1/contacts/{node}")).status_code == 204
    await learn(world, change(line.tenant, scoped(NEW)))
    assert await caller.all() == []
    assert await world.events(line.tenant, "contact.restored", "contact.merged") == []


async def test_another_tenants_people_are_others(world: Any, line: Any) -> None:
    await written(world, line, OLD)
    other = world.line(new_tenant())
    await written(world, other, NEW)
    await learn(world, change(line.tenant, scoped(NEW)))
    assert await world.events(line.tenant, "contact.merged") == []
    assert len(await world.nodes(other.tenant)) == 1
