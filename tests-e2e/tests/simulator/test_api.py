"""WAHA's REST API: each route, the fields that it must have, the answers that clients read.

The table was read from the OpenAPI document of WAHA 2026.7.1.
"""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from ventros_e2e.waiting import eventually
from waha_simulator.app import create_app

FILE = {"mimetype": "image/jpeg", "url": "http://files.test/a.jpg"}
TO = {"session": "s", "chatId": "554400000003@c.us"}
POLL = {"name": "?", "options": ["a", "b"], "multipleAnswers": False}
LIST = {
    "title": "?",
    "button": "Ver",
    "sections": [{"title": "Cores", "rows": [{"title": "Azul", "rowId": "1"}]}],
}

# method, path, required fields of the body with a value each, status of success
BODIES = [
    ("POST", "/api/sendText", TO | {"text": "oi"}, 201),
    ("POST", "/api/sendImage", TO | {"file": FILE}, 201),
    ("POST", "/api/sendFile", TO | {"file": FILE}, 201),
    ("POST", "/api/sendVoice", TO | {"file": FILE, "convert": True}, 201),
    ("POST", "/api/sendVideo", TO | {"file": FILE, "convert": False}, 201),
    ("POST", "/api/sendLocation", TO | {"latitude": -25.4, "longitude": -49.2, "title": "x"}, 201),
    ("POST", "/api/sendContactVcard", TO | {"contacts": [{"vcard": "BEGIN:VCARD"}]}, 201),
    ("POST", "/api/sendPoll", TO | {"poll": POLL}, 201),
    ("POST", "/api/sendList", TO | {"message": LIST}, 201),
    ("POST", "/api/sendSeen", TO, 201),
    ("POST", "/api/forwardMessage", TO | {"messageId": "true_1@c.us_3EB0"}, 501),
    ("POST", "/api/sendPollVote", TO | {"pollMessageId": "3EB0", "votes": ["a"]}, 404),
    ("POST", "/api/startTyping", TO, 201),
    ("POST", "/api/stopTyping", TO, 201),
]
PATHS = [
    *((method, path) for method, path, _, _ in BODIES),
    ("GET", "/api/sessions"),
    ("POST", "/api/sessions"),
    ("GET", "/api/sessions/{session}"),
    ("PUT", "/api/sessions/{session}"),
    ("DELETE", "/api/sessions/{session}"),
    ("GET", "/api/sessions/{session}/me"),
    ("POST", "/api/sessions/{session}/start"),
    ("POST", "/api/sessions/{session}/stop"),
    ("POST", "/api/sessions/{session}/logout"),
    ("POST", "/api/sessions/{session}/restart"),
    ("GET", "/api/{session}/auth/qr"),
    ("POST", "/api/{session}/auth/request-code"),
    ("GET", "/api/{session}/auth/passkey/challenge"),
    ("POST", "/api/{session}/auth/passkey"),
    ("GET", "/api/{session}/auth/passkey/confirmation"),
    ("POST", "/api/{session}/auth/passkey/confirm"),
    ("GET", "/api/contacts/profile-picture"),
    ("PUT", "/api/reaction"),
    ("GET", "/api/{session}/new-message-id"),
    ("GET", "/api/{session}/chats/overview"),
    ("GET", "/api/{session}/chats/{chatId}/messages"),
    ("GET", "/api/{session}/chats/{chatId}/messages/{messageId}"),
    ("PUT", "/api/{session}/chats/{chatId}/messages/{messageId}"),
    ("DELETE", "/api/{session}/chats/{chatId}/messages/{messageId}"),
    ("POST", "/api/{session}/chats/{chatId}/archive"),
    ("POST", "/api/{session}/chats/{chatId}/unarchive"),
    ("GET", "/api/{session}/labels/chats/{chatId}"),
    ("PUT", "/api/{session}/labels/chats/{chatId}"),
    ("GET", "/api/contacts/check-exists"),
    ("GET", "/api/{session}/lids"),
    ("GET", "/api/{session}/lids/count"),
    ("GET", "/api/{session}/lids/{lid}"),
    ("GET", "/api/{session}/lids/pn/{phoneNumber}"),
    ("GET", "/ping"),
    ("GET", "/health"),
    ("GET", "/api/version"),
    ("GET", "/api/server/version"),
    ("GET", "/api/server/status"),
]
MESSAGE_KEYS = {
    *("id", "timestamp", "from", "fromMe", "source", "to", "participant", "body", "hasMedia"),
    *("media", "ack", "ackName", "replyTo", "vCards", "_data"),
}


def without_names(path: str) -> tuple[str, ...]:
    return tuple("{}" if part.startswith("{") else part for part in path.split("/"))


def test_every_route_of_the_table_is_served_and_no_other() -> None:
    app: web.Application = create_app(api_key="k", files_url="http://x")
    served = {
        (route.method, without_names(route.resource.canonical))
        for route in app.router.routes()
        if route.resource is not None
        and route.method != "HEAD"
        and not route.resource.canonical.startswith(("/simulator/", "/api/files/"))
    }
    assert served == {(method, without_names(path)) for method, path in PATHS}


async def test_every_route_asks_for_the_key(waha) -> None:
    for method, path in PATHS:
        if path != "/ping":
            async with waha.client.request(method, path.replace("{session}", "s")) as answer:
                assert answer.status == 401, path
    async with waha.client.get("/api/sessions?x-api-key=key-of-the-tests") as answer:
        assert answer.status == 200


@pytest.mark.parametrize(("method", "path", "body", "status"), BODIES)
async def test_required_fields_are_required(waha, method, path, body, status) -> None:
    await waha.session("s")
    await waha.call(method, path, body, status)
    for field in body:
        less = {name: value for name, value in body.items() if name != field}
        refused = await waha.call(method, path, less, 400)
        assert field in refused["message"]


async def test_a_message_is_answered_in_the_shape_of_webhooks(waha) -> None:
    await waha.session("s")
    sent = await waha.call("POST", "/api/sendText", TO | {"text": "oi"}, 201)
    assert sent.keys() == MESSAGE_KEYS
    assert sent["id"].startswith("true_554400000003@c.us_3EB0")
    assert (sent["source"], sent["ackName"]) == ("api", "SERVER")


async def test_a_reserved_id_sends_once(waha, receiver) -> None:
    await waha.session("s", {"url": receiver.url, "events": ["message.any"]})
    reserved = (await waha.call("GET", "/api/s/new-message-id"))["id"]
    body = TO | {"text": "oi", "id": reserved}
    first = await waha.call("POST", "/api/sendText", body, 201)
    again = await waha.call("POST", "/api/sendText", body, 201)
    assert first["id"] == again["id"] == f"true_554400000003@c.us_{reserved}"
    await receiver.until(lambda got: len(got) == 1)
    history = await waha.call("GET", "/api/s/chats/554400000003@c.us/messages?limit=10")
    assert [one["id"] for one in history] == [first["id"]]


async def test_sends_are_answered_wrongly_when_that_is_wanted(waha) -> None:
    await waha.session("s")
    wanted = {"fates": ["refused", "failed", "cut", "twice"]}
    await waha.call("PUT", "/simulator/answering", wanted, 204)
    await waha.call("POST", "/api/sendText", TO | {"text": "refused"}, 500)
    await waha.call("POST", "/api/sendText", TO | {"text": "failed"}, 500)
    with pytest.raises(aiohttp.ClientError):
        await waha.call("POST", "/api/sendText", TO | {"text": "cut"}, 201)
    named = await waha.call("POST", "/api/sendText", TO | {"text": "twice"}, 201)
    await waha.call("POST", "/api/sendText", TO | {"text": "as usual"}, 201)
    path = "/api/s/chats/554400000003@c.us/messages?limit=10&sortOrder=asc"
    history = await waha.call("GET", path)
    assert [one["body"] for one in history] == ["failed", "cut", "twice", "twice", "as usual"]
    assert len({one["id"] for one in history}) == 5
    assert history[2]["id"] == named["id"]


async def test_a_session_lives_from_creation_to_deletion(waha) -> None:
    made = await waha.call("POST", "/api/sessions", {"name": "s"}, 201)
    assert (made["name"], made["status"]) == ("s", "SCAN_QR_CODE")
    assert await waha.call("GET", "/api/sessions/s/me") is None
    code = await waha.call("GET", "/api/s/auth/qr?format=raw")
    assert code["value"].startswith("2@")
    refused = await waha.call("POST", "/api/sendText", TO | {"text": "oi"}, 422)
    assert (refused["status"], refused["expected"]) == ("SCAN_QR_CODE", ["WORKING"])
    owner = {"phone": "554400000001", "lid": "10000000000002", "name": "Loja"}
    await waha.call("POST", "/simulator/sessions/s/pair", {"owner": owner}, 204)
    info = await waha.call("GET", "/api/sessions/s")
    assert info["status"] == "WORKING"
    assert info["me"]["jid"] == "554400000001:9@s.whatsapp.net"
    stopped = await waha.call("POST", "/api/sessions/s/stop", status=201)
    assert stopped["status"] == "STOPPED"
    assert await waha.call("GET", "/api/sessions") == []
    assert len(await waha.call("GET", "/api/sessions?all=true")) == 1
    started = await waha.call("POST", "/api/sessions/s/start", status=201)
    assert started["status"] == "WORKING"
    gone = await waha.call("POST", "/api/sessions/s/logout", status=201)
    assert gone["status"] == "SCAN_QR_CODE"
    await waha.call("DELETE", "/api/sessions/s")
    await waha.call("GET", "/api/sessions/s", status=404)


async def test_a_configuration_is_given_back_and_replaced(waha) -> None:
    hook = {
        "url": "http://crm.test/hook",
        "events": ["message.any"],
        "hmac": {"key": "k"},
        "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 15},
        "customHeaders": [{"name": "X-A", "value": "b"}],
    }
    config = {"webhooks": [hook], "metadata": {"user.id": "1"}}
    made = await waha.call("POST", "/api/sessions", {"name": "s", "config": config}, 201)
    assert made["config"]["webhooks"] == [hook]
    changed = await waha.call("PUT", "/api/sessions/s", {"config": {}})
    assert changed["config"] == {}
    await waha.call("POST", "/api/sessions", {"name": "s"}, 422)


async def test_history_filters_and_pages(waha) -> None:
    await waha.session("s")
    person = {"phone": "554400000003", "lid": "10000000000004"}
    for at in range(1000, 1006):
        await waha.write("s", person=person, text=str(at), timestamp=at, from_me=at % 2 == 0)
    base = "/api/s/chats/554400000003@c.us/messages"

    async def texts(query: str) -> list[str]:
        return [one["body"] for one in await waha.call("GET", f"{base}?{query}")]

    assert await texts("limit=2") == ["1005", "1004"]
    assert await texts("limit=2&offset=4&sortOrder=asc") == ["1004", "1005"]
    window = "filter.timestamp.gte=1001&filter.timestamp.lte=1003"
    assert await texts(f"limit=9&{window}") == ["1003", "1002", "1001"]
    assert await texts("limit=9&filter.fromMe=true") == ["1004", "1002", "1000"]
    by_lid = "/api/s/chats/10000000000004@lid/messages?limit=9"
    assert len(await waha.call("GET", by_lid)) == 6
    await waha.call("GET", f"{base}?limit=x", status=400)


async def test_a_hidden_number_is_learnt_when_it_is_shown(waha) -> None:
    await waha.session("s")
    person = {"phone": "554400000003", "lid": "10000000000004"}
    await waha.write("s", person=person, address="lid")
    assert await waha.call("GET", "/api/s/lids/10000000000004") == {
        "lid": "10000000000004@lid",
        "pn": None,
    }
    await waha.write("s", person=person, address="lid+phone")
    assert await waha.call("GET", "/api/s/lids/pn/554400000003") == {
        "lid": "10000000000004@lid",
        "pn": "554400000003@c.us",
    }
    assert await waha.call("GET", "/api/s/lids/count") == {"count": 1}


async def test_check_exists_gives_whatsapps_own_form(waha) -> None:
    await waha.session("s")
    await waha.write("s", person={"phone": "554488887777"})
    found = await waha.call("GET", "/api/contacts/check-exists?phone=5544988887777&session=s")
    assert found == {"numberExists": True, "chatId": "554488887777@c.us"}


async def test_edits_reactions_and_deletions_are_reported(waha, receiver) -> None:
    await waha.session("s", {"url": receiver.url, "events": ["*"]})
    sent = await waha.call("POST", "/api/sendText", TO | {"text": "oi"}, 201)
    one = f"/api/s/chats/554400000003@c.us/messages/{sent['id']}"
    reaction = {"session": "s", "messageId": sent["id"], "reaction": "👍"}
    await waha.call("PUT", "/api/reaction", reaction)
    await waha.call("PUT", one, {"text": "olá"})
    assert (await waha.call("GET", one))["body"] == "olá"
    await waha.call("DELETE", one)
    await waha.call("GET", one, status=404)
    await receiver.until(lambda got: {b"message.revoked", b"message.edited"} <= kinds(got))
    assert {b"message.any", b"message.ack", b"message.reaction"} <= kinds(receiver.received)


def kinds(received: list) -> set[bytes]:
    return {one.body.split(b'"event":"', 1)[1].split(b'"', 1)[0] for one in received}


async def test_media_can_be_fetched_with_the_key(waha) -> None:
    await waha.session("s")
    written = await waha.write("s", person={"phone": "554400000003"}, kind="image")
    path = f"/api/s/chats/554400000003@c.us/messages/{written['message_id']}"
    url = (await waha.call("GET", path))["media"]["url"]
    file = url.removeprefix("http://waha.test")
    async with waha.client.get(file) as refused:
        assert refused.status == 401
    async with waha.client.get(file, headers={"X-Api-Key": "key-of-the-tests"}) as answer:
        assert answer.content_type == "image/jpeg"
        assert (await answer.read()).startswith(b"\x89PNG")


async def test_what_is_sent_is_there_before_a_late_answer(waha):
    await waha.session("s")
    await waha.call("PUT", "/simulator/answering", {"after_seconds": 60}, 204)
    late = asyncio.create_task(waha.call("POST", "/api/sendText", TO | {"text": "oi"}, 201))
    path = f"/api/s/chats/{TO['chatId']}/messages?filter.fromMe=true"
    await eventually(lambda: waha.call("GET", path), "the message is in the history")
    assert not late.done()
    late.cancel()
    await waha.call("PUT", "/simulator/answering", {"after_seconds": 0}, 204)
    await waha.call("POST", "/api/sendText", TO | {"text": "oi"}, 201)
