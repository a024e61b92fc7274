"""A picture comes in: fetched from the provider, stored, and read in parts through the gateway."""

import hashlib
from uuid import uuid4

import pytest
from msgspec import Struct

from ventros_e2e.crowd import mobile, somebody
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
