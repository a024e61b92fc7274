"""WAHA's API as we call it, against a server that answers as it does."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest
from aiohttp import web

from platform_core.clock import utc_now
from platform_outbound import Outbound as Calls
from proto_events.conversation import (
    ContactCard,
    Content,
    Interactive,
    ListRow,
    ListSection,
    Location,
    Media,
    PartyIdentity,
    Poll,
)
from proto_events.provider_facts import MessageRef
from proto_events.sending import Outbound
from ventros_channels.adapters.waha.adapter import CAPABILITIES, Waha
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.connection import Connection

CHAT = "554400000002@s.whatsapp.net"
FILE = Media(status="available", url="https://files.example/1", filename="a.pdf")
TAKEN = {"id": "true_554400000002@c.us_3EB0AA", "timestamp": 0, "source": "api"}


class Server:
    """Keeps what it was asked, and answers with `status` and `answer`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.keys: list[str | None] = []
        self.status = 201
        self.answer: Any = TAKEN
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = msgspec.json.decode(raw) if raw else dict(request.query)
        self.asked.append((request.method, request.path, body))
        self.keys.append(request.headers.get("X-Api-Key"))
        content = msgspec.json.encode(self.answer)
        return web.Response(status=self.status, body=content, content_type="application/json")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def waha() -> AsyncIterator[Waha]:
    waha = Waha(Calls(allow=(ip_network("127.0.0.0/8"),), timeout=5))
    yield waha
    await waha.close()


@pytest.fixture
def at(server: Server) -> Connection:
    return Connection(base_url=server.url, session="loja", api_key="k-1")


HEAD = {"session": "loja", "chatId": "554400000002@c.us"}
SENDS: list[tuple[Content, str, dict[str, Any]]] = [
    (Content(type="text", text="oi"), "/api/sendText", {"text": "oi"}),
    (
        Content(type="image", text="veja", media=FILE),
        "/api/sendImage",
        {
            "file": {"url": FILE.url, "mimetype": "image/jpeg", "filename": "a.pdf"},
            "caption": "veja",
        },
    ),
    (
        Content(type="video", media=Media(status="available", url="https://f.example/v")),
        "/api/sendVideo",
        {"file": {"url": "https://f.example/v", "mimetype": "video/mp4"}, "convert": True},
    ),
    (
        Content(
            type="voice",
            media=Media(status="available", url="https://f.example/v", mimetype="audio/mpeg"),
        ),
        "/api/sendVoice",
        {"file": {"url": "https://f.example/v", "mimetype": "audio/mpeg"}, "convert": True},
    ),
    (
        Content(type="audio", media=Media(status="available", url="https://f.example/v")),
        "/api/sendFile",
        {"file": {"url": "https://f.example/v", "mimetype": "audio/mpeg"}},
    ),
    (
        Content(type="document", media=FILE),
        "/api/sendFile",
        {"file": {"url": FILE.url, "mimetype": "application/octet-stream", "filename": "a.pdf"}},
    ),
    (
        Content(type="location", location=Location(latitude=-25.4, longitude=-49.2, name="Loja")),
        "/api/sendLocation",
        {"latitude": -25.4, "longitude": -49.2, "title": "Loja"},
    ),
    (
        Content(type="contact", contacts=[ContactCard(name="Rui", vcard="BEGIN:VCARD")]),
        "/api/sendContactVcard",
        {"contacts": [{"vcard": "BEGIN:VCARD"}]},
    ),
    (
        Content(type="poll", poll=Poll(name="Dia?", options=["seg", "ter"])),
        "/api/sendPoll",
        {"poll": {"name": "Dia?", "options": ["seg", "ter"], "multipleAnswers": False}},
    ),
    (
        Content(
            type="interactive",
            text="Escolha",
            interactive=Interactive(kind="list_offer", title="Mesas", options=["Pinho"]),
        ),
        "/api/sendList",
        {
            "message": {
                "title": "Mesas",
                "description": "Escolha",
                "footer": "",
                "button": "Mesas",
                "sections": [
                    {
                        "title": "Mesas",
                        "rows": [{"title": "Pinho", "rowId": "1", "description": None}],
                    }
                ],
            }
        },
    ),
    (
        Content(
            type="interactive",
            text="Qual?",
            interactive=Interactive(
                kind="list_offer",
                options=["Pinho", "Imbuia", "Vidro"],
                button="Ver mesas",
                footer="Com entrega",
                sections=[
                    ListSection(
                        title="Madeira",
                        rows=[
                            ListRow(id="p", title="Pinho", description="Clara"),
                            ListRow(id="i", title="Imbuia"),
                        ],
                    ),
                    ListSection(rows=[ListRow(id="v", title="Vidro")]),
                ],
            ),
        ),
        "/api/sendList",
        {
            "message": {
                "title": "Ver mesas",
                "description": "Qual?",
                "footer": "Com entrega",
                "button": "Ver mesas",
                "sections": [
                    {
                        "title": "Madeira",
                        "rows": [
                            {"title": "Pinho", "rowId": "p", "description": "Clara"},
                            {"title": "Imbuia", "rowId": "i", "description": None},
                        ],
                    },
                    {
                        "title": "Ver mesas",
                        "rows": [{"title": "Vidro", "rowId": "v", "description": None}],
                    },
                ],
            }
        },
    ),
]


def test_every_type_that_is_promised_is_tried_here() -> None:
    assert {content.type for content, _, _ in SENDS} == CAPABILITIES.sends


@pytest.mark.parametrize(("content", "path", "body"), SENDS, ids=lambda one: str(one)[:20])
async def test_each_type_is_posted_as_waha_takes_it(
    waha: Waha, at: Connection, server: Server, content: Content, path: str, body: dict[str, Any]
) -> None:
    sent = await waha.send(at, CHAT, Outbound(content=content), reserved=None)
    assert server.asked == [("POST", path, {**HEAD, **body})]
    assert server.keys == ["k-1"]
    assert (sent.stanza, sent.chat) == ("3EB0AA", CHAT)


async def test_a_text_has_its_reply_mentions_preview_and_reserved_id(
    waha: Waha, at: Connection, server: Server
) -> None:
    outbound = Outbound(
        content=Content(type="text", text="oi"),
        reply_to=MessageRef(chat=CHAT, stanza="3A1", from_me=False),
        mentions=[PartyIdentity(kind="phone", value="+554400000003")],
        link_preview=False,
    )
    await waha.send(at, CHAT, outbound, reserved="3EB0R")
    assert server.asked[0][2] == {
        **HEAD,
        "text": "oi",
        "reply_to": "false_554400000002@c.us_3A1",
        "mentions": ["554400000003@c.us"],
        "linkPreview": False,
        "id": "3EB0R",
    }


@pytest.mark.parametrize(
    ("status", "answer", "failure", "again"),
    [
        (401, {"message": "Unauthorized"}, "authentication", False),
        (400, {"message": "bad"}, "rejected", False),
        (422, {"status": "SCAN_QR_CODE"}, "unavailable", True),
        (429, {}, "unavailable", True),
        (302, {}, "rejected", False),
    ],
)
async def test_what_a_refusal_means(
    waha: Waha,
    at: Connection,
    server: Server,
    status: int,
    answer: Any,
    failure: str,
    again: bool,
) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(NotSent) as raised:
        await waha.send(at, CHAT, Outbound(content=SENDS[0][0]), reserved=None)
    assert (raised.value.failure, raised.value.again) == (failure, again)


@pytest.mark.parametrize(("status", "answer"), [(500, {}), (503, {}), (201, {}), (201, "odd")])
async def test_an_answer_that_does_not_say_leaves_it_unknown(
    waha: Waha, at: Connection, server: Server, status: int, answer: Any
) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(FateUnknown):
        await waha.send(at, CHAT, Outbound(content=SENDS[0][0]), reserved=None)


async def test_a_server_that_is_not_there_was_not_told(waha: Waha) -> None:
    nowhere = Connection(base_url="http://127.0.0.1:1", session="loja", api_key=None)
    with pytest.raises(NotSent) as raised:
        await waha.send(nowhere, CHAT, Outbound(content=SENDS[0][0]), reserved=None)
    assert raised.value.again
    assert raised.value.everywhere


async def test_an_inner_address_is_never_called(at: Connection, server: Server) -> None:
    waha = Waha(Calls())
    with pytest.raises(NotSent) as raised:
        await waha.send(at, CHAT, Outbound(content=SENDS[0][0]), reserved=None)
    assert not raised.value.again
    assert server.asked == []


@pytest.mark.parametrize("content", [Content(type="sticker", media=FILE), Content(type="image")])
async def test_what_cannot_be_sent_is_refused_without_a_call(
    waha: Waha, at: Connection, server: Server, content: Content
) -> None:
    with pytest.raises(NotSent):
        await waha.send(at, CHAT, Outbound(content=content), reserved=None)
    assert server.asked == []


async def test_a_phone_is_what_whatsapp_says_it_is(
    waha: Waha, at: Connection, server: Server
) -> None:
    phone = PartyIdentity(kind="phone", value="+5541999990000")
    server.status, server.answer = 200, {"numberExists": True, "chatId": "554199990000@c.us"}
    assert await waha.reach(at, None, [phone]) == "554199990000@s.whatsapp.net"
    query = {"phone": "5541999990000", "session": "loja"}
    assert server.asked == [("GET", "/api/contacts/check-exists", query)]
    server.answer = {"numberExists": False}
    assert await waha.reach(at, None, [phone]) is None
    lid = PartyIdentity(kind="lid", value="99@lid")
    assert await waha.reach(at, None, [phone, lid]) == "99@lid"
    assert await waha.reach(at, CHAT, [phone, lid]) == CHAT


async def test_an_old_release_reserves_nothing(waha: Waha, at: Connection, server: Server) -> None:
    server.status, server.answer = 404, {}
    assert await waha.reserve(at) is None
    server.status, server.answer = 200, {"id": "3EB0R"}
    assert await waha.reserve(at) == "3EB0R"


async def test_the_history_is_read_as_webhooks_are(
    waha: Waha, at: Connection, server: Server
) -> None:
    server.status = 200
    server.answer = [{**TAKEN, "body": "oi", "fromMe": True}, {"id": "nonsense"}]
    (heard,) = await waha.history(at, CHAT, utc_now())
    assert (heard.stanza, heard.content.text) == ("3EB0AA", "oi")
    assert server.asked[0][1] == "/api/loja/chats/554400000002@c.us/messages"
    assert server.asked[0][2]["filter.fromMe"] == "true"
