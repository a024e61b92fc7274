"""Messages become contacts: found, made, joined, named, restored."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from platform_core.errors import Invalid
from platform_testkit import TestTenant
from proto_events.conversation import PartyIdentity

SHORT = "551187654321@s.whatsapp.net"
LONG = "5511987654321@s.whatsapp.net"
LID = "123456789012345@lid"
PHONE = "+5511987654321"


async def identities(world: Any, tenant: Any) -> set[tuple[str, str]]:
    rows = await world.rows(tenant, "SELECT kind, value FROM contact_identity")
    return {(row["kind"], row["value"]) for row in rows}


async def join(world: Any, line: Any) -> None:
    """A contact with the LID, a younger one with the phone, and the proof that they are one."""
    for addresses in ((LID,), (SHORT,), (SHORT, LID)):
        await world.take(line.message(*addresses))


async def test_a_new_person_becomes_a_contact(world: Any, line: Any) -> None:
    message = line.message(SHORT, push_name="  Maria\u200f\n Silva ")
    await world.take(message)

    created, met = await world.events(line.tenant)
    (node,) = await world.nodes(line.tenant)
    assert created.type == "contact.created"
    assert created.data.contact_id == node
    assert (created.data.name, created.data.phone) == ("Maria Silva", PHONE)
    assert created.data.source_channel == line.channel_id
    assert created.envelope.sequence == 1
    assert met.type == "contact.interaction_recorded"
    assert met.data.contact_id == met.data.root_id == node
    assert met.data.aliases == []
    assert met.data.is_first_interaction
    assert met.data.message == message.data.message
    assert met.data.interacted_at == message.data.message.occurred_at
    for event in (created, met):
        assert event.envelope.subject == event.envelope.partition_key == str(node)
        assert event.envelope.causation_id == message.envelope.id
        assert event.envelope.correlation_id == message.envelope.correlation_id
        assert event.envelope.project_id == line.tenant.project_id
    assert await identities(world, line.tenant) == {("phone", PHONE), ("jid", SHORT)}
    (row,) = await world.rows(line.tenant, "SELECT * FROM contact")
    assert (row["name"], row["name_source"], row["phone"]) == ("Maria Silva", "push", PHONE)
    assert row["first_interaction_at"] == row["last_interaction_at"] == met.data.interacted_at


async def test_a_known_person_costs_two_statements(world: Any, line: Any) -> None:
    await world.take(line.message(SHORT, LID, push_name="Ana"))
    bundle = [line.message(SHORT, LID, push_name="Ana"), line.message(LID, SHORT)]
    statements: list[str] = []
    tenant_id = line.tenant.tenant_id
    from ventros_contacts.events.subscribe import on_messages  # noqa: PLC0415

    async with world.database.tenant(tenant_id) as tx:
        with tx.query_logger(lambda record: statements.append(record.query)):
            await on_messages(tx, tenant_id, bundle)
            await asyncio.sleep(0)
    assert len(statements) == 2, statements
    met = await world.interactions(line.tenant)
    assert [each.is_first_interaction for each in met] == [True, False, False]
    (row,) = await world.rows(line.tenant, "SELECT * FROM contact")
    assert row["first_interaction_at"] == met[0].interacted_at
    assert row["last_interaction_at"] == met[2].interacted_at
    assert row["version"] == 1


async def test_both_forms_of_a_brazilian_mobile_are_one(world: Any, line: Any) -> None:
    await world.take(line.message(SHORT), line.message(LONG), line.message(SHORT))
    assert len(await world.nodes(line.tenant)) == 1
    assert await identities(world, line.tenant) == {
        ("phone", PHONE),
        ("jid", SHORT),
        ("jid", LONG),
    }


async def test_a_landline_stays_another_number(world: Any, line: Any) -> None:
    await world.take(
        line.message("551132654321@s.whatsapp.net"), line.message("5511932654321@s.whatsapp.net")
    )
    assert len(await world.nodes(line.tenant)) == 2


async def test_a_lid_is_no_phone(world: Any, line: Any) -> None:
    await world.take(line.message(LID))
    assert await identities(world, line.tenant) == {("lid", LID)}
    (row,) = await world.rows(line.tenant, "SELECT phone FROM contact")
    assert row["phone"] is None
    disguised = [PartyIdentity(kind="jid", value="999999999999@lid")]
    await world.take(line.message("999999999999@lid", party=disguised))
    assert ("lid", "999999999999@lid") in await identities(world, line.tenant)


async def test_a_phone_that_is_learnt_later_completes_the_contact(world: Any, line: Any) -> None:
    await world.take(line.message(LID))
    await world.take(line.message(LID, SHORT))
    (node,) = await world.nodes(line.tenant)
    (updated,) = await world.events(line.tenant, "contact.updated")
    assert updated.data.contact_id == node
    assert (updated.data.changed, updated.data.phone) == (["phone"], PHONE)
    assert updated.envelope.sequence == 2
    assert await identities(world, line.tenant) == {
        ("lid", LID),
        ("phone", PHONE),
        ("jid", SHORT),
    }


async def test_two_contacts_join_when_a_message_proves_them_one(
    world: Any, line: Any, caller: Any
) -> None:
    await world.take(line.message(LID, push_name="Hidden"))
    await world.take(line.message(SHORT))
    await world.take(line.message(SHORT, LID))
    older, newer = await world.nodes(line.tenant)

    (merged,) = await world.events(line.tenant, "contact.merged")
    assert merged.data.primary_contact_id == older
    assert merged.data.merged_contact_ids == [newer]
    assert merged.data.merge_strategy == "proof"
    assert (merged.envelope.subject, merged.envelope.sequence) == (str(newer), 1)
    last = (await world.events(line.tenant, "contact.interaction_recorded"))[-1]
    # The conversation is held with the phone: the message is that node's, the person is the root.
    assert (last.data.contact_id, last.data.root_id) == (newer, older)
    assert last.envelope.partition_key == str(older)
    assert [(e.node_id, e.root_id, e.version) for e in last.data.aliases] == [(newer, older, 1)]
    assert not last.data.is_first_interaction

    await world.take(line.message(LID, SHORT))
    last = (await world.interactions(line.tenant))[-1]
    assert (last.contact_id, last.root_id, last.aliases) == (older, older, [])

    person = await caller.get(f"/v1/contacts/{newer}")
    assert person["id"] == str(older)
    assert person["node_ids"] == [str(older), str(newer)]
    assert (person["phone"], person["name"]) == (PHONE, "Hidden")
    assert [each["id"] for each in await caller.all()] == [str(older)]


async def test_joined_people_cost_one_statement_more(world: Any, line: Any) -> None:
    await join(world, line)
    statements: list[str] = []
    tenant_id = line.tenant.tenant_id
    from ventros_contacts.events.subscribe import on_messages  # noqa: PLC0415

    async with world.database.tenant(tenant_id) as tx:
        with tx.query_logger(lambda record: statements.append(record.query)):
            await on_messages(tx, tenant_id, [line.message(SHORT, LID), line.message(SHORT)])
            await asyncio.sleep(0)
    assert len(statements) == 3, statements
    older, newer = await world.nodes(line.tenant)
    for met in (await world.interactions(line.tenant))[-2:]:
        assert (met.contact_id, met.root_id) == (newer, older)
        assert [(e.node_id, e.root_id, e.version) for e in met.aliases] == [(newer, older, 1)]


async def test_what_a_person_took_apart_is_not_joined_again(
    world: Any, line: Any, caller: Any
) -> None:
    await join(world, line)
    older, newer = await world.nodes(line.tenant)
    alone = await caller.unmerge(newer)
    assert (alone["id"], alone["node_ids"]) == (str(newer), [str(newer)])
    (parted,) = await world.events(line.tenant, "contact.unmerged")
    assert parted.data.contact_id == newer
    assert parted.data.former_primary_contact_id == older
    assert (parted.envelope.subject, parted.envelope.sequence) == (str(newer), 2)

    await world.take(line.message(SHORT, LID), line.message(LID, SHORT))
    assert len(await world.events(line.tenant, "contact.merged")) == 1
    by_phone, by_lid = (await world.interactions(line.tenant))[-2:]
    assert (by_phone.contact_id, by_phone.root_id) == (newer, newer)
    # Whoever hears of this path only, hears that the edge is gone.
    assert [(e.node_id, e.root_id, e.version) for e in by_phone.aliases] == [(newer, newer, 2)]
    assert (by_lid.contact_id, by_lid.root_id, by_lid.aliases) == (older, older, [])

    # Until a person says otherwise.
    assert (await caller.merge(newer, older))["id"] == str(newer)
    await world.take(line.message(LID, SHORT))
    last = (await world.interactions(line.tenant))[-1]
    assert (last.contact_id, last.root_id) == (older, newer)
    assert [(e.node_id, e.root_id, e.version) for e in last.aliases] == [
        (older, newer, 1),
        (newer, newer, 2),
    ]
    await caller.unmerge(older)


async def test_a_chain_of_joins_is_told_edge_by_edge(world: Any, line: Any, caller: Any) -> None:
    other = "5521912345678@s.whatsapp.net"
    await world.take(line.message(other))
    await join(world, line)
    first, second, third = await world.nodes(line.tenant)
    await caller.merge(first, third)
    await world.take(line.message(SHORT))
    last = (await world.interactions(line.tenant))[-1]
    assert (last.contact_id, last.root_id) == (third, first)
    assert [(e.node_id, e.root_id) for e in last.aliases] == [(third, second), (second, first)]
    assert (await caller.unmerge(second))["node_ids"] == [str(second), str(third)]


async def test_a_name_that_a_person_set_stays(world: Any, line: Any, caller: Any) -> None:
    await world.take(line.message(SHORT, push_name="mari"))
    await world.take(line.message(SHORT, push_name="Mari S."))
    (renamed,) = await world.events(line.tenant, "contact.name_changed")
    assert (renamed.data.old_name, renamed.data.new_name) == ("mari", "Mari S.")
    assert renamed.data.changed_by is None
    assert renamed.envelope.sequence == 2
    assert [each["id"] for each in await caller.all(search="mari s")]

    (node,) = await world.nodes(line.tenant)
    await caller.change(node, name="Maria Silva")
    await world.take(line.message(SHORT, push_name="Outra"), line.message(LONG, push_name="Mais"))
    person = await caller.get(f"/v1/contacts/{node}")
    assert (person["name"], person["name_source"]) == ("Maria Silva", "person")
    assert len(await world.events(line.tenant, "contact.name_changed")) == 2
    # Cleared by a person, it is free for the push name again.
    await caller.change(node, name=None)
    await world.take(line.message(SHORT, push_name="Mari"))
    person = await caller.get(f"/v1/contacts/{node}")
    assert (person["name"], person["name_source"]) == ("Mari", "push")


async def test_claiming_the_same_name_makes_it_a_persons(
    world: Any, line: Any, caller: Any
) -> None:
    await world.take(line.message(SHORT, push_name="Mari"))
    (node,) = await world.nodes(line.tenant)
    assert (await caller.change(node, name="Mari"))["name_source"] == "person"
    await world.take(line.message(SHORT, push_name="Outra"))
    assert (await caller.get(f"/v1/contacts/{node}"))["name"] == "Mari"


async def test_our_own_messages_find_and_make_contacts_without_a_name(
    world: Any, line: Any
) -> None:
    await world.take(line.message(SHORT, from_me=True, push_name="Our company"))
    (row,) = await world.rows(line.tenant, "SELECT name, phone FROM contact")
    assert tuple(row) == (None, PHONE)
    await world.take(line.message(SHORT, push_name="Ana"))
    await world.take(line.message(SHORT, from_me=True, push_name="Our company"))
    (row,) = await world.rows(line.tenant, "SELECT name FROM contact")
    assert row["name"] == "Ana"
    assert len(await world.interactions(line.tenant)) == 3


async def test_a_deleted_contact_who_writes_is_restored(world: Any, line: Any, caller: Any) -> None:
    await world.take(line.message(SHORT, push_name="Ana"))
    (node,) = await world.nodes(line.tenant)
    assert (await caller.call("DELETE", f"/v1/contacts/{node}")).status_code == 204
    assert (await caller.call("GET", f"/v1/contacts/{node}")).status_code == 404
    assert await caller.all() == []
    await world.take(line.message(SHORT), line.message(SHORT))
    assert await world.nodes(line.tenant) == [node]
    (restored,) = await world.events(line.tenant, "contact.restored")
    assert restored.data.contact_id == node
    assert restored.envelope.sequence == 3
    assert (await caller.get(f"/v1/contacts/{node}"))["name"] == "Ana"
    assert [met.is_first_interaction for met in await world.interactions(line.tenant)] == [
        True,
        False,
        False,
    ]


async def test_a_deleted_person_of_two_contacts_is_restored(
    world: Any, line: Any, caller: Any
) -> None:
    await join(world, line)
    older, newer = await world.nodes(line.tenant)
    assert (await caller.call("DELETE", f"/v1/contacts/{newer}")).status_code == 204
    assert (await caller.call("GET", f"/v1/contacts/{older}")).status_code == 404
    await world.take(line.message(SHORT))
    assert (await caller.get(f"/v1/contacts/{newer}"))["id"] == str(older)


async def test_what_a_user_entered_is_recognised_and_then_proven(
    world: Any, line: Any, caller: Any
) -> None:
    made = await caller.create(name="Ana", phone="+551187654321")
    assert made["phone"] == PHONE
    path = f"/v1/contacts/{made['id']}/identities"
    assert [each["verified"] for each in (await caller.get(path))["items"]] == [False]
    await world.take(line.message(LONG, push_name="aninha"))
    assert [str(node) for node in await world.nodes(line.tenant)] == [made["id"]]
    assert {(each["kind"], each["verified"]) for each in (await caller.get(path))["items"]} == {
        ("phone", True),
        ("jid", True),
    }
    (met,) = await world.interactions(line.tenant)
    assert met.is_first_interaction


async def test_times_of_interactions_only_widen(world: Any, line: Any) -> None:
    middle = line.message(SHORT)
    at = middle.data.message.occurred_at
    await world.take(middle)
    await world.take(line.message(SHORT, at=at - timedelta(days=9)))
    await world.take(line.message(SHORT, at=at + timedelta(days=9)), line.message(SHORT, at=at))
    (row,) = await world.rows(line.tenant, "SELECT * FROM contact")
    assert row["first_interaction_at"] == at - timedelta(days=9)
    assert row["last_interaction_at"] == at + timedelta(days=9)


async def test_a_message_of_nobody_is_refused(world: Any, line: Any) -> None:
    with pytest.raises(Invalid) as caught:
        await world.take(line.message(SHORT), line.message(party=[]))
    assert caught.value.code == "message_without_party"
    with pytest.raises(Invalid):
        await world.take(line.message(party=[PartyIdentity(kind="phone", value="0")]))
    assert await world.nodes(line.tenant) == []
    assert await world.events(line.tenant) == []


async def test_ids_of_interactions_follow_from_the_message(world: Any, line: Any) -> None:
    message = line.message(SHORT)
    await world.take(message)
    await world.take(message)
    first, second = await world.events(line.tenant, "contact.interaction_recorded")
    assert first.envelope.id == second.envelope.id


async def test_order_of_events_is_that_of_messages(world: Any, line: Any) -> None:
    addresses = [f"55119{number:08}@s.whatsapp.net" for number in range(10)]
    chance = random.Random(7)
    messages = [line.message(chance.choice(addresses)) for _ in range(60)]
    await world.take(*messages[:25])
    await world.take(*messages[25:])
    told = [met.message.id for met in await world.interactions(line.tenant)]
    assert told == [message.data.message.id for message in messages]


async def test_people_are_separate_in_each_project_and_tenant(world: Any, line: Any) -> None:
    sister = TestTenant(tenant_id=line.tenant.tenant_id, project_id=world.line().tenant.project_id)
    await world.take(line.message(SHORT, LID), world.line(sister).message(SHORT, LID))
    stranger = world.line()
    await world.take(stranger.message(SHORT, LID))
    rows = await world.rows(line.tenant, "SELECT project_id FROM contact")
    assert {row["project_id"] for row in rows} == {line.tenant.project_id, sister.project_id}
    assert len(await world.nodes(stranger.tenant)) == 1
