"""Copies that are filled, or made whole, by snapshots of channels, projects and contacts."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.channels import ChannelSnapshot
from proto_events.contacts import AliasLink, ContactSnapshot
from proto_events.identity import ProjectSnapshot
from ventros_sessions.events.subscribe import CONSUMERS

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def channel(facts: Any, minutes: float | None, sequence: int, *, gone: bool = False) -> Any:
    told = ChannelSnapshot(
        channel_id=facts.channel_id,
        name="Sales",
        type="waha",
        status="active",
        external_id="default",
        default_session_timeout_minutes=minutes,
        created_at=NOW,
        updated_at=NOW,
        deleted_at=NOW if gone else None,
    )
    return facts.received(told, facts.channel_id, sequence=sequence)


def project(facts: Any, minutes: float | None, sequence: int) -> Any:
    told = ProjectSnapshot(
        project_id=facts.tenant.project_id,
        customer_id=facts.tenant.tenant_id,
        name="Main",
        time_zone="America/Sao_Paulo",
        active=True,
        session_timeout_minutes=minutes,
    )
    return facts.received(told, facts.tenant.project_id, sequence=sequence)


def contact(facts: Any, node: UUID, root: UUID, *links: tuple[UUID, UUID, int]) -> Any:
    told = ContactSnapshot(
        contact_id=node,
        root_id=root,
        aliases=[AliasLink(node_id=a, root_id=b, version=version) for a, b, version in links],
        name="Ana",
        created_at=NOW,
        updated_at=NOW,
    )
    return facts.received(told, node, sequence=9)


async def settings(database: Database, facts: Any) -> dict[str, tuple[float | None, int]]:
    async with database.tenant(facts.tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT scope, minutes, sequence FROM timeout_setting")
    return {row["scope"]: (row["minutes"], row["sequence"]) for row in rows}


async def refs(database: Database, facts: Any) -> dict[UUID, tuple[UUID | None, int]]:
    async with database.tenant(facts.tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT id, root_id, version FROM contact_ref")
    return {row["id"]: (row["root_id"], row["version"]) for row in rows}


async def test_timeouts_are_filled_and_hold_for_open_sessions(
    service: Any, facts: Any, database: Database
) -> None:
    await service.record(facts.message())
    await service.settings(channel(facts, 10.0, 3), project(facts, 5.0, 2))
    assert await settings(database, facts) == {"channel": (10.0, 3), "project": (5.0, 2)}
    (row,) = await service.rows(facts.tenant)
    assert (row["timeout_seconds"], row["timeout_source"]) == (600.0, "channel")


async def test_an_older_snapshot_undoes_nothing(
    service: Any, facts: Any, database: Database
) -> None:
    await service.settings(channel(facts, 10.0, 3))
    await service.settings(channel(facts, 20.0, 2))
    await service.settings(channel(facts, 30.0, 3))
    assert await settings(database, facts) == {"channel": (10.0, 3)}


async def test_a_channel_that_was_deleted_says_nothing_any_more(
    service: Any, facts: Any, database: Database
) -> None:
    await service.settings(channel(facts, 10.0, 3))
    await service.settings(channel(facts, 10.0, 4, gone=True))
    assert await settings(database, facts) == {"channel": (None, 4)}


async def test_who_is_one_person_is_filled_and_their_sessions_join(
    service: Any, facts: Any, database: Database
) -> None:
    root, node, parted, alone = (new_id() for _ in range(4))
    await service.record(facts.message(node=root), facts.message(node=node))
    await service.people(
        contact(facts, root, root),
        contact(facts, node, root, (node, root, 3)),
        contact(facts, parted, parted, (parted, parted, 2)),
        contact(facts, alone, alone),
    )
    found = await refs(database, facts)
    assert found[node] == (root, 3)
    assert found[parted] == (None, 2)
    # One that was never joined needs no row; the root has one because it was locked.
    assert alone not in found
    said = await service.said(facts.tenant, "session.merged")
    assert len(said) == 1

    # The same again, and older news, change nothing.
    await service.people(contact(facts, node, root, (node, root, 3)))
    await service.people(contact(facts, node, node, (node, node, 2)))
    assert await refs(database, facts) == found
    assert len(await service.said(facts.tenant, "session.merged")) == 1


async def test_a_bundle_of_contacts_that_were_never_joined_is_nothing_to_do(
    service: Any, facts: Any, database: Database
) -> None:
    node = new_id()
    await service.people(contact(facts, node, node))
    assert await refs(database, facts) == {}


def test_copies_are_filled_through_the_queues_that_keep_them() -> None:
    read = {consumer.name: set(consumer.types) for consumer in CONSUMERS}
    assert {"channel.snapshot.v1", "project.snapshot.v1"} <= read["sessions.copies"]
    assert "contact.snapshot.v1" in read["sessions.aliases"]
