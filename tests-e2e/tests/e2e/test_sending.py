"""A user answers: sent once, acknowledged, counted, whatever breaks on the way."""

from collections.abc import AsyncIterator

import pytest

from ventros_e2e.api import Problem
from ventros_e2e.desk import Desk
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.http.control import Pair

pytestmark = pytest.mark.e2e

FOUND_OUT = 60.0
"""A worker that died is missed after 15 seconds, and its message looked for after that."""

PICTURE = {"type": "image", "url": "https://files.example/mesa.jpg", "text": "A mesa de pinho"}


@pytest.fixture
async def desk(stack, tenant) -> AsyncIterator[Desk]:
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    desk = Desk(stack, tenant.inbox, waha)
    await desk.open()
    yield desk
    await waha.answering()


async def test_an_answer_is_sent_once_acknowledged_and_counted(desk: Desk) -> None:
    message_id = await desk.text("Bom dia, Ana!")
    await desk.becomes(message_id, "sent")
    (shown,) = await desk.ours(1)
    assert (shown.id, shown.session_id) == (message_id, desk.session_id)
    assert (shown.source, shown.content.text) == ("manual", "Bom dia, Ana!")
    (sent,) = await desk.sent()
    assert sent.id.endswith(shown.stanza)

    async def acknowledged() -> bool:
        return (await desk.ours(1))[0].status == "delivered"

    await eventually(acknowledged, "the acknowledgement has come", within=30)

    async def counted() -> bool:
        return (await desk.inbox.session(desk.session_id)).outbound_messages == 1

    await eventually(counted, "the session has counted it", within=30)
    assert len(await desk.ours(1)) == 1


@pytest.mark.timeout(180)
@pytest.mark.parametrize("content", [{"type": "text", "text": "Já volto"}, PICTURE])
async def test_a_kill_between_claim_and_record_sends_nothing_twice(
    desk: Desk, content: dict[str, str]
) -> None:
    """Under a reserved id it is asked for again, without one it is found in the history."""
    await desk.waha.answering(20)
    message_id = await desk.say(content)
    await desk.sent_count(1)
    await desk.stack.kill("channels")
    await desk.waha.answering()
    await desk.stack.start_service("channels")
    await desk.becomes(message_id, "sent", within=FOUND_OUT)
    (shown,) = await desk.ours(1)
    assert shown.id == message_id
    assert len(await desk.sent()) == 1

    async def reachable() -> bool:
        try:
            await desk.inbox.api.get("/v1/channels", dict)
        except Problem as error:
            return error.status != 503
        return True

    await eventually(reachable, "the gateway calls channels again", within=30)


@pytest.mark.timeout(120)
async def test_what_waits_for_the_number_is_sent_in_order_when_it_is_back(desk: Desk) -> None:
    await desk.waha.call("POST", f"/simulator/sessions/{desk.session}/fail")
    texts = ["um", "dois", "três"]
    asked = [await desk.text(text) for text in texts]
    assert [(await desk.outgoing(one)).status for one in asked] == ["queued"] * 3
    pair = Pair(owner=desk.owner)
    await desk.waha.call("POST", f"/simulator/sessions/{desk.session}/pair", pair)
    for one in asked:
        await desk.becomes(one, "sent", within=FOUND_OUT)
    assert [one.body for one in await desk.sent()] == texts
    shown = await desk.ours(3)
    assert [one.content.text for one in shown] == texts
