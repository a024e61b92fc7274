"""Imported messages against the real database."""

import random
from datetime import timedelta
from typing import Any

import msgspec

from platform_core.ids import new_id
from proto_events.contacts import AliasLink
from proto_events.conversation import FromHistory


def of_the_past(told: Any) -> Any:
    """The message as an import tells it."""
    said = msgspec.structs.replace(told.data.message, history=FromHistory(import_id=new_id()))
    return msgspec.structs.replace(told, data=msgspec.structs.replace(told.data, message=said))


async def test_an_import_makes_sessions_that_have_ended_and_sets_no_timer(
    service: Any, facts: Any, long_ago: Any
) -> None:
    start = long_ago(days=9)
    times = [start - timedelta(minutes=minute) for minute in (0, 10, 25, 200, 210)]
    random.Random(5).shuffle(times)
    told = [of_the_past(facts.message(occurred_at=one)) for one in times]
    await service.record(*told[:3])
    await service.record(*told[3:])
    rows = [row for row in await service.rows(facts.tenant) if row["merged_into"] is None]
    assert [row["inbound_messages"] for row in rows] == [2, 3]
    assert {(row["status"], row["end_reason"], row["historic"]) for row in rows} == {
        ("ended", "inactivity_timeout", True)
    }
    assert [row["started_at"] for row in rows] == [min(times), start - timedelta(minutes=25)]
    names = set(await service.said_names(facts.tenant))
    assert names <= {"session.message_recorded", "session.history_recorded", "session.merged"}
    last = {
        data.session_id: data
        for _, data in await service.said(facts.tenant, "session.history_recorded")
    }
    for row in rows:
        said = last[row["id"]]
        assert (said.historic, said.metrics.total_messages) == (True, row["inbound_messages"])
        assert (said.started_at, said.ended_at) == (row["started_at"], row["ended_at"])


async def test_the_past_and_the_present_in_one_bundle(
    service: Any, facts: Any, long_ago: Any
) -> None:
    old = of_the_past(facts.message(occurred_at=long_ago(days=2)))
    near = of_the_past(facts.message(occurred_at=long_ago(minutes=5), from_me=True))
    now = facts.message()
    await service.record(old, now, near)
    past, present = await service.rows(facts.tenant)
    assert (past["historic"], past["inbound_messages"]) == (True, 1)
    assert (present["status"], present["inbound_messages"], present["outbound_messages"]) == (
        "active", 1, 1,
    )  # fmt: skip
    assert present["last_activity_at"] == now.data.message.received_at
    assert present["first_agent_response_at"] is None
    recorded = await service.said(facts.tenant, "session.message_recorded")
    assert {data.message.id: data.session_id for _, data in recorded} == {
        old.data.message.id: past["id"],
        now.data.message.id: present["id"],
        near.data.message.id: present["id"],
    }


async def test_the_past_of_a_person_is_found_under_all_their_nodes(
    service: Any, facts: Any, long_ago: Any
) -> None:
    lid, root = new_id(), facts.contact_id
    edge = [AliasLink(node_id=lid, root_id=root, version=1)]
    first = of_the_past(facts.message(occurred_at=long_ago(days=3, minutes=10)))
    second = of_the_past(
        facts.message(node=lid, root=root, aliases=edge, occurred_at=long_ago(days=3))
    )
    await service.record(first)
    await service.record(second)
    (row,) = await service.rows(facts.tenant)
    assert (row["contact_id"], row["inbound_messages"]) == (root, 2)


async def test_who_writes_soon_after_what_was_imported_goes_on_with_it(
    service: Any, facts: Any, long_ago: Any
) -> None:
    await service.record(of_the_past(facts.message(occurred_at=long_ago(minutes=5))))
    await service.record(facts.message())
    (row,) = await service.rows(facts.tenant)
    assert (row["status"], row["historic"], row["inbound_messages"]) == ("active", False, 2)
    assert "session.reopened" in await service.said_names(facts.tenant)


async def test_the_api_shows_what_is_of_the_past(
    service: Any, facts: Any, api: Any, long_ago: Any
) -> None:
    await service.record(of_the_past(facts.message(occurred_at=long_ago(days=1))))
    await service.record(facts.message())
    assert [one["historic"] for one in await api.sessions()] == [False, True]
