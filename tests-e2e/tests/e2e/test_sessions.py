"""A session lives as long as somebody writes, and ends once."""

import asyncio
import datetime as dt

import msgspec
import pytest

from proto_events.sessions import SessionEnded
from ventros_e2e.crowd import somebody
from ventros_e2e.domain_events import subscribe
from ventros_e2e.waiting import eventually

pytestmark = pytest.mark.e2e
SHORT = 0.1  # minutes: six seconds


async def ended(tenant, session_id: str, within: float = 30) -> object:
    async def look() -> object | None:
        session = await tenant.inbox.session(session_id)
        return session if session.status == "ended" else None

    return await eventually(look, f"session {session_id} has ended", within=within)


async def test_silence_ends_a_session_once_with_its_totals(make, stack) -> None:
    tenant = await make(timeout_minutes=SHORT)
    ana = somebody("Ana")
    async with subscribe(stack.amqp_url, ["session.ended.v1"]) as events:
        first = await tenant.provider.write(ana, "um")
        message = await tenant.inbox.the_message(first.stanza)
        await asyncio.sleep(4)
        await tenant.provider.write(ana, "dois")
        last = await tenant.provider.write(ana, "três", from_me=True)
        await tenant.inbox.the_message(last.stanza)
        activity = dt.datetime.now(dt.UTC)
        session = await ended(tenant, message.session_id)
        moment = dt.datetime.now(dt.UTC) - activity
        assert dt.timedelta(seconds=4) < moment < dt.timedelta(seconds=12)
        event = await events.wait_for("session.ended.v1", message.session_id, timeout=10)
        data = msgspec.json.decode(event.data, type=SessionEnded)
        assert data.reason == "inactivity_timeout"
        assert (data.metrics.inbound_messages, data.metrics.outbound_messages) == (2, 1)
        assert 3 < data.duration < 8
        assert data.first_response_seconds is not None
        assert session.ended_at is not None
        await asyncio.sleep(2)
        told = [one for one in events.events if one.subject == message.session_id]
        assert len(told) == 1


async def test_who_writes_after_the_end_gets_a_new_session(make) -> None:
    tenant = await make(timeout_minutes=0.05)
    ana = somebody("Ana")
    first = await tenant.inbox.the_message((await tenant.provider.write(ana, "um")).stanza)
    await ended(tenant, first.session_id)
    second = await tenant.inbox.the_message((await tenant.provider.write(ana, "dois")).stanza)
    assert second.session_id != first.session_id
    assert second.contact_id == first.contact_id


async def test_a_message_at_the_moment_of_expiry_extends_or_opens(make) -> None:
    """Never both and never neither: many conversations, each with one message on the edge."""
    tenant = await make(timeout_minutes=0.05)
    people = [somebody(f"Pessoa {number}") for number in range(30)]
    await asyncio.gather(*(tenant.provider.write(one, "antes") for one in people))
    await tenant.inbox.holds(30)

    async def on_the_edge(number: int) -> None:
        await asyncio.sleep(2.6 + number * 0.03)
        await tenant.provider.write(people[number], "na borda")

    await asyncio.gather(*(on_the_edge(number) for number in range(30)))
    stored = await tenant.inbox.holds(60)
    for contact in await tenant.inbox.contacts():
        of_contact = [one for one in stored if one.contact_id == contact.id]
        sessions = await tenant.inbox.sessions(contact_id=contact.id)
        assert {one.session_id for one in of_contact} == {one.id for one in sessions}
        assert len(of_contact) == 2
        assert sum(one.status == "active" for one in sessions) <= 1


async def test_a_changed_timeout_applies_to_open_sessions(make) -> None:
    tenant = await make()
    told = await tenant.provider.write(somebody("Ana"), "oi")
    message = await tenant.inbox.the_message(told.stanza)
    path = f"/v1/projects/{tenant.project_id}"
    await tenant.api.call("PATCH", path, {"session_timeout_minutes": 0.05})
    await ended(tenant, message.session_id)


async def test_closing_by_hand_ends_at_once_and_only_once(tenant) -> None:
    told = await tenant.provider.write(somebody("Ana"), "oi")
    message = await tenant.inbox.the_message(told.stanza)
    path = f"/v1/sessions/{message.session_id}/close"
    await tenant.api.call("POST", path, {})
    assert (await tenant.inbox.session(message.session_id)).status == "ended"
    async with tenant.client.post(
        tenant.api.url + path, json={}, headers=tenant.api.headers
    ) as again:
        assert again.status == 409
