"""A channel's connection by the API, at a WAHA that answers as it was told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import TestTenant
from proto_events.channels import ChannelActivationFailed

from ..conftest import PUBLIC_URL, Api, Pipeline, Webhooks, changed, fixture
from ..waha_script import Script, listening

SESSION = "/api/sessions/loja"
AUTH = "/api/loja/auth"
PNG = b"\x89PNG\r\n\x1a\n and more"
KEY = "the-key-of-the-tests"
ME = {"id": "554400000001@c.us", "pushName": "Loja"}


def session(status: str, **more: Any) -> dict[str, Any]:
    return {"name": "loja", "status": status, "presence": None, **more}


@pytest.fixture
async def waha() -> AsyncIterator[Script]:
    async with listening() as one:
        one.answers["POST /api/sessions"] = (201, session("STARTING"))
        one.answers[f"PUT {SESSION}"] = (200, session("STARTING"))
        for act in ("start", "stop", "restart", "logout"):
            one.answers[f"POST {SESSION}/{act}"] = (201, session("STARTING"))
        yield one


@pytest.fixture
async def channel(api: Api, waha: Script) -> dict[str, Any]:
    return await api.create(config={"base_url": waha.url, "session": "loja"}, api_key=KEY)


def now_is(waha: Script, status: str, **more: Any) -> None:
    waha.answers[f"GET {SESSION}"] = (200, session(status, **more))


async def act(api: Api, channel: dict[str, Any], path: str, **options: Any) -> httpx.Response:
    method = options.pop("method", "POST")
    return await api.call(method, f"/v1/channels/{channel['id']}/{path}", **options)


async def said(pipeline: Pipeline) -> list[str]:
    """What was said of the channel since it was made."""
    return [one.type for one in await pipeline.events()][1:]


async def test_a_channel_is_connected_paired_and_works(
    api: Api, channel: dict[str, Any], waha: Script, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    waha.answers[f"GET {SESSION}"] = [(404, {}), (200, session("SCAN_QR_CODE"))]
    answer = await act(api, channel, "connect")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"status": "SCAN_QR_CODE", "account": None}
    made = next(body for asked, body in waha.asked if asked == "POST /api/sessions")
    (hook,) = made["config"]["webhooks"]
    assert hook["url"] == f"{PUBLIC_URL}/webhooks/{channel['webhook_id']}"
    assert hook["hmac"] == {"key": channel["hmac_secret"]}
    assert waha.keys == {KEY}
    assert await said(pipeline) == ["channel.activation.requested.v1"]
    body = changed(fixture("session.status"), event_id="evt_1", status="WORKING", statuses=[])
    assert (await webhooks.post(channel, body)).status_code == 200
    await pipeline.deliver()
    assert await said(pipeline) == [
        "channel.activation.requested.v1",
        "channel.connection_changed.v1",
        "channel.activated.v1",
    ]
    events = await pipeline.events()
    assert [one.sequence for one in events if one.type.startswith("channel.activ")] == [2, 3]
    shown = (await act(api, channel, "", method="GET")).json()
    assert shown["connection_status"] == "WORKING"


async def test_one_that_works_at_once_is_activated_once(
    api: Api, channel: dict[str, Any], waha: Script, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    now_is(waha, "WORKING", me=ME)
    first = await act(api, channel, "start")
    assert first.json()["account"] == {
        "address": "554400000001@s.whatsapp.net",
        "lid": None,
        "name": "Loja",
    }
    body = changed(fixture("session.status"), event_id="evt_1", status="WORKING", statuses=[])
    assert (await webhooks.post(channel, body)).status_code == 200
    await pipeline.deliver()
    told = await said(pipeline)
    assert told.count("channel.activated.v1") == 1
    assert told.count("channel.activation.requested.v1") == 1


async def test_a_connection_that_breaks_before_it_came_up_has_failed_until_it_comes_up(
    api: Api, channel: dict[str, Any], waha: Script, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    now_is(waha, "STARTING")
    await act(api, channel, "restart")
    for number, status in enumerate(("FAILED", "WORKING")):
        body = changed(fixture("session.status"), event_id=f"evt_{number}", status=status)
        document = msgspec.json.decode(body)
        document["timestamp"] += number
        document["payload"].pop("statuses", None)
        answer = await webhooks.post(channel, msgspec.json.encode(document))
        assert answer.status_code == 200
        await pipeline.deliver()
    assert await said(pipeline) == [
        "channel.activation.requested.v1",
        "channel.connection_changed.v1",
        "channel.activation.failed.v1",
        "channel.connection_changed.v1",
        "channel.activated.v1",
    ]


@pytest.mark.parametrize("how", ["stop", "log-out"])
async def test_a_channel_is_switched_off_once(
    api: Api, channel: dict[str, Any], waha: Script, pipeline: Pipeline, how: str
) -> None:
    now_is(waha, "STOPPED")
    for _ in range(2):
        assert (await act(api, channel, how)).json()["status"] == "STOPPED"
    assert await said(pipeline) == ["channel.deactivated.v1"]
    path = {"stop": "stop", "log-out": "logout"}[how]
    assert waha.of("POST") == [f"{SESSION}/{path}"] * 2


async def test_a_number_is_paired_in_each_way(
    api: Api, channel: dict[str, Any], waha: Script
) -> None:
    now_is(waha, "PASSKEY_CONFIRMATION_REQUIRED")
    challenge = {
        "challenge": "Y2g",
        "rpId": "web.whatsapp.com",
        "allowCredentials": [{"id": "aWQ", "type": "public-key"}],
        "timeout": 60000.0,
        "userVerification": "required",
    }
    waha.answers |= {
        f"GET {AUTH}/qr?format=raw": (200, {"value": "2@abc"}),
        f"GET {AUTH}/qr?format=image": (200, PNG),
        f"POST {AUTH}/request-code": (201, {"code": "ABCD-1234"}),
        f"GET {AUTH}/passkey/challenge": (200, challenge),
        f"POST {AUTH}/passkey": (201, {}),
        f"GET {AUTH}/passkey/confirmation": (200, {"code": "1234"}),
        f"POST {AUTH}/passkey/confirm": (201, {}),
    }
    picture = await act(api, channel, "connection/qr", method="GET")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert picture.headers["cache-control"] == "no-store"
    code = {"phone": "+554400000001"}
    typed = await act(api, channel, "connection/pairing-code", json=code)
    assert typed.json() == {"code": "ABCD-1234"}
    asked = await act(api, channel, "connection/passkey", method="GET")
    assert asked.json() == challenge
    signed = {"clientDataJSON": "Yw", "authenticatorData": "YQ", "signature": "cw"}
    assertion = {
        "id": "aWQ",
        "rawId": "aWQ",
        "type": "public-key",
        "response": signed,
        "clientExtensionResults": {},
    }
    answered = await act(api, channel, "connection/passkey", json=assertion)
    assert answered.json()["status"] == "PASSKEY_CONFIRMATION_REQUIRED"
    compared = await act(api, channel, "connection/passkey/code", method="GET")
    assert compared.json() == {"code": "1234"}
    assert (await act(api, channel, "connection/passkey/confirm")).status_code == 200


async def test_the_code_as_text_for_who_wants_no_picture(
    client: httpx.AsyncClient, api: Api, channel: dict[str, Any], waha: Script
) -> None:
    waha.answers[f"GET {AUTH}/qr?format=raw"] = (200, {"value": "2@abc"})
    headers = {**vars(api)["_headers"], "accept": "application/json"}
    path = f"/v1/channels/{channel['id']}/connection/qr"
    answer = await client.get(path, headers=headers)
    assert answer.json() == {"value": "2@abc"}
    assert answer.headers["content-type"] == "application/json"


async def test_what_is_looked_up(api: Api, channel: dict[str, Any], waha: Script) -> None:
    exists = "GET /api/contacts/check-exists?phone=5544999990000&session=loja"
    waha.answers[exists] = (200, {"numberExists": True, "chatId": "554499990000@c.us"})
    waha.answers["GET /api/loja/lids/99999@lid"] = (200, {"pn": "554499990000@c.us"})
    picture = "GET /api/contacts/profile-picture?contactId=554499990000@c.us&session=loja"
    waha.answers[picture] = (200, {"profilePictureURL": "https://pps.example/1"})
    chat = "554499990000@s.whatsapp.net"
    phone = {"phone": "+5544999990000"}
    found = await act(api, channel, "look-ups/phone", method="GET", params=phone)
    assert found.json() == {**phone, "exists": True, "chat": chat}
    for lid in ("99999", "99999@lid"):
        found = await act(api, channel, f"look-ups/lids/{lid}", method="GET")
        assert found.json() == {"lid": "99999@lid", "phone": "+554499990000"}
    shown = await act(api, channel, "look-ups/profile-picture", method="GET", params={"chat": chat})
    assert shown.json() == {"chat": chat, "url": "https://pps.example/1"}
    for path, params in (
        ("look-ups/phone", {"phone": "5544"}),
        ("look-ups/lids/x", {}),
        ("look-ups/profile-picture", {"chat": "1@g.us"}),
    ):
        refused = await act(api, channel, path, method="GET", params=params)
        assert refused.status_code == 400, path


@pytest.mark.parametrize(
    ("status", "document", "answered", "code"),
    [
        (401, {}, 409, "provider_key_refused"),
        (404, {}, 409, "channel_session_missing"),
        (422, {"status": "FAILED"}, 409, "channel_not_ready"),
        (400, {}, 409, "provider_refused"),
        (429, {}, 503, "provider_busy"),
        (500, {}, 503, "provider_unreachable"),
    ],
)
async def test_a_refusal_has_its_code_and_tells_no_key(
    api: Api,
    channel: dict[str, Any],
    waha: Script,
    pipeline: Pipeline,
    status: int,
    document: Any,
    answered: int,
    code: str,
) -> None:
    waha.answers[f"POST {SESSION}/start"] = (status, document)
    answer = await act(api, channel, "start")
    assert (answer.status_code, answer.json()["code"]) == (answered, code)
    assert KEY not in answer.text
    assert ("retry-after" in answer.headers) == (answered == 503)
    requested, failed = (await pipeline.events())[1:]
    assert requested.type == "channel.activation.requested.v1"
    why = msgspec.json.decode(failed.data, type=ChannelActivationFailed)
    assert why.reason == answer.json()["detail"]


async def test_a_channel_that_is_inactive_is_not_put_to_work(
    api: Api, channel: dict[str, Any], waha: Script
) -> None:
    now_is(waha, "STOPPED")
    await act(api, channel, "", method="PATCH", json={"status": "inactive"})
    refused = await act(api, channel, "connect")
    assert (refused.status_code, refused.json()["code"]) == (409, "channel_inactive")
    assert waha.asked == []
    assert (await act(api, channel, "stop")).status_code == 200


async def test_no_transaction_is_open_while_the_provider_is_called(
    client: httpx.AsyncClient,
    api: Api,
    channel: dict[str, Any],
    waha: Script,
    database: Database,
) -> None:
    """Not even with an Idempotency-Key, whose transaction ends with the answer."""
    now_is(waha, "STARTING")
    called, go_on = asyncio.Event(), asyncio.Event()
    waha.gate = (called, go_on)
    headers = {**vars(api)["_headers"], "idempotency-key": str(uuid4())}
    path = f"/v1/channels/{channel['id']}/connect"
    calling = asyncio.create_task(client.post(path, headers=headers))
    async with asyncio.timeout(10):
        await called.wait()
        async with database.tenant(uuid4()) as tx:
            open_ones = await tx.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND xact_start IS NOT NULL"
                " AND pid <> pg_backend_pid() AND state <> 'active'"
            )
        go_on.set()
        assert (await calling).status_code == 200
    assert open_ones == 0


async def test_a_request_that_is_sent_again_gets_the_first_answer(
    client: httpx.AsyncClient, api: Api, channel: dict[str, Any], waha: Script, pipeline: Pipeline
) -> None:
    headers = {**vars(api)["_headers"], "idempotency-key": str(uuid4())}
    path = f"/v1/channels/{channel['id']}/connect"
    now_is(waha, "STARTING")
    first = await client.post(path, headers=headers)
    now_is(waha, "WORKING")
    again = await client.post(path, headers=headers)
    assert again.json() == first.json() == {"status": "STARTING", "account": None}
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_channel_is_deleted_with_its_connection_if_that_is_asked_for(
    api: Api, channel: dict[str, Any], waha: Script
) -> None:
    path = f"/v1/channels/{channel['id']}"
    waha.answers[f"DELETE {SESSION}"] = [(500, {}), (200, {})]
    ask = {"params": {"disconnect": "true"}}
    refused = await api.call("DELETE", path, **ask)
    assert refused.json()["code"] == "provider_unreachable"
    assert (await api.call("GET", path)).status_code == 200
    assert (await api.call("DELETE", path, **ask)).status_code == 204
    assert waha.of("DELETE") == [SESSION] * 2
    other = await api.create(config={"base_url": waha.url, "session": "loja"})
    assert (await api.call("DELETE", f"/v1/channels/{other['id']}")).status_code == 204
    assert waha.of("DELETE") == [SESSION] * 2


async def test_nobody_reaches_the_channel_of_another(
    api_of: Callable[..., Api],
    channel: dict[str, Any],
    waha: Script,
) -> None:
    other = api_of(TestTenant(tenant_id=new_id(), project_id=new_id()))
    for method, path, more in (
        ("POST", "connect", {}),
        ("POST", "start", {}),
        ("POST", "stop", {}),
        ("POST", "restart", {}),
        ("POST", "log-out", {}),
        ("GET", "connection", {}),
        ("GET", "connection/qr", {}),
        ("POST", "connection/pairing-code", {"json": {"phone": "+554400000001"}}),
        ("GET", "connection/passkey", {}),
        ("GET", "connection/passkey/code", {}),
        ("POST", "connection/passkey/confirm", {}),
        ("GET", "look-ups/phone", {"params": {"phone": "+554400000001"}}),
        ("GET", "look-ups/lids/99999", {}),
        ("GET", "look-ups/profile-picture", {"params": {"chat": "99999@lid"}}),
    ):
        answer = await act(other, channel, path, method=method, **more)
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "channel_not_found"
    assert waha.asked == []


@pytest.mark.parametrize("role", ["manager", "user", "readonly"])
async def test_only_who_may_change_the_channel_sees_its_codes(
    api_of: Callable[..., Api],
    tenant: TestTenant,
    channel: dict[str, Any],
    waha: Script,
    role: str,
) -> None:
    now_is(waha, "SCAN_QR_CODE")
    other = api_of(tenant, role)
    assert (await act(other, channel, "connection", method="GET")).status_code == 200
    assert (await act(other, channel, "connection/qr", method="GET")).status_code == 403
    assert (await act(other, channel, "connect")).status_code == 403
