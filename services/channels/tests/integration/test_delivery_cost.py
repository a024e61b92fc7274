"""What a message on its way out costs: transactions and statements are counted, for they are the
same on every machine."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Database
from platform_testkit import TestTenant
from platform_testkit.counting import counted_transactions
from platform_testkit.waiting import eventually
from ventros_channels.delivery.subscribe import on_send_requested
from ventros_channels.domain.adapter import Capabilities

from ..conftest import Api, Pipeline, Webhooks
from ..desk import Desk
from ..provider import LOST, Provider
from .test_delivery import echo

CHATS = [f"55440000001{n}@s.whatsapp.net" for n in range(3)]


@pytest.fixture
async def channel(api: Api) -> dict[str, Any]:
    return await api.create()


@pytest.fixture
async def desk(
    channel: dict[str, Any], tenant: TestTenant, database: Database, vault: Vault
) -> Desk:
    desk = Desk(tenant, database, vault, UUID(channel["id"]))
    await desk.never_pause()
    return desk


async def test_a_message_costs_two_transactions_and_four_statements(
    desk: Desk, database: Database
) -> None:
    for chat in CHATS:
        await desk.ask(chat=chat)
    async with counted_transactions(database) as transactions:
        await desk.turn()
    assert await desk.states() == ["sent"] * len(CHATS)
    # The first is found with the lock. Each is claimed before the call; what came of it and what is
    # next, or that nothing is, are one transaction.
    counts = [len(statements) for statements in transactions]
    assert counts == [2, 1, 3, 1, 3, 1, 5], transactions


async def test_a_turn_without_anything_due_is_one_transaction(
    desk: Desk, database: Database
) -> None:
    (message_id,) = await desk.ask()
    async with database.tenant(desk.tenant.tenant_id) as tx:
        await tx.execute(
            "UPDATE delivery SET next_at = now() + interval '1 h' WHERE id = $1", message_id
        )
    async with counted_transactions(database) as transactions:
        await desk.turn()
    assert [len(statements) for statements in transactions] == [4]
    due = await desk.due()
    assert due is not None
    assert due > utc_now()


@pytest.mark.parametrize("count", [1, 3])
async def test_tellings_that_settle_deliveries_cost_the_same_however_many(
    desk: Desk,
    database: Database,
    webhooks: Webhooks,
    pipeline: Pipeline,
    channel: dict[str, Any],
    count: int,
) -> None:
    desk.provider.late = [LOST] * count
    for chat in CHATS[:count]:
        await desk.ask(chat=chat)
    for _ in range(count):
        await desk.turn()
        await desk.rest_is_over()
    for number in range(count):
        await webhooks.post(channel, echo(f"3EB0R{number + 1}", "oi"))
    async with counted_transactions(database) as transactions:
        await pipeline.deliver()
    assert await desk.states() == ["sent"] * count
    assert len(await pipeline.messages()) == count
    (statements,) = transactions
    settling = [one for one in statements if "UPDATE delivery" in one or "raw_event_seq" in one]
    assert len(settling) == 2, statements
    kinds = [one.type for one in await pipeline.events()]
    assert kinds.count("channel.message_sent.v1") == count


class Slow(Provider):
    """Rests for an hour after each message."""

    @property
    def capabilities(self) -> Capabilities:
        return msgspec.structs.replace(super().capabilities, channel_gap=3600.0)


async def test_what_is_asked_for_while_a_channel_rests_waits(desk: Desk) -> None:
    desk.provider = Slow()
    await desk.ask("um", chat=CHATS[0])
    assert await desk.turn()
    await desk.ask("dois", chat=CHATS[1])
    assert not await desk.turn()
    assert await desk.states() == ["sent", "queued"]
    await desk.rest_is_over()
    assert await desk.turn()
    assert await desk.states() == ["sent", "sent"]


async def test_who_asks_for_messages_and_who_sends_them_do_not_wait_for_each_other(
    desk: Desk, database: Database
) -> None:
    """A bundle of requests writes into the rows of many channels before it is committed."""
    await desk.ask("um", chat=CHATS[0])
    await desk.ask("dois", chat=CHATS[1])
    late = desk.asked("três", chat=CHATS[2])
    async with database.tenant(desk.tenant.tenant_id) as tx:
        holder = new_id()
        (begun,) = await desk.begin(holder)
        await on_send_requested(tx, desk.tenant.tenant_id, [late])
        turn = asyncio.create_task(desk.turns(holder).do(begun))

        async def first_is_sent() -> bool:
            return "sent" in await desk.states()

        await eventually(first_is_sent)
        assert not turn.done(), "the turn ends when it has seen what was asked for meanwhile"
    await turn
    assert await desk.turn()
    assert await desk.states() == ["sent"] * 3
