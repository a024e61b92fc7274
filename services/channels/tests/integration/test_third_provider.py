"""A provider that nobody knew of: a folder (`tests/carrier_pigeon`) and a line."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from platform_bus import Bell
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_testkit import TestTenant
from ventros_channels.adapters import PROVIDERS, Adapters, Provider, adapters
from ventros_channels.connections.acts import Acts
from ventros_channels.delivery.turn import Turns
from ventros_channels.domain.adapter import Adapter
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.provider_errors import UnsupportedByProvider

from ..carrier_pigeon import CAPABILITIES, CarrierPigeon
from ..conftest import PUBLIC_URL, Api, Pipeline
from ..desk import Desk

THIRD: dict[ChannelType, Provider] = {
    **PROVIDERS,
    CarrierPigeon.type: Provider(CAPABILITIES, CarrierPigeon),
}


@pytest.fixture
def providers() -> Adapters:
    return adapters(Outbound(), THIRD)


async def test_it_sends(
    api: Api,
    pipeline: Pipeline,
    tenant: TestTenant,
    database: Database,
    vault: Vault,
    providers: Adapters,
) -> None:
    channel = await api.create()
    desk = Desk(tenant, database, vault, UUID(channel["id"]))
    await desk.never_pause()
    await desk.ask("olá")
    holder = new_id()
    (turn,) = await desk.begin(holder)
    await Turns(database, vault, providers, holder, asyncio.Event()).do(turn)
    pigeon: Any = providers[CarrierPigeon.type]
    assert pigeon.released == ["olá"]
    told = [one.type for one in await pipeline.events()]
    assert told[-1] == "channel.message_sent.v1"


async def test_what_it_cannot_it_says(
    api: Api, tenant: TestTenant, database: Database, vault: Vault, providers: Adapters
) -> None:
    channel = await api.create()
    acts = Acts(database, Bell(), vault, providers, PUBLIC_URL)
    found = await acts.reach(tenant.tenant_id, tenant.project_id, UUID(channel["id"]))
    assert found.adapter.capabilities.pairs == frozenset()
    with pytest.raises(UnsupportedByProvider):
        _ = found.lifecycle
    with pytest.raises(UnsupportedByProvider):
        _ = found.look_ups


def test_each_provider_is_under_its_own_type() -> None:
    made: dict[ChannelType, Adapter] = dict(adapters(Outbound()))
    assert {kind: one.type for kind, one in made.items()} == {kind: kind for kind in made}
    assert all(one.capabilities == PROVIDERS[kind].capabilities for kind, one in made.items())
    assert all((one.lifecycle is None) == (not one.capabilities.pairs) for one in made.values())
