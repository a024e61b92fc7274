"""The past is fetched page by page: all of it, nothing twice, beside what comes in meanwhile."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.provider_facts import ChannelGroupMessageReceived
from ventros_channels.adapters.waha.history import PAGE
from ventros_channels.history.work import ImportLater, ImportRefused

from ..cloud import create_number
from ..conftest import Api, Pipeline, Webhooks, fixture
from ..history_desk import BEGIN, HistoryDesk, kept, remembering
from .test_reconcile import CHATS, Waha

GROUP = "120363000000000001@g.us"


@pytest.fixture
async def waha() -> AsyncIterator[Waha]:
    async with remembering() as waha:
        yield waha


@pytest.fixture
async def desk(
    api: Api, waha: Waha, database: Database, vault: Vault, tenant: TestTenant
) -> HistoryDesk:
    channel = await api.create(config={"base_url": waha.url})
    return HistoryDesk(api, channel, database, vault, tenant.tenant_id)


async def test_all_of_the_span_is_told_once_marked_and_beside_what_webhooks_tell(
    desk: HistoryDesk, waha: Waha, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    count = 2 * PAGE + 7
    waha.kept = {
        CHATS[0]: [kept(number) for number in range(count)],
        CHATS[1]: [kept(1, CHATS[1]), kept(2, CHATS[1], timestamp=BEGIN - 86_400 * 30)],
    }
    await webhooks.post(desk.channel, _webhook(kept(3)))
    await pipeline.deliver()
    import_id = await desk.begun()
    assert await desk.run(import_id, pages=2)
    # Two that the import has not reached yet, and one that it has.
    for number in (0, 1, count - 1):
        await webhooks.post(desk.channel, _webhook(kept(number)))
    await pipeline.deliver()
    assert not await desk.run(import_id)
    told = await pipeline.messages()
    names = [f"3A3{number:04}" for number in range(count)]
    assert sorted(one.stanza for one in told) == sorted([*names, "3A40001"])
    live = {one.stanza for one in told if one.history is None}
    assert live == {"3A30000", "3A30001", "3A30003"}
    assert {one.history.import_id for one in told if one.history} == {import_id}
    view = await desk.read(import_id)
    assert view["status"] == "completed"
    assert (view["chats_total"], view["chats_done"]) == (2, 2)
    assert (view["messages_seen"], view["messages_stored"]) == (count + 1, count - 2)
    assert (view["messages_known"], view["messages_failed"]) == (3, 0)
    kinds = [envelope.type for envelope in await pipeline.events()]
    assert [kind.split(".")[2] for kind in kinds if ".history_import." in kind] == [
        "requested",
        "started",
        "completed",
    ]


def _webhook(shown: dict[str, Any]) -> bytes:
    document = msgspec.json.decode(fixture("message"))
    return msgspec.json.encode(
        document | {"id": f"evt_{new_id()}", "event": "message.any", "payload": shown}
    )


async def test_messages_of_one_second_keep_their_order_over_the_edge_of_a_page(
    desk: HistoryDesk, waha: Waha, pipeline: Pipeline
) -> None:
    count = 3 * PAGE
    waha.kept = {CHATS[0]: [kept(n, timestamp=BEGIN + n // 7) for n in range(count)]}
    import_id = await desk.begun()
    assert not await desk.run(import_id)
    told = sorted(await pipeline.messages(), key=lambda one: (one.occurred_at, one.ingress_seq))
    assert [one.stanza for one in told] == [f"3A3{number:04}" for number in range(count)]


async def test_another_worker_goes_on_where_one_died(
    desk: HistoryDesk, waha: Waha, pipeline: Pipeline
) -> None:
    waha.kept = {chat: [kept(n, chat) for n in range(2 * PAGE)] for chat in CHATS}
    import_id = await desk.begun()
    rounds = 1
    while await desk.run(import_id, pages=1):
        rounds += 1
    assert rounds >= 6
    assert len(await pipeline.messages()) == 4 * PAGE
    view = await desk.read(import_id)
    assert (view["status"], view["messages_stored"]) == ("completed", 4 * PAGE)


async def test_what_cannot_be_read_is_listed_with_its_reason_and_holds_no_other(
    desk: HistoryDesk, waha: Waha, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [kept(1), kept(2, id="nonsense"), kept(3)], CHATS[1]: []}
    waha.broken = {CHATS[1]}
    import_id = await desk.begun()
    for _ in range(4):
        with pytest.raises(ImportLater):
            await desk.run(import_id)
    assert not await desk.run(import_id)
    assert len(await pipeline.messages()) == 2
    view = await desk.read(import_id)
    assert (view["status"], view["messages_failed"], view["chats_done"]) == ("completed", 1, 2)
    first = await desk.read(import_id, "/failures?limit=1")
    assert [one["provider_message_id"] for one in first["items"]] == ["nonsense"]
    assert first["items"][0]["reason"] == "message_id_malformed"
    second = await desk.read(import_id, f"/failures?limit=1&cursor={first['next_cursor']}")
    assert [(one["chat"], one["provider_message_id"]) for one in second["items"]] == [
        (CHATS[1], None)
    ]


async def test_groups_are_imported_where_the_channel_records_them(
    desk: HistoryDesk, waha: Waha, pipeline: Pipeline
) -> None:
    shown = kept(1, GROUP, id=f"false_{GROUP}_3A30001_{CHATS[0]}", participant=CHATS[0])
    waha.kept = {GROUP: [shown]}
    first = await desk.begun()
    assert not await desk.run(first)
    assert (await desk.read(first))["messages_left_out"] == 1
    body = {"allow_groups": True}
    await desk.api.call("PATCH", f"/v1/channels/{desk.channel['id']}", json=body)
    second = await desk.begun()
    assert not await desk.run(second)
    assert (await desk.read(second))["messages_stored"] == 1
    (told,) = [
        msgspec.json.decode(envelope.data, type=ChannelGroupMessageReceived).message
        for envelope in await pipeline.events()
        if envelope.type == "channel.group_message_received.v1"
    ]
    assert told.history is not None
    assert told.history.import_id == second


async def test_our_own_say_how_far_they_got(
    desk: HistoryDesk, waha: Waha, pipeline: Pipeline
) -> None:
    ours = kept(1, id=f"true_{CHATS[0]}_3A30001", fromMe=True, ack=3, source="app")
    waha.kept = {CHATS[0]: [ours, kept(2, ack=3)]}
    assert not await desk.run(await desk.begun())
    told = {one.from_me: one.history for one in await pipeline.messages()}
    assert told[True] is not None
    assert told[True].status == "read"
    assert told[False] is not None
    assert told[False].status is None


async def test_a_channel_has_one_import_at_a_time_and_it_can_be_stopped(
    desk: HistoryDesk, waha: Waha, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [kept(n) for n in range(2 * PAGE)]}
    import_id = await desk.begun()
    assert (await desk.ask()).json()["code"] == "history_import_running"
    await desk.run(import_id, pages=1)
    for _ in range(2):
        answer = await desk.api.call("POST", f"{desk.path}/{import_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    told = len(await pipeline.messages())
    assert not await desk.run(import_id)
    assert len(await pipeline.messages()) == told
    assert (await desk.read(import_id))["status"] == "cancelled"
    kinds = [envelope.type for envelope in await pipeline.events()]
    assert kinds.count("channel.history_import.cancelled.v1") == 1
    assert "channel.history_import.completed.v1" not in kinds
    second = await desk.begun(limit_per_chat=PAGE + 3)
    assert not await desk.run(second)
    view = await desk.read(second)
    assert view["messages_seen"] == PAGE + 3
    late = await desk.api.call("POST", f"{desk.path}/{second}/cancel")
    assert late.json()["code"] == "history_import_ended"
    listed = (await desk.api.call("GET", f"{desk.path}?limit=1")).json()
    assert [one["id"] for one in listed["items"]] == [str(second)]
    rest = (await desk.api.call("GET", f"{desk.path}?cursor={listed['next_cursor']}")).json()
    assert [one["id"] for one in rest["items"]] == [str(import_id)]


async def test_only_what_is_past_is_imported_and_new_only_goes_on_from_there(
    desk: HistoryDesk, waha: Waha, pipeline: Pipeline
) -> None:
    now = int(utc_now().timestamp())
    waha.kept = {CHATS[0]: [kept(1), kept(2, timestamp=now - 60)]}
    assert not await desk.run(await desk.begun())
    # Its webhook is on its way, and somebody waits for an answer.
    assert [one.stanza for one in await pipeline.messages()] == ["3A30001"]
    again = await desk.ask(strategy="new_only", to=(utc_now() - timedelta(days=1)).isoformat())
    assert again.json()["code"] == "history_span_empty"
    recent = (utc_now() - timedelta(minutes=5)).isoformat()
    assert (await desk.ask(**{"from": recent})).json()["code"] == "history_span_empty"


async def test_what_the_provider_refuses_ends_it(desk: HistoryDesk, waha: Waha) -> None:
    import_id = await desk.begun()
    await desk.api.call("DELETE", f"/v1/channels/{desk.channel['id']}")
    with pytest.raises(ImportRefused, match="deleted"):
        await desk.historian().carry_on(desk.tenant, import_id, 1)


async def test_a_provider_without_history_says_so(api: Api, desk: HistoryDesk) -> None:
    cloud = await create_number(api)
    desk.path = f"/v1/channels/{cloud['id']}/history-imports"
    assert (await desk.ask()).json()["code"] == "unsupported_by_provider"


async def test_nobody_else_sees_or_stops_it(desk: HistoryDesk, api_of: Callable[..., Api]) -> None:
    import_id = (await desk.ask()).json()["id"]
    stranger = api_of(new_tenant())
    paths = ("", f"/{import_id}", f"/{import_id}/failures")
    for path in paths:
        assert (await stranger.call("GET", desk.path + path)).status_code == 404
    answer = await stranger.call("POST", f"{desk.path}/{import_id}/cancel")
    assert answer.status_code == 404
    assert (await desk.read(UUID(import_id)))["status"] == "requested"
