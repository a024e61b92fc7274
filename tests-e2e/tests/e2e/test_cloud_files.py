"""Files at the Cloud API, whole: brought once, uploaded once, and there as they were."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from cloud_simulator.answers import Trouble
from ventros_e2e.audit import auditing
from ventros_e2e.cloud import CloudLine, cloud_line, somebody
from ventros_e2e.ledger import Ledger
from ventros_e2e.waiting import eventually
from waha_simulator.file_faults import FileFate, Serving

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
async def cloud(tenant) -> AsyncIterator[CloudLine]:
    async with cloud_line(tenant.api) as line:
        yield line


async def brought(stack, tenant, content: bytes) -> str:
    """The id of a file that was brought."""
    headers = {**tenant.api.headers, "Idempotency-Key": uuid4().hex}
    address = f"{stack.gateway_url}/v1/files?filename=mesa.jpeg"
    async with tenant.client.post(address, data=content, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        return (await answer.json())["id"]


async def test_a_file_is_uploaded_once_whatever_breaks_and_anew_when_meta_lost_it(
    stack, tenant, cloud: CloudLine
) -> None:
    photo = b"\xff\xd8\xff\xe0" + uuid4().bytes * 100_000
    picture = {"type": "image", "file_id": await brought(stack, tenant, photo), "text": "A mesa"}
    session = (await cloud.write(somebody("Ana"))).session_id
    cloud.meta.troubles.add(Trouble(kind="break", of="media"))
    for _ in range(2):
        await cloud.becomes(await cloud.say(session, picture), "sent")
    (upload,) = cloud.line.uploads
    assert (upload.content, upload.mimetype) == (photo, "image/jpeg")
    assert [one.send.image.id for one in cloud.line.taken if one.send.image] == [upload.id] * 2
    cloud.line.files.clear()
    await cloud.becomes(await cloud.say(session, picture), "sent")
    assert len(cloud.line.uploads) == 2
    last = cloud.line.taken[-1].send.image
    assert last is not None
    assert cloud.line.files[last.id or ""].content == photo


class Incoming:
    """Files that somebody sends, and what becomes of them."""

    def __init__(self, tenant, cloud: CloudLine, database) -> None:
        self.ledger = Ledger()
        self._tenant, self._cloud, self._database = tenant, cloud, database
        self._person = somebody("Ana")

    async def file(self, content: bytes, *fates: FileFate) -> str:
        """The id of its message; asked for, it comes as the fates say."""
        self._cloud.meta.file_faults.become(Serving(fates=fates, pause_seconds=0.1))
        stanza = self._cloud.meta.send_file(
            self._cloud.line, self._person, "image", "image/png", content
        )
        self.ledger.write(stanza, self._person.name).answered = True
        return (await self._tenant.inbox.the_message(stanza)).id

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
        token = {"whatsapp_cloud": {"access_token": self._cloud.line.number.token}}
        path = f"/v1/channels/{self._cloud.channel.id}"
        await self._tenant.api.call("PATCH", path, token)

    async def settled(self, message_id: str) -> dict:
        async def look() -> dict | None:
            found = await self._tenant.api.get(f"/v1/messages/{message_id}/file", dict)
            return found if found["status"] != "pending" else None

        return await eventually(look, "the file is here or lost", within=30)


async def test_no_failing_file_loses_its_message_or_is_taken_for_another(
    stack, make, database
) -> None:
    tenant = await make(of_its_own=True)
    content = b"\x89PNG\r\n\x1a\n" + uuid4().bytes * 1000
    async with (
        cloud_line(tenant.api) as cloud,
        auditing(stack, tenant.inbox, str(tenant.tenant_id)) as auditor,
    ):
        incoming = Incoming(tenant, cloud, database)
        late = await incoming.file(content, FileFate.BROKEN, FileFate.TRUNCATED, FileFate.SLOW)
        await incoming.fails(late, 1)
        await incoming.fails(late, 2)
        whole = await incoming.settled(late)
        assert (whole["status"], whole["size_bytes"]) == ("stored", len(content))

        gone = await incoming.file(content, *[FileFate.MISSING] * 3)
        await incoming.fails(gone, 1)
        await incoming.fails(gone, 2)
        lost = await incoming.settled(gone)
        assert (lost["status"], lost["loss"]) == ("lost", "gone")

        page = await incoming.settled(await incoming.file(content, FileFate.WRONG_TYPE))
        assert (page["status"], page["mimetype"]) == ("stored", "application/octet-stream")
        findings = await auditor.settled(incoming.ledger, within=30)
        assert findings.clean, findings.summary()
