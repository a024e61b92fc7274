"""A provider that posts twice, late, in any order and not at all, and answers sends wrongly."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from ventros_e2e.audit import auditing
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.desk import Desk
from ventros_e2e.ledger import Ledger
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.answering import Fate
from waha_simulator.delivery import Faults
from waha_simulator.http.control import Write
from waha_simulator.ids import wall_clock_ms
from waha_simulator.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PEOPLE, EACH = 5, 8
PICTURE = {"type": "image", "url": "https://files.example/mesa.jpg", "text": "A mesa de pinho"}


@pytest.fixture
async def waha(stack, tenant) -> AsyncIterator[Waha]:
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    yield waha
    await waha.faults(Faults())
    await waha.answering()


async def test_what_is_told_twice_late_shuffled_and_again_is_kept_once_in_order(
    stack, make, waha
) -> None:
    tenant = await make(of_its_own=True)
    session = f"faulty-{uuid4().hex[:12]}"
    owner = Person(phone=mobile("41", 20_000_888), lid=str(6 * 10**13), name="Loja")
    await connect_line(tenant.api, waha, session=session, owner=owner)
    people = [somebody(f"Pessoa {number}") for number in range(PEOPLE)]
    ledger = Ledger(told_in_order=False)
    begun = wall_clock_ms() // 1000 - EACH
    async with auditing(stack, tenant.inbox, str(tenant.tenant_id)) as auditor:
        await waha.faults(
            Faults(lose=0.2, fail=0.2, duplicate=0.3, delay_seconds=0.5, reorder=PEOPLE * EACH)
        )
        for number in range(EACH):
            for person in people:
                write = Write(person=person, text=str(number), timestamp=begun + number)
                written = await waha.write(session, write)
                ledger.write(written.stanza, person.name).answered = True

        async def lost() -> bool:
            lines = await waha.deliveries(session)
            return all(line.outcome in {"lost", "delivered"} for line in lines)

        await waha.faults(Faults(fail=0.2, duplicate=0.3))
        await eventually(lost, "every webhook is lost or taken", within=30)
        assert await waha.post_lost() > 0
        findings = await auditor.settled(ledger, within=30)
        assert findings.clean, findings.summary()
        lines = await waha.deliveries(session)
        assert any(line.attempts > 1 for line in lines)
        assert len(lines) > len({line.event_id for line in lines})


async def test_no_wrong_answer_makes_a_message_go_out_twice_or_vanish(stack, tenant, waha) -> None:
    desk = Desk(stack, tenant.inbox, waha)
    await desk.open(pacing=False)
    await waha.answering(fates=[Fate.REFUSED, Fate.CUT])
    texts = ["recusada", "enviada sem resposta"]
    asked = [await desk.text(text) for text in texts]
    for one in asked:
        await desk.becomes(one, "sent")
    assert [one.body for one in await desk.sent()] == texts

    # A file has no id that could be reserved: it is looked for, and not asked for again.
    await waha.answering(fates=[Fate.FAILED])
    asked.append(await desk.say(PICTURE))
    await desk.becomes(asked[-1], "sent")
    assert len(await desk.sent()) == 3
    assert [one.id for one in await desk.ours(3)] == asked

    await waha.answering(fates=[Fate.TWICE])
    asked.append(await desk.say(PICTURE))
    await desk.becomes(asked[-1], "sent")
    shown = await desk.ours(5)
    at_waha = [one.id.rpartition("_")[2] for one in await desk.sent()]
    assert sorted(one.stanza for one in shown) == sorted(at_waha)
    assert len(at_waha) == 5
    assert set(asked) < {one.id for one in shown}
