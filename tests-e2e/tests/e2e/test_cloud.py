"""A number at the Cloud API, whole: who writes is found and answered, and nothing twice or lost."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import msgspec
import pytest

from cloud_simulator.answers import Trouble, Weather
from cloud_simulator.parties import Person
from cloud_simulator.payloads import new_user_id_notice
from ventros_e2e.api import Message, Problem
from ventros_e2e.audit import auditing
from ventros_e2e.cloud import CloudLine, cloud_line, somebody
from ventros_e2e.ledger import Ledger
from ventros_e2e.waiting import eventually
from waha_simulator.delivery import Faults

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
async def cloud(tenant) -> AsyncIterator[CloudLine]:
    async with cloud_line(tenant.api) as line:
        yield line


def once() -> dict[str, str]:
    """What makes a request one that is done once."""
    return {"Idempotency-Key": uuid4().hex}


async def ours(cloud: CloudLine, contact_id: str) -> list[Message]:
    return [m for m in await cloud.inbox.messages(contact_id) if m.direction == "outbound"]


async def test_somebody_without_a_phone_is_found_shown_and_answered(cloud: CloudLine) -> None:
    bia = somebody("Bia", hidden=True)
    written = await cloud.write(bia, "Tem mesa?")
    (found,) = await cloud.inbox.contacts(search="Bia")
    assert (found.id, found.phone) == (written.contact_id, None)
    known = await cloud.inbox.identities(found.id)
    assert [(one.kind, one.value) for one in known] == [("bsuid", bia.bsuid)]
    asked = await cloud.text(written.session_id, "Tem sim!")
    await cloud.shown_as(asked, "delivered")
    (taken,) = cloud.line.taken
    assert (taken.send.recipient, taken.send.to) == (bia.bsuid, None)
    assert taken.send.text is not None
    assert taken.send.text.body == "Tem sim!"
    assert [one.content.text for one in await cloud.inbox.messages(found.id)] == [
        "Tem mesa?",
        "Tem sim!",
    ]


async def test_statuses_may_come_in_any_order_and_again(cloud: CloudLine) -> None:
    written = await cloud.write(somebody("Ana"))
    cloud.meta.told = ()
    asked = await cloud.text(written.session_id, "Bom dia")
    await cloud.becomes(asked, "sent")
    (taken,) = cloud.line.taken
    for word in ("read", "sent", "read", "delivered", "sent"):
        cloud.meta.tell(cloud.line, taken.id, word)
        await cloud.meta.settle(cloud.line)
    shown = await cloud.shown_as(asked, "read")
    assert shown.stanza == taken.id
    assert len(await ours(cloud, written.contact_id)) == 1


async def test_a_batch_over_several_entries_loses_nothing(cloud: CloudLine) -> None:
    ana = somebody("Ana")
    written = await cloud.write(ana)
    cloud.meta.told = ()
    asked = [await cloud.text(written.session_id, str(number)) for number in range(3)]
    for one in asked:
        await cloud.becomes(one, "sent")
    people = [ana, somebody("Bia", hidden=True), somebody("Caio")]
    with cloud.meta.one_post(cloud.line, per_entry=13):
        sent = [cloud.meta.write(cloud.line, people[n % 3], f"nº {n}") for n in range(100)]
        for taken in cloud.line.taken:
            cloud.meta.tell(cloud.line, taken.id, "delivered")
    (delivery,) = [one for one in await cloud.meta.settle(cloud.line) if one.attempts][-1:]
    assert delivery.status == 200
    stored = await cloud.inbox.holds(104)
    assert {one.stanza for one in stored} >= set(sent)
    assert len(stored) == 104
    for one in asked:
        await cloud.shown_as(one, "delivered")
    for contact in await cloud.inbox.contacts():
        texts = [m.content.text for m in await cloud.inbox.messages(contact.id)]
        numbers = [int(t.split()[1]) for t in texts if t is not None and t.startswith("nº")]
        assert numbers == sorted(numbers)


async def test_another_user_id_is_no_other_person(cloud: CloudLine) -> None:
    bia = somebody("Bia", hidden=True)
    first = await cloud.write(bia, "oi")
    changed = msgspec.structs.replace(bia, bsuid=f"{bia.bsuid}NEW")
    cloud.meta.post(cloud.line, new_user_id_notice(cloud.line.number, bia, changed.bsuid))

    async def known() -> bool:
        found = await cloud.inbox.identities(first.contact_id)
        return {one.value for one in found} == {bia.bsuid, changed.bsuid}

    await eventually(known, "the contact has the new id", within=30)
    cloud.meta.meet(cloud.line, changed)
    await cloud.becomes(await cloud.text(first.session_id, "Oi, Bia"), "sent")
    assert [one.send.recipient for one in cloud.line.taken] == [changed.bsuid]
    second = await cloud.write(changed, "sou eu")
    assert (second.contact_id, second.session_id) == (first.contact_id, first.session_id)


async def test_who_did_not_write_for_a_day_is_not_written_to(cloud: CloudLine) -> None:
    person = somebody("Ana")
    long_ago = cloud.meta.write(cloud.line, person, timestamp=1_783_000_000)
    written = await cloud.inbox.the_message(long_ago)
    with pytest.raises(Problem) as refused:
        await cloud.text(written.session_id, "Ainda aí?")
    assert (refused.value.status, refused.value.code) == (409, "window_closed")
    assert cloud.line.taken == []
    await cloud.write(person, "voltei")
    asked = await cloud.text(written.session_id, "Ainda aí?")
    await cloud.becomes(asked, "sent")


async def test_a_file_comes_in(cloud: CloudLine, tenant) -> None:
    content = b"\x89PNG\r\n\x1a\n" + bytes(2000)
    stanza = cloud.meta.send_file(cloud.line, somebody("Ana"), "image", "image/png", content)
    message = await cloud.inbox.the_message(stanza)

    async def stored() -> dict | None:
        shown = await tenant.api.get(f"/v1/messages/{message.id}/file", dict)
        return shown if shown["status"] == "stored" else None

    file = await eventually(stored, "the file is stored", within=30)
    assert (file["mimetype"], file["size_bytes"]) == ("image/png", len(content))


async def test_nothing_is_sent_twice_and_nothing_lost_in_bad_weather(
    stack, tenant, cloud: CloudLine
) -> None:
    """Posts late, doubled, broken off, in another order; answers late and lost."""
    async with auditing(stack, tenant.inbox, str(tenant.tenant_id)) as auditor:
        ledger = Ledger()
        people = [somebody(name, hidden=name < "C") for name in ("Ana", "Bia", "Caio", "Davi")]
        cloud.meta.postman.faults = Faults(fail=0.2, duplicate=0.3, delay_seconds=0.2, reorder=3)
        cloud.meta.troubles.weather = Weather(lose=0.3, delay_seconds=0.1)
        sessions = [await _written(cloud, ledger, person) for person in people]
        asked = [
            await cloud.text(session, f"{number} {session}")
            for number in range(2)
            for session in sessions
        ]
        told = asyncio.create_task(_keep_posting(cloud))
        try:
            for one in asked:
                await cloud.becomes(one, "sent", within=60)
        finally:
            told.cancel()
            await asyncio.gather(told, return_exceptions=True)
        for taken in cloud.line.taken:
            ledger.write(taken.id, str(taken.reached.bsuid)).answered = True
        findings = await auditor.settled(ledger, within=30)
        # Customers' posts were mixed: that theirs are in order of sending is not promised.
        kept = msgspec.structs.replace(findings, disordered=())
        assert kept.clean, kept.summary()
        bodies = [taken.send.text.body for taken in cloud.line.taken if taken.send.text]
        assert len(bodies) == len(set(bodies)) == len(asked)


async def _written(cloud: CloudLine, ledger: Ledger, person: Person) -> str:
    stanza = cloud.meta.write(cloud.line, person)
    ledger.write(stanza, person.bsuid).answered = True
    cloud.meta.postman.release_held()
    return (await cloud.inbox.the_message(stanza)).session_id


async def _keep_posting(cloud: CloudLine) -> None:
    """What is held back to be reordered leaves in the end, as it does at Meta."""
    while True:
        await asyncio.sleep(0.5)
        cloud.meta.postman.release_held()


async def test_a_token_that_is_refused_stops_the_channel_until_it_is_replaced(
    cloud: CloudLine, tenant
) -> None:
    written = await cloud.write(somebody("Ana"))
    cloud.meta.troubles.add(Trouble(kind="refuse", code=190))
    asked = await cloud.text(written.session_id, "um")
    failed = await cloud.becomes(asked, "failed")
    assert failed.failure == "authentication"
    path = f"/v1/channels/{cloud.channel.id}"
    assert (await tenant.api.get(path, dict))["connection_status"] == "UNAUTHORIZED"
    await cloud.becomes(await cloud.text(written.session_id, "dois"), "failed")
    assert cloud.line.taken == []
    token = {"whatsapp_cloud": {"access_token": cloud.line.number.token}}
    await tenant.api.call("PATCH", path, token)
    await cloud.becomes(await cloud.text(written.session_id, "três"), "sent")
    assert (await tenant.api.get(path, dict))["connection_status"] == "WORKING"


async def test_receipts_and_reactions_are_its_acts(cloud: CloudLine, tenant) -> None:
    written = await cloud.write(somebody("Ana"))
    (chat,) = await tenant.api.every("/v1/chats", dict)
    await tenant.api.call("POST", f"/v1/chats/{chat['id']}/read", None, headers=once())
    path = f"/v1/messages/{written.id}"
    emoji = {"emoji": "👍"}
    await tenant.api.call("PUT", f"{path}/reaction", emoji, headers=once())

    async def done() -> bool:
        reactions = [one.send.reaction for one in cloud.line.taken]
        return cloud.line.seen == [written.stanza] and len(reactions) == 1

    await eventually(done, "the receipt and the reaction are at Meta", within=30)
    reaction = cloud.line.taken[0].send.reaction
    assert reaction is not None
    assert (reaction.message_id, reaction.emoji) == (written.stanza, "👍")
    mine = await cloud.text(written.session_id, "Bom dia")
    await cloud.shown_as(mine, "delivered")
    with pytest.raises(Problem) as refused:
        await tenant.api.call("DELETE", f"/v1/messages/{mine}", None, headers=once())
    assert refused.value.code == "action_unsupported"


async def test_a_list_goes_out_in_sections_and_the_row_that_is_chosen_comes_back(
    cloud: CloudLine, tenant
) -> None:
    ana = somebody("Ana")
    written = await cloud.write(ana)
    row = {"id": "az", "title": "Azul", "description": "Do mar"}
    sections = [
        {"title": "Frias", "rows": [row]},
        {"title": "Quentes", "rows": [{**row, "id": "v"}]},
    ]
    offer = {"type": "interactive", "text": "Qual?", "button": "Ver", "sections": sections}
    await cloud.becomes(await cloud.say(written.session_id, offer), "sent")
    (taken,) = cloud.line.taken
    assert taken.send.interactive is not None
    assert msgspec.to_builtins(taken.send.interactive.action.sections) == sections
    choice = {"type": "list_reply", "list_reply": row}
    stanza = cloud.meta.write(cloud.line, ana, kind="interactive", member=choice)
    answer = await cloud.inbox.the_message(stanza)
    shown = await tenant.api.get(f"/v1/messages/{answer.id}", dict)
    assert shown["content"]["interactive"] == {
        "kind": "list_reply",
        "title": "Azul",
        "selected_id": "az",
        "description": "Do mar",
    }
