"""The simulated Cloud API: what it takes and refuses, what it posts, how it fails."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from cloud_simulator.answers import Trouble, Weather
from cloud_simulator.app import create_app
from cloud_simulator.errors import Reason
from cloud_simulator.http.edge import SIMULATOR
from cloud_simulator.parties import Number, Person, same_phone
from cloud_simulator.payloads import new_user_id, preference
from cloud_simulator.simulator import CloudSimulator, Line
from waha_simulator.delivery import Faults

pytestmark = pytest.mark.timeout(30)

NUMBER, SECRET, TOKEN = "200000000000001", "app-secret", "token-of-the-tests"
ANA = Person(bsuid="BR.1A2B3C", phone="554400000003", name="Ana")
HIDDEN = Person(bsuid="BR.9Z8Y7X", name="Bia", username="bia")


class Desk:
    """The simulator, a number in it, and calls with its token."""

    def __init__(self, client: TestClient, receiver) -> None:
        self.client, self.receiver = client, receiver
        self.simulator: CloudSimulator = client.app[SIMULATOR]
        self.line: Line = self.simulator.connect(
            Number(
                phone_number_id=NUMBER,
                waba_id="100000000000001",
                token=TOKEN,
                app_secret=SECRET,
                webhook_url=receiver.url,
            )
        )

    async def call(self, method: str, path: str, *, token: str = TOKEN, **more: Any):
        headers = {"Authorization": f"Bearer {token}"}
        async with self.client.request(method, path, headers=headers, **more) as answer:
            content = await answer.read()
            readable = content and answer.content_type == "application/json"
            return answer.status, json.loads(content) if readable else content

    async def send(self, *, to: str | None = ANA.phone, token: str = TOKEN, **members: Any):
        body: dict[str, Any] = {"messaging_product": "whatsapp", **members}
        if to is not None:
            body["to"] = to
        body.setdefault("type", next(name for name in members if name != "recipient"))
        return await self.call("POST", f"/v24.0/{NUMBER}/messages", token=token, json=body)

    def posted(self) -> list[dict]:
        return [json.loads(one.body) for one in self.receiver.received]

    def values(self, name: str) -> list[dict]:
        entries = [entry for post in self.posted() for entry in post["entry"]]
        changes = [change["value"] for entry in entries for change in entry["changes"]]
        return [one for value in changes for one in value.get(name, [])]


@pytest.fixture
async def desk(receiver) -> AsyncIterator[Desk]:
    async with TestClient(TestServer(create_app(seed=7))) as client:
        desk = Desk(client, receiver)
        desk.simulator.write(desk.line, ANA)
        desk.simulator.write(desk.line, HIDDEN)
        await desk.simulator.settle(desk.line)
        yield desk


async def test_a_message_in_is_signed_and_shows_a_phone_only_where_there_is_one(desk) -> None:
    for got in desk.receiver.received:
        mac = hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()
        assert got.headers["X-Hub-Signature-256"] == f"sha256={mac}"
    one, other = sorted(desk.values("messages"), key=lambda shown: "from" not in shown)
    assert (one["from"], one["from_user_id"]) == (ANA.phone, ANA.bsuid)
    assert ("from" in other, other["from_user_id"]) == (False, HIDDEN.bsuid)
    assert {"name": "Bia", "username": "bia"} in [
        shown["profile"] for shown in desk.values("contacts")
    ]


async def test_what_is_not_ascii_is_escaped_and_signed_as_it_is_sent(desk) -> None:
    desk.simulator.write(desk.line, ANA, "ação 🎉")
    await desk.simulator.settle(desk.line)
    body = desk.receiver.received[-1].body
    assert body.isascii()
    assert desk.values("messages")[-1]["text"]["body"] == "ação 🎉"


@pytest.mark.parametrize("to", ["554400000003", "5544900000003"])
async def test_what_is_sent_is_taken_and_told_with_our_own_id(desk, to: str) -> None:
    own = "our-id"
    status, told = await desk.send(to=to, text={"body": "Olá"}, biz_opaque_callback_data=own)
    assert (status, told["contacts"][0]["wa_id"]) == (200, ANA.phone)
    await desk.simulator.settle(desk.line)
    said = {one["status"]: one for one in desk.values("statuses")}
    assert set(said) == {"sent", "delivered"}
    assert {one["biz_opaque_callback_data"] for one in said.values()} == {own}
    assert {one["id"] for one in said.values()} == {told["messages"][0]["id"]}


async def test_somebody_without_a_phone_is_written_to_by_their_id(desk) -> None:
    status, told = await desk.send(to=None, recipient=HIDDEN.bsuid, text={"body": "Olá"})
    assert (status, told["contacts"][0].get("wa_id")) == (200, None)
    status, told = await desk.send(to=None, recipient="BR.NOBODY", text={"body": "Olá"})
    assert (status, told["error"]["code"]) == (400, 131026)


REPLY = {"type": "reply", "reply": {"id": "1", "title": "Sim"}}


def offer(kind: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"interactive": {"type": kind, "body": {"text": "?"}, "action": action}}


REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "no words": (100, {"text": {"body": ""}}),
    "too many words": (100, {"text": {"body": "x" * 4097}}),
    "a member that is unknown": (100, {"text": {"body": "x", "colour": "red"}}),
    "a field that is unknown": (100, {"text": {"body": "x"}, "colour": "red"}),
    "another member than the type": (131008, {"text": {"body": "x"}, "type": "image"}),
    "an answer to nothing": (131009, {"text": {"body": "x"}, "context": {"message_id": "w"}}),
    "a reaction to nothing": (131009, {"reaction": {"message_id": "w", "emoji": "👍"}}),
    "a file from nowhere": (100, {"image": {}}),
    "a file that was never uploaded": (100, {"image": {"id": "1"}}),
    "a caption on a sound": (100, {"audio": {"link": "https://a.example/a", "caption": "x"}}),
    "a long caption": (100, {"image": {"link": "https://a.example/a", "caption": "x" * 1025}}),
    "a contact with one name": (100, {"contacts": [{"name": {"formatted_name": "Ana"}}]}),
    "a place off the Earth": (100, {"location": {"latitude": 91, "longitude": 0}}),
    "four buttons": (100, offer("button", {"buttons": [REPLY] * 4})),
    "buttons that are the same": (131009, offer("button", {"buttons": [REPLY] * 2})),
    "a list without its button": (
        131008,
        offer("list", {"sections": [{"rows": [{"id": "1", "title": "Sim"}]}]}),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refuses_what_meta_refuses(desk, name: str) -> None:
    code, members = REFUSED[name]
    status, told = await desk.send(**members)
    assert (status, told["error"]["code"]) == (400, code), told
    assert desk.line.taken == []


async def test_another_token_and_another_number_are_refused(desk) -> None:
    status, told = await desk.send(token="another", text={"body": "x"})
    assert (status, told["error"]["code"]) == (401, 190)
    status, _ = await desk.call("POST", "/v24.0/1/messages", json={})
    assert status == 400


async def test_outside_of_the_window_it_is_taken_and_fails_later(desk) -> None:
    late = Person(bsuid="BR.LATE", phone="554400000009")
    desk.simulator.write(desk.line, late, timestamp=1_700_000_000)
    status, _ = await desk.send(to=late.phone, text={"body": "x"})
    assert status == 200
    await desk.simulator.settle(desk.line)
    (failed,) = desk.values("statuses")
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131047)


async def test_what_fails_later_says_why(desk) -> None:
    desk.simulator.refused_later.append(Reason(code=131050, title="Opted out"))
    await desk.send(text={"body": "x"})
    await desk.simulator.settle(desk.line)
    (failed,) = desk.values("statuses")
    assert failed["errors"][0]["code"] == 131050


async def test_one_post_has_many_changes_over_several_entries(desk) -> None:
    before = len(desk.receiver.received)
    with desk.simulator.one_post(desk.line, per_entry=3):
        for number in range(10):
            desk.simulator.write(desk.line, ANA, str(number))
    await desk.simulator.settle(desk.line)
    (post,) = desk.posted()[before:]
    assert [len(entry["changes"]) for entry in post["entry"]] == [3, 3, 3, 1]


async def test_files_go_up_and_come_down_with_the_token(desk) -> None:
    form = aiohttp.FormData()
    form.add_field("messaging_product", "whatsapp")
    form.add_field("type", "image/png")
    form.add_field("file", b"\x89PNG", filename="a.png", content_type="image/png")
    status, told = await desk.call("POST", f"/v24.0/{NUMBER}/media", data=form)
    assert status == 200
    status, _ = await desk.send(image={"id": told["id"], "caption": "A mesa"})
    assert status == 200
    status, at = await desk.call("GET", f"/v24.0/{told['id']}?phone_number_id={NUMBER}")
    assert (status, at["mime_type"], at["file_size"]) == (200, "image/png", 4)
    path = "/files/" + at["url"].rpartition("/")[2]
    assert await desk.call("GET", path) == (200, b"\x89PNG")
    assert (await desk.call("GET", path, token="another"))[0] == 401


@pytest.mark.parametrize(
    ("mimetype", "size", "code"),
    [("application/zip", 4, 100), ("image/jpeg", 5 * 1024 * 1024 + 1, 131053)],
)
async def test_takes_no_file_of_another_type_or_too_large(
    desk, mimetype: str, size: int, code: int
) -> None:
    form = aiohttp.FormData({"messaging_product": "whatsapp", "type": mimetype})
    form.add_field("file", bytes(size), filename="a", content_type=mimetype)
    status, told = await desk.call("POST", f"/v24.0/{NUMBER}/media", data=form)
    assert (status, told["error"]["code"]) == (400, code)


async def test_calls_fail_as_they_are_told_to(desk) -> None:
    troubles = desk.simulator.troubles
    troubles.add(Trouble(kind="refuse", code=131056, to=ANA.phone))
    assert (await desk.send(to=None, recipient=HIDDEN.bsuid, text={"body": "x"}))[0] == 200
    status, told = await desk.send(text={"body": "x"})
    assert (status, told["error"]["code"]) == (429, 131056)
    troubles.add(Trouble(kind="status", status=502))
    assert await desk.send(text={"body": "x"}) == (502, b"<html>upstream error</html>")
    taken = len(desk.line.taken)
    troubles.add(Trouble(kind="break"))
    with pytest.raises(aiohttp.ClientError):
        await desk.send(text={"body": "x"})
    assert len(desk.line.taken) == taken
    troubles.add(Trouble(kind="lose"))
    with pytest.raises(aiohttp.ClientError):
        await desk.send(text={"body": "x"})
    assert len(desk.line.taken) == taken + 1
    troubles.weather = Weather(refuse=1.0)
    assert (await desk.send(text={"body": "x"}))[0] == 500
    troubles.clear()
    assert (await desk.send(text={"body": "x"}))[0] == 200


async def test_a_call_that_hangs_is_never_answered_nor_done(desk) -> None:
    desk.simulator.troubles.add(Trouble(kind="hang"))
    taken = len(desk.line.taken)
    asking = asyncio.ensure_future(desk.send(text={"body": "x"}))
    done, _ = await asyncio.wait([asking], timeout=0.3)
    assert not done
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert len(desk.line.taken) == taken


async def test_posts_are_lost_doubled_and_held_back(desk) -> None:
    before = len(desk.receiver.received)
    desk.simulator.postman.faults = Faults(lose=1.0)
    desk.simulator.write(desk.line, ANA)
    await desk.simulator.settle(desk.line)
    assert len(desk.receiver.received) == before
    desk.simulator.postman.faults = Faults(duplicate=1.0)
    desk.simulator.write(desk.line, ANA)
    await desk.simulator.settle(desk.line)
    assert len(desk.receiver.received) == before + 2
    desk.simulator.postman.faults = Faults(reorder=2)
    desk.simulator.write(desk.line, ANA)
    desk.simulator.write(desk.line, ANA)
    await desk.simulator.settle(desk.line)
    assert len(desk.receiver.received) == before + 4


async def test_receipts_news_of_people_and_the_number(desk) -> None:
    message_id = desk.values("messages")[0]["id"]
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    path = f"/v24.0/{NUMBER}/messages"
    assert await desk.call("POST", path, json=body) == (200, {"success": True})
    assert desk.line.seen == [message_id]
    body["message_id"] = "wamid.NOBODY"
    assert (await desk.call("POST", path, json=body))[0] == 400
    number = desk.line.number
    desk.simulator.post(desk.line, new_user_id(number, ANA, "BR.NEW", 1_783_000_000))
    desk.simulator.post(desk.line, preference(number, ANA, "stop", 1_783_000_000))
    await desk.simulator.settle(desk.line)
    assert desk.values("user_id_update")[0]["user_id"]["current"] == "BR.NEW"
    assert desk.values("user_preferences")[0]["value"] == "stop"
    status, shown = await desk.call("GET", f"/v24.0/{NUMBER}")
    assert (status, shown["id"]) == (200, NUMBER)


async def test_it_is_steered_over_http(desk) -> None:
    person = {"bsuid": "BR.HTTP", "phone": "554400000007"}
    base = f"/simulator/{NUMBER}"
    status, _ = await desk.call("POST", f"{base}/messages", json={"person": person})
    assert status == 201
    status, told = await desk.call("POST", f"{base}/batches", json=[{"person": person}] * 3)
    assert (status, len(told)) == (201, 3)
    await desk.call("POST", "/simulator/troubles", json={"kind": "refuse", "code": 131056})
    assert (await desk.send(text={"body": "x"}))[0] == 429
    await desk.send(text={"body": "x"})
    status, (taken,) = await desk.call("GET", f"{base}/taken")
    assert (status, taken["text"]) == (200, {"body": "x"})
    read = {"message_id": desk.line.taken[0].id, "status": "read"}
    assert (await desk.call("POST", f"{base}/statuses", json=read))[0] == 202
    assert (await desk.call("PUT", "/simulator/faults", json={"lose": 1}))[0] == 200
    assert (await desk.call("PUT", "/simulator/weather", json={"lose": 2}))[0] == 400


def test_the_ninth_digit_makes_no_other_phone() -> None:
    assert same_phone("5544900000003", "+554400000003")
    assert not same_phone("5544900000003", "5544900000004")
    assert not same_phone("351912345678", "35112345678")


async def test_templates_are_made_once_looked_at_and_removed(desk) -> None:
    path = f"/v24.0/{desk.line.number.waba_id}/message_templates"
    body = {"type": "BODY", "text": "Pronto"}
    draft = {"name": "a", "language": "pt_BR", "category": "UTILITY", "components": [body]}
    status, made = await desk.call("POST", path, json=draft)
    assert (status, made["status"]) == (200, "PENDING")
    status, told = await desk.call("POST", path, json=draft)
    assert (status, told["error"]["error_subcode"]) == (400, 2388024)
    wrong = [
        (2388040, "x" * 1025),
        (2388299, "{{1}} está pronto, pode vir buscar"),
        (2388293, "um {{1}} {{2}} dois"),
        (2388043, "O seu pedido {{1}} está pronto agora"),
    ]
    for subcode, text in wrong:
        parts = [{"type": "BODY", "text": text}]
        _, told = await desk.call("POST", path, json={**draft, "name": "b", "components": parts})
        assert told["error"]["error_subcode"] == subcode
    assert (await desk.call("GET", f"/v24.0/{made['id']}"))[1]["name"] == "a"
    gone = f"{path}?name=a&hsm_id={made['id']}"
    assert (await desk.call("DELETE", gone))[0] == 200
    assert (await desk.call("DELETE", gone))[0] == 400


async def test_files_fail_to_come_as_they_are_told_to(desk) -> None:
    kept = desk.simulator.keep(desk.line, "image/png", b"a" * 1000)
    fates = ("missing", "removed", "broken", "truncated", "wrong_type")
    status, _ = await desk.call("PUT", "/simulator/files", json={"fates": fates})
    assert status == 202
    path = f"/files/{kept.id}"
    assert [(await desk.call("GET", path))[0] for _ in range(3)] == [404, 410, 500]
    with pytest.raises(aiohttp.ClientPayloadError):
        await desk.call("GET", path)
    status, page = await desk.call("GET", path)
    assert (status, page[:9]) == (200, b"<!doctype")
    assert await desk.call("GET", path) == (200, b"a" * 1000)
