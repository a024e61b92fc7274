"""Files at the Cloud API, whole: brought once, uploaded once, and there as they were."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from cloud_simulator.answers import Trouble
from ventros_e2e.cloud import CloudLine, cloud_line, somebody

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
