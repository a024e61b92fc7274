"""Bundles of messages against the real database."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from platform_bus import Bell
from platform_core.ids import new_id
from proto_events.contacts import AliasLink
from ventros_sessions.workflows.activities import SessionActivities
from ventros_sessions.workflows.contract import Timer


async def test_the_first_message_starts_a_session_and_the_next_ones_go_on(
    service: Any, facts: Any
) -> None:
    first, second = facts.message(), facts.message(from_me=True)
    await service.record(first)
    await service.record(second)
    (row,) = await service.rows(facts.tenant)
    assert row["status"] == "active"
    assert (row["inbound_messages"], row["outbound_messages"]) == (1, 1)
    assert row["last_activity_at"] == second.data.message.received_at
    assert row["timeout_seconds"] == 1800
    said = await service.said(facts.tenant)
    assert [envelope.type for envelope, _ in said] == [
        "session.started.v1",
        "session.message_recorded.v1",
        "session.message_recorded.v1",
    ]
    assert [envelope.sequence for envelope, _ in said] == [1, 2, 3]
    started, recorded, answer = (data for _, data in said)
    assert started.session_id == recorded.session_id == row["id"]
    assert started.started_at == first.data.message.received_at
    assert recorded.message == first.data.message
    assert (recorded.from_contact, answer.from_contact) == (True, False)
    envelope = said[1][0]
    assert envelope.subject == str(row["id"])
    assert envelope.partition_key == str(facts.contact_id)
    assert envelope.causation_id == first.envelope.id
    assert envelope.correlation_id == first.envelope.correlation_id


async def test_a_bundle_of_many_people_keeps_their_order(service: Any, facts: Any) -> None:
    people = [new_id() for _ in range(10)]
    bundle = [facts.message(node=people[n % 10]) for n in range(50)]
    await service.record(*bundle)
    assert len(await service.rows(facts.tenant)) == 10
    recorded = await service.said(facts.tenant, "session.message_recorded")
    assert [data.message.id for _, data in recorded] == [told.data.message.id for told in bundle]
    for person in people:
        mine = [data for _, data in recorded if data.contact_id == person]
        assert len({data.session_id for data in mine}) == 1


async def test_after_the_deadline_the_old_session_ends_there_and_a_new_one_begins(
    service: Any, facts: Any, long_ago: Any
) -> None:
    before, after = long_ago(minutes=50), long_ago(minutes=10)
    await service.record(facts.message(received_at=before))
    await service.record(facts.message(received_at=after, from_me=True))
    old, new = await service.rows(facts.tenant)
    assert (old["status"], old["end_reason"]) == ("ended", "inactivity_timeout")
    assert old["ended_at"] == before + timedelta(minutes=30)
    assert new["status"] == "active"
    assert await service.said_names(facts.tenant) == [
        "session.started",
        "session.message_recorded",
        "session.ended",
        "session.started",
        "session.message_recorded",
    ]
    ((_, ended),) = await service.said(facts.tenant, "session.ended")
    assert ended.session_id == old["id"]
    assert ended.duration == 0
    assert ended.metrics.total_messages == ended.metrics.inbound_messages == 1
    assert ended.first_response_seconds is None
    assert (ended.metrics.answers, ended.metrics.waiting_since) == (0, old["first_message_at"])


async def test_a_lag_longer_than_the_timeout_ends_no_session_that_had_messages(
    service: Any, facts: Any, long_ago: Any
) -> None:
    """Messages of ten minutes each are read two hours late, while timers fire in between."""
    moments = [long_ago(minutes=120 - 10 * n) for n in range(8)]
    for moment in moments:
        await service.record(facts.message(received_at=moment))
        (row,) = await service.rows(facts.tenant)
        await _fire_timer(service, facts, row["id"])
    (row,) = await service.rows(facts.tenant)
    assert row["inbound_messages"] == 8
    assert row["ended_at"] == moments[-1] + timedelta(minutes=30)
    names = await service.said_names(facts.tenant)
    assert names.count("session.started") == 1
    assert names.count("session.ended") == 8
    assert names.count("session.reopened") == 7
    ended = await service.said(facts.tenant, "session.ended")
    assert ended[-1][1].metrics.total_messages == 8
    sequences = [envelope.sequence for envelope, _ in await service.said(facts.tenant)]
    assert sequences == sorted(sequences)


async def test_two_bundles_at_once_open_one_session(service: Any, facts: Any) -> None:
    await asyncio.gather(*(service.record(facts.message(), facts.message()) for _ in range(8)))
    (row,) = await service.rows(facts.tenant)
    assert row["inbound_messages"] == 16
    assert (await service.said_names(facts.tenant)).count("session.started") == 1


async def test_bundles_that_cross_do_not_deadlock(service: Any, facts: Any) -> None:
    people = [new_id() for _ in range(12)]
    for _ in range(5):
        forth = [facts.message(node=person) for person in people]
        back = [facts.message(node=person) for person in reversed(people)]
        await asyncio.gather(service.record(*forth), service.record(*back))
    rows = await service.rows(facts.tenant)
    assert [row["inbound_messages"] for row in rows] == [10] * 12


async def test_two_active_sessions_of_one_person_become_one(service: Any, facts: Any) -> None:
    ana, lid = facts.contact_id, new_id()
    await service.record(facts.message(node=ana), facts.message(node=ana, from_me=True))
    await service.record(facts.message(node=lid), facts.message(node=lid))
    await service.people(facts.merged(lid, ana))
    survivor, merged = await service.rows(facts.tenant)
    assert (survivor["status"], survivor["contact_id"]) == ("active", ana)
    assert (survivor["inbound_messages"], survivor["outbound_messages"]) == (3, 1)
    assert (merged["end_reason"], merged["merged_into"]) == ("merged", survivor["id"])
    said = await service.said(facts.tenant, "session.merged", "session.ended")
    (_, told), (_, ended) = said
    assert (told.from_session_id, told.into_session_id) == (merged["id"], survivor["id"])
    assert (ended.session_id, ended.reason, ended.metrics.total_messages) == (
        merged["id"],
        "merged",
        2,
    )
    # told again, and by the message itself: counted once
    await service.people(facts.merged(lid, ana))
    link = AliasLink(node_id=lid, root_id=ana, version=1)
    await service.record(facts.message(node=lid, root=ana, aliases=[link]))
    survivor, _ = await service.rows(facts.tenant)
    assert (survivor["inbound_messages"], survivor["outbound_messages"]) == (4, 1)
    assert len(await service.said(facts.tenant, "session.merged")) == 1


async def test_a_merge_meets_messages_in_flight(service: Any, facts: Any) -> None:
    """The join is heard between, before and beside messages that do and do not know of it."""
    ana, lid = facts.contact_id, new_id()
    link = [AliasLink(node_id=lid, root_id=ana, version=1)]
    await service.record(facts.message(node=ana), facts.message(node=lid))

    async def old_news() -> None:
        for _ in range(5):
            await service.record(facts.message(node=lid), facts.message(node=ana))

    async def new_news() -> None:
        for _ in range(5):
            await service.record(facts.message(node=lid, root=ana, aliases=link))

    await asyncio.gather(old_news(), new_news(), service.people(facts.merged(lid, ana)))
    rows = await service.rows(facts.tenant)
    (survivor,) = [row for row in rows if row["status"] == "active"]
    assert survivor["inbound_messages"] == 2 + 10 + 5
    assert all(row["end_reason"] == "merged" for row in rows if row["id"] != survivor["id"])
    recorded = await service.said(facts.tenant, "session.message_recorded")
    assert len(recorded) == 17
    # who learnt of the join tells it on, also for messages that did not know
    for envelope, data in recorded:
        assert envelope.partition_key == str(data.root_id)
        if data.contact_id == lid and data.root_id == ana:
            assert data.aliases == link


async def test_an_undone_merge_takes_apart_again(service: Any, facts: Any) -> None:
    ana, lid = facts.contact_id, new_id()
    await service.people(facts.merged(lid, ana))
    await service.record(facts.message(node=ana), facts.message(node=lid, root=ana))
    await service.people(facts.unmerged(lid, ana, sequence=2))
    await service.record(facts.message(node=lid), facts.message(node=ana))
    rows = await service.rows(facts.tenant)
    assert {row["contact_id"]: row["inbound_messages"] for row in rows} == {ana: 3, lid: 1}
    assert all(row["status"] == "active" for row in rows)


async def test_an_older_link_changes_nothing(service: Any, facts: Any) -> None:
    ana, lid = facts.contact_id, new_id()
    await service.people(facts.unmerged(lid, ana, sequence=2))
    await service.people(facts.merged(lid, ana, sequence=1))
    await service.record(facts.message(node=ana), facts.message(node=lid))
    assert len(await service.rows(facts.tenant)) == 2


async def test_two_tenants_in_one_bundle_do_not_meet(
    service: Any, facts: Any, make_facts: Any
) -> None:
    other = make_facts()
    other.contact_id, other.channel_id = facts.contact_id, facts.channel_id
    await service.record(facts.message(), other.message(), facts.message())
    (mine,) = await service.rows(facts.tenant)
    (theirs,) = await service.rows(other.tenant)
    assert (mine["inbound_messages"], theirs["inbound_messages"]) == (2, 1)
    assert mine["id"] != theirs["id"]


async def _fire_timer(service: Any, facts: Any, session_id: UUID) -> None:
    activities = SessionActivities(service.database, Bell())
    await activities.end_if_idle(Timer(tenant_id=facts.tenant.tenant_id, session_id=session_id))
