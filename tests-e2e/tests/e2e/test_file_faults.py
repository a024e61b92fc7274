"""A provider whose files do not come, come broken, or are to be seen once."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from msgspec import Struct
from PIL import Image

from ventros_e2e.api import Channel, Message
from ventros_e2e.audit import auditing
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.ledger import Ledger
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.contents import Kind, MediaFile
from waha_simulator.file_faults import FileFate
from waha_simulator.http.control import Write
from waha_simulator.people import Person

pytestmark = pytest.mark.e2e

SIZE = 20_000
PICTURE = MediaFile(mimetype="image/jpeg", size=SIZE)
FETCHES_UNTIL_GONE = 6
"""Three attempts, each at the address that the webhook named and at the one that is asked for."""


class File(Struct, frozen=True, kw_only=True):
    """What became of the file of a message."""

    status: str
    loss: str | None = None
    size_bytes: int | None = None
    mimetype: str | None = None
    link: str | None = None
    thumbnail_link: str | None = None


class Faulty:
    """A number whose files fail as they are told to, and everything that was written to it."""

    def __init__(self, tenant, waha: Waha, session: str, channel: Channel, database) -> None:
        self.ledger = Ledger()
        self._person = somebody("Ana")
        self._tenant = tenant
        self._waha = waha
        self._session = session
        self._channel = channel
        self._database = database

    async def picture(self, *fates: FileFate, view_once: bool = False) -> str:
        """Somebody sends one; the id of its message."""
        await self._waha.serving(*fates, session=self._session)
        write = Write(person=self._person, kind=Kind.IMAGE, media=PICTURE, view_once=view_once)
        written = await self._waha.write(self._session, write)
        self.ledger.write(written.stanza, self._person.name).answered = True
        return (await self._tenant.inbox.the_message(written.stanza)).id

    async def file(self, message_id: str) -> File:
        return await self._tenant.api.get(f"/v1/messages/{message_id}/file", File)

    async def settled(self, message_id: str) -> File:
        async def look() -> File | None:
            found = await self.file(message_id)
            return found if found.status != "pending" else None

        return await eventually(look, "the file is here or lost", within=30)

    async def fails(self, message_id: str, times: int) -> None:
        """It was tried so often in vain; then it is tried again at once, and not after a pause."""

        async def look() -> bool:
            tried = await self._database.fetchval(
                "SELECT attempts FROM channels.media_job"
                " WHERE message_id = $1 AND settled_at IS NULL AND holder IS NULL",
                UUID(message_id),
            )
            return tried == times

        await eventually(look, f"attempt {times} at the file fails", within=30)
        assert (await self.file(message_id)).status == "pending"
        key = {"api_key": self._waha.api_key}
        await self._tenant.api.send("PATCH", f"/v1/channels/{self._channel.id}", key, Channel)


@pytest.fixture
async def connect(stack, database) -> AsyncIterator[Callable[..., Awaitable[Faulty]]]:
    servers: list[Waha] = []

    async def one(tenant) -> Faulty:
        waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
        servers.append(waha)
        session = f"faults-{uuid4().hex[:12]}"
        owner = Person(phone=mobile("41", 20_000_555), lid=str(5 * 10**13), name="Loja")
        channel = await connect_line(tenant.api, waha, session=session, owner=owner)
        return Faulty(tenant, waha, session, channel, database)

    yield one
    for waha in servers:
        await waha.serving()


async def test_no_failing_file_loses_its_message_or_is_taken_for_another(
    stack, make, connect
) -> None:
    tenant = await make(of_its_own=True)
    line = await connect(tenant)
    async with auditing(stack, tenant.inbox, str(tenant.tenant_id)) as auditor:
        first = await line.picture()
        whole = await line.settled(first)
        assert (whole.status, whole.size_bytes) == ("stored", SIZE)
        small = await read(tenant, stack.gateway_url + whole.thumbnail_link)
        with Image.open(io.BytesIO(small)) as shown:
            assert shown.format == "WEBP"
        content = await read(tenant, stack.gateway_url + whole.link)
        ranged = {"Range": f"bytes=10-{SIZE - 11}"}
        async with tenant.client.get(stack.gateway_url + whole.link, headers=ranged) as answer:
            assert (answer.status, await answer.read()) == (206, content[10:-10])

        late = await line.picture(FileFate.BROKEN, FileFate.TRUNCATED, FileFate.SLOW)
        await line.fails(late, 1)
        await line.fails(late, 2)
        assert (await line.settled(late)).size_bytes == SIZE

        gone = await line.picture(*[FileFate.REMOVED] * FETCHES_UNTIL_GONE)
        await line.fails(gone, 1)
        await line.fails(gone, 2)
        assert (await line.settled(gone)).loss == "gone"

        page = await line.settled(await line.picture(FileFate.WRONG_TYPE))
        assert (page.status, page.mimetype) == ("stored", "application/octet-stream")
        assert page.thumbnail_link is None

        once = await line.picture(view_once=True)
        assert (await line.settled(once)).loss == "refused"
        shown_once = await tenant.api.get(f"/v1/messages/{once}", Message)
        assert (shown_once.content.type, shown_once.content.view_once) == ("image", True)
        findings = await auditor.settled(line.ledger, within=30)
        assert findings.clean, findings.summary()


async def read(tenant, address: str) -> bytes:
    async with tenant.client.get(address) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()
