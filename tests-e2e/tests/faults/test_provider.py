"""WAHA goes on posting while nobody answers: what it retried is stored once."""

import asyncio

import aiohttp
import pytest

from ventros_e2e.api import Api
from ventros_e2e.crowd import somebody
from ventros_e2e.inbox import Inbox
from ventros_e2e.lines import connect_line
from ventros_e2e.tenants import make_tenant
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.engines import Engine
from waha_simulator.http.control import Write

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
