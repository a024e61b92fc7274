"""Files come in and go out: stored, read in parts, brought and handed on as they are."""

import hashlib
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from msgspec import Struct

from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.desk import Desk
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.contents import Kind
from waha_simulator.http.control import Write
from waha_simulator.people import Person

pytestmark = pytest.mark.e2e


class File(Struct, frozen=True, kw_only=True):
    """What became of the file of a message."""

    status: str
    sha256: str | None = None
    mimetype: str | None = None
    link: str | None = None


async def test_a_picture_is_stored_and_read_in_parts_by_its_link(stack, tenant) -> None:
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    session = f"files-{uuid4().hex[:12]}"
    owner = Person(phone=mobile("41", 20_000_777), lid=str(7 * 10**13), name="Loja")
    await connect_line(tenant.api, waha, session=session, owner=owner)
    written = await waha.write(session, Write(person=somebody("Ana"), kind=Kind.IMAGE))
    message = await tenant.inbox.the_message(written.stanza)

    async def stored() -> File | None:
        found = await tenant.api.get(f"/v1/messages/{message.id}/file", File)
        return found if found.status != "pending" else None

    file = await eventually(stored, "the file of the picture", within=30)
    assert file.status == "stored"
    address = stack.gateway_url + file.link
    async with tenant.client.get(address) as answer:
        content = await answer.read()
        assert answer.status == 200
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert hashlib.sha256(content).hexdigest() == file.sha256
    async with tenant.client.get(address, headers={"Range": "bytes=2-9"}) as answer:
        assert (answer.status, await answer.read()) == (206, content[2:10])


async def test_a_file_that_is_brought_arrives_at_the_provider_as_it_was(stack, tenant) -> None:
    """Through the gateway in pieces, by its id into a message, and out byte for byte."""
    photo = b"\xff\xd8\xff\xe0" + uuid4().bytes * 150_000
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    desk = Desk(stack, tenant.inbox, waha)
    await desk.open(pacing=False)

    async def pieces() -> AsyncIterator[bytes]:
        for place in range(0, len(photo), 65_536):
            yield photo[place : place + 65_536]

    headers = {**tenant.api.headers, "Idempotency-Key": uuid4().hex}
    address = f"{stack.gateway_url}/v1/files?filename=mesa.jpeg"
    async with tenant.client.post(address, data=pieces(), headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        brought = await answer.json()
    assert brought["sha256"] == hashlib.sha256(photo).hexdigest()
    message_id = await desk.say({"type": "image", "file_id": brought["id"], "text": "A mesa"})
    await desk.becomes(message_id, "sent")
    (sent,) = await desk.sent_count(1)
    arrived = await waha.call("GET", f"/api/files/{desk.session}/{sent.id}.jpeg")
    assert arrived == photo
    await desk.ours(1)
    shown = await tenant.api.get(f"/v1/messages/{message_id}/file", File)
    assert (shown.status, shown.sha256) == ("stored", brought["sha256"])
