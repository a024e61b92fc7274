"""Files of ours at Meta: uploaded once for a number, sent by their id, and uploaded anew."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_core.ids import new_id
from platform_crypto import Vault
from platform_outbound import Outbound as Calls
from platform_outbound import read_networks
from platform_postgres import Database
from platform_storage import Storage, StorageSettings
from platform_testkit import TestTenant
from proto_events.conversation import Content, ContentType, Media
from proto_events.sending import (
    ChannelMessageFailed,
    OutboundFile,
    Template,
    TemplateHeaderFill,
)
from ventros_channels.adapters import adapters
from ventros_channels.adapters.whatsapp_cloud.client import Client
from ventros_channels.adapters.whatsapp_cloud.uploads import CloudUploads
from ventros_channels.domain.delivery import MEDIA_ATTEMPTS

from ..cloud import ACCOUNT, NUMBER, Created, Meta, create_number
from ..conftest import Api, Pipeline
from ..desk import Desk
from ..graph_script import Asked, Graph, answering

BSUID = "BR.1A2B3C4D5E6F"
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 3000
NO_SUCH = {
    "error": {
        "code": 100,
        "message": "(#100) Param image['id'] is not a valid whatsapp business account media"
        " attachment ID",
    }
}


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with answering() as graph:
        yield graph


@pytest.fixture
async def desk(
    tenant: TestTenant, database: Database, vault: Vault, api: Api, graph: Graph, tmp_path: Path
) -> AsyncIterator[Desk]:
    number = await create_number(api, whatsapp_cloud={"base_url": graph.url})
    calls = Calls(allow=read_networks("TEST", "127.0.0.1/32"), timeout=2.0)
    desk = Desk(tenant, database, vault, UUID(number["id"]))
    desk.provider = adapters(calls)["whatsapp_cloud"]  # type: ignore[assignment]
    desk.storage = Storage(StorageSettings(storage_url=(tmp_path / "files").as_uri()))
    yield desk
    await calls.close()


async def photo(
    desk: Desk, *, mimetype: str = "image/jpeg", url: str | None = None
) -> OutboundFile:
    async def chunks() -> AsyncIterator[bytes]:
        yield PHOTO

    assert desk.storage is not None
    stored = await desk.storage.put(desk.tenant.tenant_id, chunks(), limit=len(PHOTO))
    return OutboundFile(
        file_id=new_id(), sha256=stored.sha256, size_bytes=stored.size, mimetype=mimetype, url=url
    )


async def ask(desk: Desk, file: OutboundFile, kind: ContentType = "image") -> UUID:
    content = Content(type=kind, media=Media(status="available", mimetype=file.mimetype))
    asked = desk.asked("", chat=BSUID, content=content, file=file)
    await desk.hand_over(asked)
    return asked.data.message_id


def uploads(graph: Graph) -> list[Asked]:
    return [one for one in graph.asked if one.path.endswith("/media")]


def sent(graph: Graph) -> list[Asked]:
    return [one for one in graph.asked if one.path.endswith("/messages")]


async def test_a_file_is_uploaded_once_and_sent_by_its_id(desk: Desk, graph: Graph) -> None:
    file = await photo(desk, url="https://crm.example/v1/files/abc")
    graph.answers = [(200, {"id": "900"})]
    for _ in range(2):
        await ask(desk, file)
        await desk.hurry()
        await desk.turn()
    (upload,) = uploads(graph)
    assert (upload.path, upload.authorization.startswith("Bearer ")) == (
        f"/v24.0/{NUMBER}/media",
        True,
    )
    assert upload.body.count(PHOTO) == 1
    assert b'name="messaging_product"\r\n\r\nwhatsapp\r\n' in upload.body
    assert b"Content-Type: image/jpeg\r\n" in upload.body
    assert [one.body["image"] for one in sent(graph)] == [{"id": "900"}] * 2


async def test_an_id_that_is_over_or_was_refused_is_not_used_again(
    desk: Desk, graph: Graph, database: Database
) -> None:
    file = await photo(desk)
    graph.answers = [(200, {"id": "900"})]
    await ask(desk, file)
    await desk.turn()
    async with database.tenant(desk.tenant.tenant_id) as tx:
        await tx.execute("UPDATE media_upload SET uploaded_at = now() - interval '30 days'")
    graph.answers = [(200, {"id": "901"}), (400, NO_SUCH), (200, {"id": "902"})]
    await ask(desk, file)
    for _ in range(2):
        await desk.hurry()
        await desk.turn()
    assert await desk.states() == ["sent", "sent"]
    assert [one.body["image"]["id"] for one in sent(graph)] == ["900", "901", "902"]


@pytest.mark.parametrize(
    "answers",
    [
        [(400, {"error": {"code": 131053}})] * MEDIA_ATTEMPTS,
        [(200, {"id": "900"}), (400, NO_SUCH)] * MEDIA_ATTEMPTS,
    ],
)
async def test_a_file_that_is_never_taken_fails_its_message(
    desk: Desk, graph: Graph, pipeline: Pipeline, answers: list[tuple[int, object]]
) -> None:
    graph.answers = list(answers)
    await ask(desk, await photo(desk))
    for _ in range(MEDIA_ATTEMPTS + 1):
        await desk.hurry()
        await desk.turn()
    assert await desk.states() == ["failed"]
    assert len(uploads(graph)) == MEDIA_ATTEMPTS
    assert graph.answers == []
    failed = await pipeline.events()
    (told,) = [one for one in failed if one.type == "channel.message_failed.v1"]
    assert msgspec.json.decode(told.data, type=ChannelMessageFailed).failure == "media"


async def test_a_file_above_a_template_is_uploaded_as_well(desk: Desk, graph: Graph) -> None:
    header = TemplateHeaderFill(format="IMAGE", media=Media(status="available"))
    asked = desk.asked("Ficou pronto", chat=BSUID, file=await photo(desk))
    template = Template(name="pedido", language="pt_BR", header=header)
    outbound = msgspec.structs.replace(asked.data.outbound, template=template)
    request = msgspec.structs.replace(asked.data, outbound=outbound)
    graph.answers = [(200, {"id": "900"})]
    await desk.hand_over(type(asked)(asked.envelope, request))
    await desk.turn()
    (above,) = sent(graph)[0].body["template"]["components"]
    assert above["parameters"] == [{"type": "image", "image": {"id": "900"}}]


async def test_an_upload_that_breaks_off_is_done_again_and_a_key_that_is_refused_stops_it(
    desk: Desk, graph: Graph
) -> None:
    file = await photo(desk)
    graph.answers = [(0, b""), (200, {"id": "900"})]
    await ask(desk, file)
    for _ in range(2):
        await desk.hurry()
        await desk.turn()
    assert await desk.states() == ["sent"]
    other = await photo(desk, mimetype="image/png")
    graph.answers = [(401, {"error": {"code": 190}})]
    await ask(desk, other)
    await desk.hurry()
    await desk.turn()
    assert await desk.states() == ["sent", "failed"]
    assert (await desk.line()).key_refused


async def test_what_meta_does_not_keep_goes_by_a_link_or_not_at_all(
    desk: Desk, graph: Graph
) -> None:
    link = "https://crm.example/v1/files/abc"
    await ask(desk, await photo(desk, mimetype="application/zip", url=link), "document")
    await desk.turn()
    assert (uploads(graph), sent(graph)[0].body["document"]) == ([], {"link": link})
    await ask(desk, await photo(desk, mimetype="application/zip"), "document")
    await desk.hurry()
    await desk.turn()
    assert await desk.states() == ["sent", "failed"]


async def test_a_file_that_meta_could_not_use_afterwards_is_uploaded_anew(
    desk: Desk, graph: Graph, pipeline: Pipeline, client: httpx.AsyncClient, api: Api
) -> None:
    file = await photo(desk)
    graph.answers = [(200, {"id": "900"})]
    own = await ask(desk, file)
    await desk.turn()
    told = {
        "id": "wamid.TAKEN",
        "status": "failed",
        "timestamp": "1783000001",
        "recipient_user_id": BSUID,
        "biz_opaque_callback_data": str(own),
        "errors": [{"code": 131053}],
    }
    metadata = {"display_phone_number": "554400000001", "phone_number_id": NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [told]}
    entry = {"id": ACCOUNT, "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    channel: Created = (await api.call("GET", f"/v1/channels/{desk.channel_id}")).json()
    assert (await Meta(client).post(channel, body)).status_code == 200
    await pipeline.deliver()
    graph.answers = [(200, {"id": "901"})]
    await ask(desk, file)
    await desk.hurry()
    await desk.turn()
    assert [one.body["image"]["id"] for one in sent(graph)] == ["900", "901"]


def test_under_which_type_a_file_is_kept() -> None:
    kept = CloudUploads(Client(Calls()))
    assert kept.kept_as("voice", "application/ogg") == "audio/ogg"
    assert kept.kept_as("voice", "audio/ogg; codecs=opus") == "audio/ogg"
    assert kept.kept_as("audio", "video/mp4") == "audio/mp4"
    assert kept.kept_as("video", "video/mp4") == "video/mp4"
    assert kept.kept_as("document", "application/zip") is None
