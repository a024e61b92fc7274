"""A customer writes, and whoever listens hears of it."""

import asyncio
import json

import pytest

from ventros_e2e.crowd import somebody

pytestmark = pytest.mark.e2e

SECONDS = 20


async def told(stream) -> dict:
    """The data of the next event of the stream."""
    async for line in stream.content:
        if line.startswith(b"data: "):
            return json.loads(line[6:])
    raise AssertionError("the stream ended")


async def test_both_kinds_of_listener_hear_of_a_message_and_another_tenant_does_not(make) -> None:
    ours, theirs = await make(), await make(of_its_own=True)
    types = {"types": "message.created"}
    address = f"{ours.api.url}/v1/events/stream"
    token = ours.api.headers["Authorization"].removeprefix("Bearer ")
    socket_address = f"{ours.api.url}/v1/ws?types=message.created"
    async with (
        asyncio.timeout(2 * SECONDS),
        ours.client.get(address, params=types, headers=ours.api.headers) as stream,
        theirs.client.get(address, params=types, headers=theirs.api.headers) as other,
        ours.client.ws_connect(
            socket_address, protocols=("ventros.v1", f"bearer.{token}")
        ) as socket,
    ):
        assert stream.status == other.status == 200
        written = await ours.provider.write(somebody("Ana"), "Olá, está aberto?")
        event = await told(stream)
        said = json.loads(await socket.receive_str())
        assert said["event"] == event
        assert said["type"] == event["type"] == "message.created.v1"
        assert event["tenantid"] == str(ours.tenant_id)
        message = await ours.inbox.the_message(written.stanza)
        assert event["subject"] == message.id
        foreign = await theirs.provider.write(somebody("Bruno"), "Boa tarde")
        heard = await told(other)
        assert heard["subject"] == (await theirs.inbox.the_message(foreign.stanza)).id
