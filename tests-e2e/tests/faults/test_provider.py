"""The receiver is away: what WAHA retries is stored once, what it gives up is fetched."""

import asyncio
import itertools

import aiohttp
import asyncpg
import pytest

from platform_devstack.ports import choose
from ventros_e2e.api import Api
from ventros_e2e.audit import auditing
from ventros_e2e.crowd import somebody
from ventros_e2e.inbox import Inbox
from ventros_e2e.ledger import Ledger
from ventros_e2e.lines import connect_line
from ventros_e2e.tenants import make_tenant
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.engines import Engine
from waha_simulator.http.control import Write
from waha_simulator.people import Person
from waha_simulator.posting import Outcome

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]


async def test_retries_bridge_a_restart_of_the_receiver(stack) -> None:
    login = await make_tenant(stack.around, "retries")
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        api = Api(stack.gateway_url, client)
        await api.sign_in(login.email, login.password)
        waha = Waha(stack.waha_url, stack.waha_key, client)
        shop = somebody("Loja")
        await connect_line(api, waha, session="retries", owner=shop, engine=Engine.NOWEB)
        await stack.kill("channels")
        ana = somebody("Ana")
        for number in range(5):
            await waha.write("retries", Write(person=ana, text=str(number)))
        await asyncio.sleep(1)
        await stack.start_service("channels")
        stored = await Inbox(api).holds(5, within=40)
        assert len({one.stanza for one in stored}) == 5

        async def all_taken() -> bool:
            lines = await waha.deliveries("retries")
            messages = [line for line in lines if line.event.startswith("message")]
            return all(line.outcome == "delivered" for line in messages)

        await eventually(all_taken, "every webhook was taken in the end", within=40)
        assert any(line.attempts > 1 for line in await waha.deliveries("retries"))
        assert len(await Inbox(api).holds(5)) == 5


WATCHING = {"VENTROS_WATCH_INTERVAL_SECONDS": "0.5"}
LONGER = """
UPDATE channels.channel_watch SET counted_to = counted_to - interval '2 minutes'
WHERE channel_id = $1
"""
"""An outage of seconds becomes one of minutes: shorter ones are bridged by WAHA's retries."""


async def test_what_waha_gives_up_while_the_receiver_is_dead_is_fetched_once(
    stack, database: asyncpg.Connection
) -> None:
    login = await make_tenant(stack.around, "outage")
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        api = Api(stack.gateway_url, client)
        await api.sign_in(login.email, login.password)
        waha = Waha(stack.waha_url, stack.waha_key, client)
        channel = await connect_line(
            api, waha, session="outage", owner=somebody("Loja"), attempts=5
        )
        ledger, over = Ledger(told_in_order=False), asyncio.Event()

        async def talk(person: Person) -> None:
            for number in itertools.count():
                written = await waha.write("outage", Write(person=person, text=str(number)))
                ledger.write(written.stanza, person.name).answered = True
                # A second apart, which is what WAHA's clock tells.
                await asyncio.sleep(1.1)
                if over.is_set():
                    return

        async def given_up() -> bool:
            lines = await waha.deliveries("outage")
            lost = [
                one
                for one in lines
                if one.event == "message" and one.outcome in (Outcome.GIVEN_UP, Outcome.REFUSED)
            ]
            return len(lost) >= 10

        async def watched() -> bool:
            found = "SELECT 1 FROM channels.channel_watch WHERE channel_id = $1"
            return await database.fetchval(found, channel.id) is not None

        async with auditing(stack, Inbox(api), str(login.tenant_id)) as auditor:
            async with asyncio.TaskGroup() as group:
                for number in range(6):
                    group.create_task(talk(somebody(f"Pessoa {number}")))
                port = choose({"channels-2": None})["channels-2"]
                replica = await stack.start_replica("channels", port, WATCHING)
                await eventually(watched, "the channel is watched", within=30)
                await asyncio.gather(stack.kill("channels"), stack.kill(replica))
                await eventually(given_up, "WAHA gave some up", within=30)
                await database.execute(LONGER, channel.id)
                await stack.start_service("channels")
                await stack.start_replica("channels", port, WATCHING)
                over.set()
            findings = await auditor.settled(ledger, within=60)
            await stack.kill(replica)
            assert findings.clean, findings.summary()
