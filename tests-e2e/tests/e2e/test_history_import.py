"""A month of a phone's past, fetched while customers write and though the importer is killed."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.delivery import Faults
from waha_simulator.http.control import Write
from waha_simulator.ids import wall_clock_ms
from waha_simulator.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

DAY = 86_400
TALKS = (29, 20, 11, 2)
"""Days ago; each talk is of `EACH` messages, five minutes apart: one session of then."""

PEOPLE, EACH = 4, 12


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """An import and how far it is."""

    id: str
    status: str
    messages_seen: int
    messages_stored: int
    messages_known: int
    messages_failed: int


@pytest.fixture
async def waha(stack, tenant) -> AsyncIterator[Waha]:
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    yield waha
    await waha.faults(Faults())
    await waha.answering()


async def test_a_month_is_imported_beside_live_messages_though_channels_is_killed(
    stack, tenant, waha
) -> None:
    session = f"past-{uuid4().hex[:12]}"
    owner = Person(phone=mobile("41", 20_000_777), lid=str(5 * 10**13), name="Loja")
    channel = await connect_line(tenant.api, waha, session=session, owner=owner)
    people = [somebody(f"Pessoa {number}") for number in range(PEOPLE)]
    now = wall_clock_ms() // 1000
    past = [
        Write(
            person=person,
            text=f"{days} {number}",
            from_me=number % 3 == 2,
            timestamp=now - days * DAY + number * 300,
        )
        for days in TALKS
        for number in range(EACH)
        for person in people
    ]
    await waha.live_through(session, past)
    await waha.forget_pages(1)

    path = f"/v1/channels/{channel.id}/history-imports"
    begin = {"from": datetime.fromtimestamp(now - 30 * DAY, UTC)}
    asked = await tenant.api.send("POST", path, begin, Import, key=uuid4().hex)

    async def view() -> Import:
        return await tenant.api.get(f"{path}/{asked.id}", Import)

    async def some() -> bool:
        return (await view()).messages_seen > 0

    live = [await waha.write(session, Write(person=person, text="agora")) for person in people]
    await eventually(some, "the import has begun", within=30)
    await stack.kill("channels")
    await stack.start_service("channels")
    assert (await view()).messages_seen < len(past), "it was killed too late to be felt"
    live += [await waha.write(session, Write(person=person, text="e aí?")) for person in people]

    async def ended() -> Import | None:
        found = await view()
        return found if found.status == "completed" else None

    done = await eventually(ended, "the import is completed", within=60)
    assert done.messages_stored == len(past)
    assert (done.messages_failed, done.messages_seen) == (0, len(past) + done.messages_known)

    shown = await tenant.inbox.holds(len(past) + len(live), within=60)
    assert len(shown) == len(past) + len(live)
    assert max(Counter(one.stanza for one in shown).values()) == 1
    assert {one.stanza for one in live} < {one.stanza for one in shown}
    for messages in (await tenant.inbox.timelines()).values():
        times = [one.occurred_at for one in messages]
        assert times in (sorted(times), sorted(times, reverse=True))
        # One session of each talk, and one of now.
        sizes = Counter(Counter(one.session_id for one in messages).values())
        assert sizes == {EACH: len(TALKS), 2: 1}
    sessions = await tenant.inbox.sessions()
    assert Counter(one.status for one in sessions) == {
        "ended": PEOPLE * len(TALKS),
        "active": PEOPLE,
    }
