"""The timeout of channels and projects, for sessions that begin and for those that are open."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from platform_core.ids import new_id
from proto_events.channels import ChannelCreated, ChannelDeleted, ChannelUpdated
from proto_events.identity import ProjectCreated, ProjectUpdated


def channel(facts: Any, minutes: float | None, sequence: int = 1, *, created: bool = False) -> Any:
    kind, moment = (ChannelCreated, "created_at") if created else (ChannelUpdated, "updated_at")
    fact = kind(
        channel_id=facts.channel_id,
        name="Sales",
        type="waha",
        status="active",
        external_id="default",
        default_session_timeout_minutes=minutes,
        **{moment: "2026-03-01T12:00:00Z"},
    )
    return facts.received(fact, facts.channel_id, sequence=sequence)


def project(facts: Any, minutes: float | None, sequence: int = 1, *, created: bool = False) -> Any:
    fact = (ProjectCreated if created else ProjectUpdated)(
        project_id=facts.tenant.project_id,
        customer_id=facts.tenant.tenant_id,
        name="Main",
        time_zone="America/Sao_Paulo",
        active=True,
        session_timeout_minutes=minutes,
    )
    return facts.received(fact, facts.tenant.project_id, sequence=sequence)


def deleted(facts: Any, sequence: int) -> Any:
    fact = ChannelDeleted(channel_id=facts.channel_id, deleted_at="2026-03-01T12:00:00Z")  # type: ignore[arg-type]
    return facts.received(fact, facts.channel_id, sequence=sequence)


@pytest.mark.parametrize(
    ("of_channel", "of_project", "seconds", "source"),
    [
        (None, None, 1800.0, "default"),
        (None, 5.0, 300.0, "project"),
        (0.05, 5.0, 3.0, "channel"),
        (0.05, None, 3.0, "channel"),
    ],
)
async def test_a_session_begins_with_the_timeout_of_channel_then_project_then_default(
    service: Any,
    facts: Any,
    of_channel: float | None,
    of_project: float | None,
    seconds: float,
    source: str,
) -> None:
    await service.settings(
        channel(facts, of_channel, created=True), project(facts, of_project, created=True)
    )
    await service.record(facts.message())
    (row,) = await service.rows(facts.tenant)
    assert (row["timeout_seconds"], row["timeout_source"]) == (seconds, source)


async def test_a_changed_timeout_applies_to_open_sessions_that_inherit_it(
    service: Any, facts: Any, make_facts: Any
) -> None:
    other_channel = make_facts(facts.tenant)
    other_tenant = make_facts()
    for told in (facts, other_channel, other_tenant):
        await service.record(told.message())
    await service.settings(channel(facts, 10.0))
    await service.settings(project(facts, 7.0))
    rows = {row["channel_id"]: row for row in await service.rows(facts.tenant)}
    assert rows[facts.channel_id]["timeout_seconds"] == 600
    assert rows[other_channel.channel_id]["timeout_seconds"] == 420
    assert (await service.rows(other_tenant.tenant))[0]["timeout_seconds"] == 1800
    said = await service.said(facts.tenant, "session.timeout_changed")
    assert [(data.session_id, data.timeout_seconds) for _, data in said] == [
        (rows[facts.channel_id]["id"], 600),
        (rows[other_channel.channel_id]["id"], 420),
    ]
    assert said[0][0].sequence == rows[facts.channel_id]["version"] == 3

    # the channel's own goes: the project's holds
    await service.settings(channel(facts, None, sequence=2))
    (row,) = [r for r in await service.rows(facts.tenant) if r["channel_id"] == facts.channel_id]
    assert (row["timeout_seconds"], row["timeout_source"]) == (420, "project")


async def test_an_ended_session_keeps_its_timeout(service: Any, facts: Any, long_ago: Any) -> None:
    await service.record(facts.message(received_at=long_ago(hours=2)))
    await service.record(facts.message())
    await service.settings(channel(facts, 10.0))
    ended, open_one = await service.rows(facts.tenant)
    assert (ended["timeout_seconds"], open_one["timeout_seconds"]) == (1800, 600)


async def test_only_a_higher_sequence_is_applied(service: Any, facts: Any) -> None:
    await service.record(facts.message())
    await service.settings(channel(facts, 10.0, sequence=3), channel(facts, 20.0, sequence=2))
    await service.settings(channel(facts, 30.0, sequence=1))
    (row,) = await service.rows(facts.tenant)
    assert row["timeout_seconds"] == 600
    assert len(await service.said(facts.tenant, "session.timeout_changed")) == 1


async def test_a_change_of_something_else_tells_nothing(service: Any, facts: Any) -> None:
    await service.settings(channel(facts, 10.0))
    await service.record(facts.message())
    await service.settings(channel(facts, 10.0, sequence=2))
    assert await service.said(facts.tenant, "session.timeout_changed") == []


async def test_deleting_a_channel_leaves_open_sessions_as_they_are(
    service: Any, facts: Any
) -> None:
    await service.settings(channel(facts, 10.0))
    await service.record(facts.message())
    await service.settings(deleted(facts, sequence=2), channel(facts, 10.0, sequence=1))
    (row,) = await service.rows(facts.tenant)
    assert row["timeout_seconds"] == 600


async def test_no_session_begins_with_a_timeout_that_was_just_replaced(
    service: Any, facts: Any
) -> None:
    """Sessions are opened while the timeout is changed: in the end all have the last one."""

    async def write(number: int) -> None:
        await service.record(facts.message(node=UUID(int=number + 1)), facts.message(node=new_id()))

    async def change() -> None:
        for sequence in range(1, 9):
            await service.settings(channel(facts, float(sequence), sequence=sequence))

    await asyncio.gather(change(), *(write(number) for number in range(20)))
    rows = await service.rows(facts.tenant)
    assert len(rows) == 40
    assert {row["timeout_seconds"] for row in rows} == {480.0}
