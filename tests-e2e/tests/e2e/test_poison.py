"""A message that nobody can read is set aside with its reason; its neighbours are stored."""

import asyncio

import aio_pika
import pytest

from ventros_e2e.crowd import somebody
from ventros_e2e.waiting import eventually

pytestmark = pytest.mark.e2e


async def test_an_unreadable_message_is_dead_lettered_and_the_others_are_stored(
    tenant, stack, database
) -> None:
    provider, ana = tenant.provider, somebody("Ana")
    good = [provider.told(provider.message(ana, str(number))) for number in range(10)]
    bad = provider.envelope("message.any", {"id": "no message id at all", "timestamp": 1})
    bodies = [*good[:5], bad, *good[5:]]
    answers = await asyncio.gather(*(provider.post(body) for body in bodies))
    assert {answer.status for answer in answers} == {200}
    await tenant.inbox.holds(10)
    connection = await aio_pika.connect(stack.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue("waha.events.message.any.dlq", ensure=False)

        async def dead() -> aio_pika.abc.AbstractIncomingMessage | None:
            return await queue.get(fail=False)

        letter = await eventually(dead, "a dead letter")
        await letter.reject(requeue=True)
    assert b"no message id at all" in letter.body
    assert any("reason" in name for name in letter.headers), letter.headers
    raw = await database.fetchval(
        "SELECT count(*) FROM channels.raw_event WHERE project_id = $1", tenant.project_id
    )
    assert raw == 11
