"""One message is stored once and counted once, however often and under whatever name it comes."""

import asyncio

import pytest

from ventros_e2e.crowd import somebody
from waha_simulator.people import Address

pytestmark = pytest.mark.e2e


async def totals(tenant, session_id: str) -> tuple[int, int]:
    session = await tenant.api.get(f"/v1/sessions/{session_id}", dict)
    return session["inbound_messages"], session["outbound_messages"]


async def test_one_envelope_many_times_and_message_beside_message_any(tenant) -> None:
    provider, ana = tenant.provider, somebody("Ana")
    message = provider.message(ana, "só uma vez")
    any_body = provider.told(message)
    in_body = provider.told(message, event="message")
    again = provider.told(message)
    posts = [any_body] * 20 + [in_body] * 20 + [again] * 10
    answers = await asyncio.gather(*(provider.post(body) for body in posts))
    assert {answer.status for answer in answers} == {200}
    last = await provider.write(ana, "e outra")
    await tenant.inbox.the_message(last.stanza)
    (contact,) = await tenant.inbox.contacts()
    stored = await tenant.inbox.messages(contact.id)
    assert [one.content.text for one in stored] == ["só uma vez", "e outra"]
    assert await totals(tenant, stored[0].session_id) == (2, 0)


async def test_fifty_first_messages_at_once_in_three_address_forms(tenant) -> None:
    provider, ana = tenant.provider, somebody("Ana")
    forms = (Address.PHONE, Address.PHONE_AND_LID, Address.LID_AND_PHONE)
    messages = [
        provider.message(ana, f"{number:02d}", address=forms[number % 3]) for number in range(50)
    ]
    answers = await asyncio.gather(*(provider.post(provider.told(one)) for one in messages))
    assert {answer.status for answer in answers} == {200}
    stored = await tenant.inbox.holds(50)
    assert len({one.stanza for one in stored}) == 50
    assert len(await tenant.inbox.contacts()) == 1
    assert len({one.session_id for one in stored}) == 1
    assert await totals(tenant, stored[0].session_id) == (50, 0)
    (contact,) = await tenant.inbox.contacts()
    timeline = await tenant.inbox.messages(contact.id)
    assert timeline == sorted(timeline, key=lambda one: one.occurred_at)


async def test_what_is_typed_on_the_phone_is_outbound_and_counted_so(tenant) -> None:
    ana = somebody("Ana")
    await tenant.provider.write(ana, "Oi")
    answer = await tenant.provider.write(ana, "Olá!", from_me=True)
    stored = await tenant.inbox.the_message(answer.stanza)
    assert stored.direction == "outbound"
    assert await totals(tenant, stored.session_id) == (1, 1)
