"""Who is who: hidden numbers, the ninth digit, names, merging and taking apart."""

import asyncio

import pytest

from ventros_e2e.crowd import somebody
from ventros_e2e.waiting import eventually
from waha_simulator.engines import Engine
from waha_simulator.people import Address, Person

pytestmark = pytest.mark.e2e


async def the_only_contact(tenant) -> object:
    async def look() -> object | None:
        found = await tenant.inbox.contacts()
        return found[0] if len(found) == 1 else None

    return await eventually(look, "one contact")


async def test_a_hidden_number_is_no_phone(tenant) -> None:
    ana = somebody("Ana")
    told = await tenant.on(Engine.NOWEB).write(ana, "oi", address=Address.LID)
    message = await tenant.inbox.the_message(told.stanza)
    contact = await tenant.inbox.contacts()
    assert [one.phone for one in contact] == [None]
    kinds = {one.kind: one.value for one in await tenant.inbox.identities(message.contact_id)}
    assert kinds["lid"].startswith(ana.lid)
    assert "phone" not in kinds


async def test_a_later_proof_joins_and_undo_takes_apart(tenant) -> None:
    ana = somebody("Ana")
    hidden = await tenant.provider.write(ana, "escondida", address=Address.LID)
    open_ = await tenant.provider.write(ana, "aberta", address=Address.PHONE)
    await tenant.inbox.the_message(hidden.stanza)
    await tenant.inbox.the_message(open_.stanza)
    assert len(await tenant.inbox.contacts()) == 2
    proof = await tenant.provider.write(ana, "sou eu", address=Address.LID_AND_PHONE)
    await tenant.inbox.the_message(proof.stanza)
    contact = await the_only_contact(tenant)

    async def one_history() -> bool:
        return len(await tenant.inbox.messages(contact.id)) == 3

    await eventually(one_history, "three messages in one history")
    assert contact.phone == f"+{ana.phone}"

    async def one_active() -> bool:
        return len(await tenant.inbox.sessions(status="active")) == 1

    await eventually(one_active, "one active session of the one person")
    nodes = {one.contact_id for one in await tenant.inbox.messages(contact.id)}
    (other,) = nodes - {contact.id}
    await tenant.api.call("POST", f"/v1/contacts/{other}/unmerge", {})

    async def apart() -> bool:
        return len(await tenant.inbox.contacts()) == 2

    await eventually(apart, "two contacts again")

    async def own_histories() -> bool:
        lengths = [len(await tenant.inbox.messages(one)) for one in (contact.id, other)]
        return sum(lengths) == 3 and all(lengths)

    await eventually(own_histories, "each with its own messages")


async def test_a_proof_among_messages_in_flight_loses_none(tenant) -> None:
    ana = somebody("Ana")
    provider = tenant.provider
    forms = [Address.LID, Address.PHONE] * 20
    forms[20:22] = [Address.LID_AND_PHONE, Address.PHONE_AND_LID]
    messages = [provider.message(ana, str(n), address=form) for n, form in enumerate(forms)]
    await asyncio.gather(*(provider.post(provider.told(one)) for one in messages))

    async def whole() -> bool:
        contacts = await tenant.inbox.contacts()
        return len(contacts) == 1 and len(await tenant.inbox.messages(contacts[0].id)) == 40

    await eventually(whole, "one contact with forty messages", within=30)

    async def one_active() -> bool:
        return len(await tenant.inbox.sessions(status="active")) == 1

    await eventually(one_active, "one active session")


async def test_the_ninth_digit_does_not_make_two_people(tenant) -> None:
    long = Person(phone="5541988887777", name="Ana")
    short = Person(phone="554188887777", name="Ana")
    await tenant.provider.write(long, "com nove")
    last = await tenant.provider.write(short, "sem nove")
    await tenant.inbox.the_message(last.stanza)
    (contact,) = await tenant.inbox.contacts()
    assert contact.phone == "+5541988887777"


async def test_a_name_that_a_person_set_stays(tenant) -> None:
    ana = somebody("Aninha 🌸")
    first = await tenant.provider.write(ana, "oi")
    await tenant.inbox.the_message(first.stanza)
    (contact,) = await tenant.inbox.contacts()
    assert contact.name == "Aninha 🌸"
    await tenant.api.call("PATCH", f"/v1/contacts/{contact.id}", {"name": "Ana Souza"})
    renamed = Person(phone=ana.phone, lid=ana.lid, name="Outro nome")
    second = await tenant.provider.write(renamed, "oi de novo")
    await tenant.inbox.the_message(second.stanza)
    assert [one.name for one in await tenant.inbox.contacts()] == ["Ana Souza"]


async def test_another_tenants_things_are_not_there(make) -> None:
    mine, theirs = await make(), await make(of_its_own=True)
    ana = somebody("Ana")
    told = await mine.provider.write(ana, "segredo")
    message = await mine.inbox.the_message(told.stanza)
    await theirs.provider.write(ana, "outra conversa")
    await theirs.inbox.holds(1)
    for path in (
        f"/v1/contacts/{message.contact_id}",
        f"/v1/contacts/{message.contact_id}/identities",
        f"/v1/sessions/{message.session_id}",
        f"/v1/messages/{message.id}",
        f"/v1/channels/{mine.line.channel.id}",
    ):
        async with theirs.client.get(theirs.api.url + path, headers=theirs.api.headers) as answer:
            assert answer.status == 404, path
    assert await theirs.inbox.messages(message.contact_id) == []
    assert [one.content.text for one in await theirs.inbox.holds(1)] == ["outra conversa"]
