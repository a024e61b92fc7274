"""A provider that forgets to post: the watch finds it out, and the history has what is missing."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from msgspec import Struct

from platform_devstack.ports import choose
from ventros_e2e.audit import auditing
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.ledger import Ledger
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha
from waha_simulator.delivery import Faults
from waha_simulator.http.control import Write
from waha_simulator.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SOON = {
    "VENTROS_WATCH_INTERVAL_SECONDS": "0.5",
    "VENTROS_SILENCE_LEAST_MINUTES": "0.02",
    "VENTROS_SILENCE_MOST_MINUTES": "0.02",
}
"""Of the replica that watches here: a second without a word is silence."""


class Gap(Struct, frozen=True, kw_only=True):
    """What a channel may have missed."""

    status: str
    messages_fetched: int


@pytest.fixture
async def waha(stack, tenant) -> AsyncIterator[Waha]:
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    yield waha
    await waha.faults(Faults())


@pytest.fixture
async def watching(stack) -> AsyncIterator[None]:
    name = await stack.start_replica("channels", choose({"channels-2": None})["channels-2"], SOON)
    yield
    await stack.kill(name)


@pytest.mark.usefixtures("watching")
async def test_what_waha_never_posted_comes_from_its_history_once(stack, make, waha) -> None:
    tenant = await make(of_its_own=True)
    session = f"forgets-{uuid4().hex[:12]}"
    owner = Person(phone=mobile("41", 20_000_777), lid=str(7 * 10**13), name="Loja")
    channel = await connect_line(tenant.api, waha, session=session, owner=owner)
    people = [somebody(f"Pessoa {number}") for number in range(3)]
    ledger = Ledger(told_in_order=False)

    async def write(text: str) -> None:
        for person in people:
            written = await waha.write(session, Write(person=person, text=text))
            ledger.write(written.stanza, person.name).answered = True

    async with auditing(stack, tenant.inbox, str(tenant.tenant_id)) as auditor:
        await write("chegou")
        await waha.faults(Faults(lose=1.0))
        await write("esquecida")
        await waha.faults(Faults())
        findings = await auditor.settled(ledger, within=40)
        assert findings.clean, findings.summary()

        await waha.faults(Faults(lose=1.0))
        await write("enquanto fora")
        await waha.faults(Faults())
        await waha.call("POST", f"/api/sessions/{session}/restart")
        findings = await auditor.settled(ledger, within=40)
        assert findings.clean, findings.summary()
    gaps = [one async for one in tenant.api.pages(f"/v1/channels/{channel.id}/gaps", Gap)]
    assert sum(gap.messages_fetched for gap in gaps) >= 2 * len(people)
