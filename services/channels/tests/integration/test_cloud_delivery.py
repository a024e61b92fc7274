"""A number of Meta's sends: what comes of it, what is lost, and what its statuses settle."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_crypto import Vault
from platform_outbound import Outbound as Calls
from platform_outbound import read_networks
from platform_postgres import Database
from platform_testkit import TestTenant
from proto_events.channels import ChannelConnectionChanged
from proto_events.conversation import PartyIdentity
from proto_events.provider_facts import ChannelMarketingPreferenceChanged
from proto_events.sending import ChannelMessageFailed
from ventros_channels.adapters import adapters
from ventros_channels.adapters.whatsapp_cloud.files import CloudFiles
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.files import NoFile, Wanted
from ventros_channels.store import user_ids
from ventros_channels.store.user_ids import UserIdChange

from ..cloud import ACCOUNT, NUMBER, Created, Meta, cloud_fixture, create_number
from ..conftest import Api, Pipeline
from ..desk import Desk
from ..graph_script import Graph, answering

BSUID = "BR.1A2B3C4D5E6F"


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with answering() as graph:
        yield graph


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    calls = Calls(allow=read_networks("TEST", "127.0.0.1/32"), timeout=2.0)
    yield calls
    await calls.close()


@pytest.fixture
async def number(api: Api, graph: Graph) -> Created:
    return await create_number(api, whatsapp_cloud={"base_url": graph.url})


@pytest.fixture
async def desk(
    tenant: TestTenant, database: Database, vault: Vault, number: Created, calls: Calls
) -> Desk:
    desk = Desk(tenant, database, vault, UUID(number["id"]))
    desk.provider = adapters(calls)["whatsapp_cloud"]  # type: ignore[assignment]
    return desk


def status(own: UUID, word: str, **more: object) -> bytes:
    told = {
        "id": "wamid.LOST",
        "status": word,
        "timestamp": "1783000001",
        "recipient_user_id": BSUID,
        "biz_opaque_callback_data": str(own),
        **more,
    }
    metadata = {"display_phone_number": "554400000001", "phone_number_id": NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [told]}
    entry = {"id": ACCOUNT, "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


async def test_an_answer_to_somebody_without_a_phone_is_sent_and_told(
    desk: Desk, graph: Graph, pipeline: Pipeline
) -> None:
    graph.answers = [(200, {"messages": [{"id": "wamid.1"}], "contacts": [{"user_id": BSUID}]})]
    await desk.hand_over(desk.asked("Oi", chat=BSUID))
    await desk.turn()
    assert graph.asked[0].path == f"/v24.0/{NUMBER}/messages"
    assert (graph.asked[0].body["recipient"], graph.asked[0].body["text"]["body"]) == (BSUID, "Oi")
    (told,) = await pipeline.messages()
    assert (told.chat, told.stanza, told.channel_type) == (BSUID, "wamid.1", "whatsapp_cloud")
    assert told.party == [PartyIdentity(kind="bsuid", value=BSUID)]


async def test_a_status_settles_what_was_lost(
    desk: Desk,
    graph: Graph,
    pipeline: Pipeline,
    number: Created,
    client: httpx.AsyncClient,
) -> None:
    graph.answers = [(502, b"")]
    asked = desk.asked("Oi", chat=BSUID)
    await desk.hand_over(asked)
    await desk.turn()
    assert await pipeline.messages() == []
    own, meta = asked.data.message_id, Meta(client)
    for word in ("delivered", "sent"):
        assert (await meta.post(number, status(own, word))).status_code == 200
        await pipeline.deliver()
    (told,) = await pipeline.messages()
    assert (told.id, told.stanza) == (own, "wamid.LOST")
    types = [event.type for event in await pipeline.events()]
    assert types.count("channel.message_sent.v1") == 1
    assert types.count("channel.message_ack.v1") == 2
    assert len(graph.asked) == 1, "never sent twice"


async def test_a_status_says_why_what_was_lost_failed(
    desk: Desk, graph: Graph, pipeline: Pipeline, number: Created, client: httpx.AsyncClient
) -> None:
    graph.answers = [(502, b"")]
    asked = desk.asked("Oi", chat=BSUID)
    await desk.hand_over(asked)
    await desk.turn()
    error = {"code": 131047, "title": "Re-engagement message"}
    body = status(asked.data.message_id, "failed", errors=[error])
    assert (await Meta(client).post(number, body)).status_code == 200
    await pipeline.deliver()
    (failed,) = [one for one in await pipeline.events() if "message_failed" in one.type]
    said = msgspec.json.decode(failed.data, type=ChannelMessageFailed)
    assert (said.failure, said.code) == ("window_closed", "131047")


async def test_a_token_that_is_refused_is_not_used_again_until_it_is_replaced(
    desk: Desk, graph: Graph, pipeline: Pipeline, number: Created, api: Api
) -> None:
    graph.answers = [(401, {"error": {"code": 190, "message": "Expired."}})]
    path = f"/v1/channels/{number['id']}"
    for text in ("um", "dois", "três"):
        if text == "três":
            token = {"whatsapp_cloud": {"access_token": "another-token-of-the-tests"}}
            assert (await api.call("PATCH", path, json=token)).status_code == 200
        await desk.hand_over(desk.asked(text, chat=BSUID))
        await desk.hurry()
        await desk.turn()
        shown = (await api.call("GET", path)).json()["connection_status"]
        assert shown == ("WORKING" if text == "três" else "UNAUTHORIZED")
    # Beside the messages, the new token is tried as soon as it is there.
    sent = [one.body["text"]["body"] for one in graph.asked if one.body is not None]
    assert sent == ["um", "três"]
    failed = [one for one in await pipeline.events() if "message_failed" in one.type]
    said_of = [msgspec.json.decode(one.data, type=ChannelMessageFailed) for one in failed]
    assert [one.failure for one in said_of] == ["authentication"] * 2
    changes = [one for one in await pipeline.events() if "connection_changed" in one.type]
    said = [msgspec.json.decode(one.data, type=ChannelConnectionChanged) for one in changes]
    assert [one.status for one in said] == ["UNAUTHORIZED", "WORKING"], "told once"


@pytest.mark.parametrize("code", [130429, 131048])
async def test_a_number_that_sends_too_fast_sends_slower(
    desk: Desk, graph: Graph, code: int
) -> None:
    graph.answers = [(429, {"error": {"code": code}})] * 2
    await desk.hand_over(desk.asked("Oi", chat=BSUID))
    seen = []
    for _ in range(3):
        await desk.hurry()
        await desk.turn()
        seen.append((await desk.line()).pace.slowness)
    assert seen == [1, 1, 1], "told again at once, it is the same news"
    assert len(graph.asked) == 3, "and it was sent in the end"


async def test_a_status_slows_a_number_down_as_well(
    desk: Desk, graph: Graph, pipeline: Pipeline, number: Created, client: httpx.AsyncClient
) -> None:
    asked = desk.asked("Oi", chat=BSUID)
    await desk.hand_over(asked)
    await desk.turn()
    error = {"code": 131048, "title": "Spam rate limit hit"}
    body = status(asked.data.message_id, "failed", errors=[error])
    assert (await Meta(client).post(number, body)).status_code == 200
    await pipeline.deliver()
    assert (await desk.line()).pace.slowness == 1


async def test_a_pair_that_is_written_to_too_often_waits_alone(desk: Desk, graph: Graph) -> None:
    graph.answers = [(429, {"error": {"code": 131056}})]
    await desk.hand_over(desk.asked("Oi", chat=BSUID), desk.asked("Olá", chat=BSUID + "2"))
    await desk.turn()
    await desk.turn()
    assert [one.body["recipient"] for one in graph.asked] == [BSUID, BSUID + "2"]
    assert (await desk.line()).pace.slowness == 0
    await desk.hurry()
    await desk.turn()
    assert graph.asked[-1].body["recipient"] == BSUID


async def test_files_are_fetched_by_their_id(graph: Graph, calls: Calls) -> None:
    at = Connection(base_url=f"{graph.url}/v24.0", session=NUMBER, api_key="token")
    files = CloudFiles(calls)
    wanted = Wanted(provider_message_id="wamid.1", chat="x", file_id="300000000000001")
    address = {"url": f"{graph.url}/file", "mime_type": "image/jpeg", "id": "3"}
    graph.answers = [(200, address), (200, b"\xff\xd8\xff")]
    async with files.fetch(at, wanted) as coming:
        content = b"".join([chunk async for chunk in coming.chunks])
    assert (content, coming.mimetype, coming.size_bytes) == (b"\xff\xd8\xff", "image/jpeg", 3)
    assert [one.path for one in graph.asked] == ["/v24.0/300000000000001", "/file"]
    assert {one.authorization for one in graph.asked} == {"Bearer token"}
    for answers, reason, again in (
        ([(200, {"url": "https://evil.example/file"})], "refused", False),
        ([(200, {"url": "https://evilfacebook.com/file"})], "refused", False),
        ([(404, {"error": {"code": 100}})], "gone", False),
        ([(401, {"error": {"code": 190}})], "refused", True),
        ([(500, b"")], "unreachable", True),
        ([(200, address), (404, b"")], "gone", True),
    ):
        graph.answers = list(answers)
        with pytest.raises(NoFile) as refused:
            async with files.fetch(at, wanted):
                pass
        assert (refused.value.reason, refused.value.again) == (reason, again), answers


async def test_who_got_another_user_id_is_written_to_under_it_at_once(
    desk: Desk, graph: Graph, pipeline: Pipeline, number: Created, client: httpx.AsyncClient
) -> None:
    meta = Meta(client)
    for name in ("user_id_update", "user_id_update_notice"):
        assert (await meta.post(number, cloud_fixture(name))).status_code == 200
        await pipeline.deliver()
    before = json.loads(cloud_fixture("user_id_update"))
    change = before["entry"][0]["changes"][0]["value"]["user_id_update"][0]["user_id"]
    graph.answers = [(200, {"messages": [{"id": "wamid.1"}]})]
    await desk.hand_over(desk.asked("Oi", chat=change["previous"]))
    await desk.turn()
    assert [one.body["recipient"] for one in graph.asked] == [change["current"]]
    (told,) = [one for one in await pipeline.messages() if one.from_me]
    ids = [one.value for one in told.party if one.kind == "bsuid"]
    assert ids == [change["current"], change["previous"]]


async def test_a_changed_id_is_followed_to_its_end_and_in_no_circle(
    desk: Desk, database: Database
) -> None:
    moments = [datetime(2026, 7, 1, hour, tzinfo=UTC) for hour in range(4)]

    def change(before: str, after: str, at: datetime) -> UserIdChange:
        return UserIdChange(
            channel_id=desk.channel_id, previous=before, current=after, changed_at=at
        )

    told = [
        change("BR.B", "BR.C", moments[1]),
        change("BR.A", "BR.B", moments[0]),
        change("BR.C", "BR.A", moments[2]),
        change("BR.A", "BR.OLD", moments[0] - timedelta(hours=1)),
    ]
    async with database.tenant(desk.tenant.tenant_id) as tx:
        for one in told:
            await user_ids.learn(tx, desk.tenant.tenant_id, [one])
        found = [await user_ids.current(tx, desk.channel_id, f"BR.{it}") for it in "ABCD"]
    assert found == ["BR.A", "BR.A", "BR.A", "BR.D"]


async def test_who_refuses_marketing_in_the_answer_to_a_send_is_known_to(
    desk: Desk, graph: Graph, pipeline: Pipeline
) -> None:
    graph.answers = [(400, {"error": {"code": 131050, "message": "They stopped it."}})]
    await desk.hand_over(desk.asked("Oferta", chat=BSUID))
    await desk.turn()
    (said,) = [one for one in await pipeline.events() if "marketing_preference" in one.type]
    event = msgspec.json.decode(said.data, type=ChannelMarketingPreferenceChanged)
    assert (event.chat, event.wanted) == (BSUID, False)
    assert [one.value for one in event.party] == [BSUID]
    assert await desk.states() == ["failed"]
