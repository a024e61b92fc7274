"""The Cloud API as its adapter calls it: what is posted, and what each answer means."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from platform_outbound import Outbound as Calls
from platform_outbound import read_networks
from proto_events.conversation import (
    ContactCard,
    Content,
    Interactive,
    ListRow,
    ListSection,
    Location,
    Media,
    PartyIdentity,
    Reaction,
)
from proto_events.provider_facts import MessageRef
from proto_events.sending import Outbound, Template
from ventros_channels.adapters.whatsapp_cloud.adapter import WhatsappCloud
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.connection import Connection

from ..graph_script import TAKEN, Graph, answering

OWN = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
CHAT, BSUID = "5544000000003@s.whatsapp.net", "BR.1A2B3C"
SENT = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": "5544000000003",
    "biz_opaque_callback_data": str(OWN),
}


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with answering() as graph:
        yield graph


@pytest.fixture
async def cloud() -> AsyncIterator[WhatsappCloud]:
    adapter = WhatsappCloud(Calls(allow=read_networks("TEST", "127.0.0.1/32"), timeout=1.0))
    yield adapter
    await adapter.close()


def at(graph: Graph) -> Connection:
    return Connection(base_url=f"{graph.url}/v24.0", session="200", api_key="token", account="100")


async def posted(cloud: WhatsappCloud, graph: Graph, outbound: Outbound, chat: str = CHAT) -> dict:  # type: ignore[type-arg]
    await cloud.send(at(graph), chat, outbound, reserved=None, own_id=OWN)
    asked = graph.asked[-1]
    assert (asked.method, asked.path) == ("POST", "/v24.0/200/messages")
    assert asked.authorization == "Bearer token"
    body: dict[str, object] = asked.body
    return body


def file(kind: str, **media: object) -> Content:
    given = Media(status="available", **media)  # type: ignore[arg-type]
    return Content(type=kind, text="Veja", media=given)  # type: ignore[arg-type]


LINK = "https://files.example/a"
CONTENTS: list[tuple[Content, dict[str, object]]] = [
    (
        Content(type="text", text="Oi"),
        {"type": "text", "text": {"body": "Oi", "preview_url": True}},
    ),
    (file("image", url=LINK), {"type": "image", "image": {"link": LINK, "caption": "Veja"}}),
    (
        file("document", file_id="7", url=LINK, filename="a.pdf"),
        {"type": "document", "document": {"id": "7", "caption": "Veja", "filename": "a.pdf"}},
    ),
    (file("voice", url=LINK), {"type": "audio", "audio": {"link": LINK, "voice": True}}),
    (file("sticker", url=LINK), {"type": "sticker", "sticker": {"link": LINK}}),
    (
        Content(type="location", location=Location(latitude=-23.4, longitude=-51.9, name="Praça")),
        {
            "type": "location",
            "location": {"latitude": -23.4, "longitude": -51.9, "name": "Praça"},
        },
    ),
    (
        Content(
            type="contact",
            contacts=[
                ContactCard(
                    name="Rui Lima",
                    vcard="BEGIN:VCARD\r\nFN:Rui Lima\r\nORG:Lima\\, Cia\r\n"
                    "item1.TEL;type=CELL;waid=554400000009:+55 44 0000-0009\r\n"
                    "EMAIL:rui@loja.example\r\nEND:VCARD",
                )
            ],
        ),
        {
            "type": "contacts",
            "contacts": [
                {
                    "name": {"formatted_name": "Rui Lima", "first_name": "Rui"},
                    "phones": [{"phone": "+55 44 0000-0009", "wa_id": "554400000009"}],
                    "emails": [{"email": "rui@loja.example"}],
                    "org": {"company": "Lima, Cia"},
                }
            ],
        },
    ),
    (
        Content(type="reaction", reaction=Reaction(emoji="", stanza="wamid.1")),
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": ""}},
    ),
    (
        Content(
            type="interactive",
            text="Qual?",
            interactive=Interactive(kind="button_offer", options=["Sim", "Não"]),
        ),
        {
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "Qual?"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "1", "title": "Sim"}},
                        {"type": "reply", "reply": {"id": "2", "title": "Não"}},
                    ]
                },
            },
        },
    ),
    (
        Content(
            type="interactive",
            interactive=Interactive(kind="list_offer", title="Cores", options=["Azul"]),
        ),
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "body": {"text": "Cores"},
                "action": {
                    "button": "Cores",
                    "sections": [{"rows": [{"id": "1", "title": "Azul"}]}],
                },
            },
        },
    ),
    (
        Content(
            type="interactive",
            text="Qual?",
            interactive=Interactive(
                kind="list_offer",
                title="Tintas",
                options=["Azul", "Verde"],
                button="Ver cores",
                footer="Até sábado",
                sections=[
                    ListSection(
                        title="Frias",
                        rows=[
                            ListRow(id="az", title="Azul", description="Do mar"),
                            ListRow(id="vd", title="Verde"),
                        ],
                    )
                ],
            ),
        ),
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "header": {"type": "text", "text": "Tintas"},
                "body": {"text": "Qual?"},
                "footer": {"text": "Até sábado"},
                "action": {
                    "button": "Ver cores",
                    "sections": [
                        {
                            "title": "Frias",
                            "rows": [
                                {"id": "az", "title": "Azul", "description": "Do mar"},
                                {"id": "vd", "title": "Verde"},
                            ],
                        }
                    ],
                },
            },
        },
    ),
]


@pytest.mark.parametrize(
    ("content", "said"),
    CONTENTS,
    ids=lambda one: one.get("type", "") if isinstance(one, dict) else "",
)
async def test_bodies(
    cloud: WhatsappCloud, graph: Graph, content: Content, said: dict[str, object]
) -> None:
    assert await posted(cloud, graph, Outbound(content=content)) == {**SENT, **said}


async def test_an_answer_to_somebody_without_a_phone(cloud: WhatsappCloud, graph: Graph) -> None:
    reply = MessageRef(chat=BSUID, stanza="wamid.9", from_me=False)
    outbound = Outbound(content=Content(type="text", text="Oi"), reply_to=reply)
    body = await posted(cloud, graph, outbound, BSUID)
    assert (body["recipient"], body["context"]) == (BSUID, {"message_id": "wamid.9"})
    assert "to" not in body


async def test_a_template_goes_before_how_it_reads(cloud: WhatsappCloud, graph: Graph) -> None:
    template = Template(name="pedido", language="pt_BR", parameters=["Ana", "7"])
    outbound = Outbound(template=template, content=Content(type="text", text="Olá Ana, 7."))
    body = await posted(cloud, graph, outbound)
    assert body["template"] == {
        "name": "pedido",
        "language": {"code": "pt_BR"},
        "components": [
            {
                "type": "body",
                "parameters": [{"text": "Ana", "type": "text"}, {"text": "7", "type": "text"}],
            }
        ],
    }
    assert "text" not in body


async def test_where_to(cloud: WhatsappCloud, graph: Graph) -> None:
    def known(kind: str, value: str) -> PartyIdentity:
        return PartyIdentity(kind=kind, value=value)  # type: ignore[arg-type]

    phone, jid, scoped = known("phone", "+5544000000003"), known("jid", CHAT), known("bsuid", BSUID)
    for chat, recipient, wanted in (
        (BSUID, [phone], BSUID),
        (CHAT, [scoped], CHAT),
        (None, [phone, scoped], BSUID),
        (None, [jid, scoped], CHAT),
        (None, [phone], CHAT),
        ("1@lid", [known("lid", "1@lid")], None),
    ):
        assert await cloud.reach(at(graph), chat, recipient) == wanted


async def test_the_account_of_a_phone_is_what_meta_says(cloud: WhatsappCloud, graph: Graph) -> None:
    graph.answers = [(200, {**TAKEN, "contacts": [{"input": "1", "wa_id": "554400000003"}]})]
    text = Outbound(content=Content(type="text", text="Oi"))
    sent = await cloud.send(at(graph), CHAT, text, reserved=None, own_id=OWN)
    assert (sent.stanza, sent.chat) == ("wamid.TAKEN", "554400000003@s.whatsapp.net")


def refusal(code: int, status: int = 400) -> tuple[int, dict[str, object]]:
    return status, {"error": {"message": f"({code}) Why", "code": code, "fbtrace_id": "x"}}


REFUSALS: list[tuple[tuple[int, object], tuple[str, bool, bool, str | None]]] = [
    (refusal(190, 401), ("authentication", False, False, "UNAUTHORIZED")),
    (refusal(130429), ("unavailable", True, True, None)),
    (refusal(131056), ("unavailable", True, False, None)),
    (refusal(368), ("suspended", False, False, "SUSPENDED")),
    (refusal(131047), ("window_closed", False, False, None)),
    (refusal(131026), ("undeliverable", False, False, None)),
    (refusal(131053), ("media", True, False, None)),
    (refusal(131016, 500), ("unavailable", True, False, None)),
    (refusal(132015), ("template", False, False, None)),
    (refusal(132016), ("template", False, False, None)),
    (refusal(131009), ("rejected", False, False, None)),
    ((401, b"no"), ("authentication", False, False, "UNAUTHORIZED")),
    ((429, b""), ("unavailable", True, True, None)),
    ((302, b""), ("rejected", False, False, None)),
    ((400, {"error": "odd"}), ("rejected", False, False, None)),
]


@pytest.mark.parametrize(("answer", "meaning"), REFUSALS)
async def test_refusals(
    cloud: WhatsappCloud,
    graph: Graph,
    answer: tuple[int, object],
    meaning: tuple[str, bool, bool, str | None],
) -> None:
    graph.answers = [answer]
    text = Outbound(content=Content(type="text", text="Oi"))
    with pytest.raises(NotSent) as refused:
        await cloud.send(at(graph), CHAT, text, reserved=None, own_id=OWN)
    error = refused.value
    said = (error.failure, error.again, error.everywhere, error.connection)
    assert said == meaning


@pytest.mark.parametrize("answer", [(502, b"bad gateway"), (200, b"{"), (200, {}), (0, b"")])
async def test_what_nobody_knows(
    cloud: WhatsappCloud, graph: Graph, answer: tuple[int, object]
) -> None:
    graph.answers = [answer]
    text = Outbound(content=Content(type="text", text="Oi"))
    with pytest.raises(FateUnknown):
        await cloud.send(at(graph), CHAT, text, reserved=None, own_id=OWN)


async def test_what_is_not_sent(cloud: WhatsappCloud, graph: Graph) -> None:
    many = Interactive(kind="button_offer", options=["1", "2", "3", "4"])
    poll = Content(type="poll")
    for content, failure in (
        (Content(type="interactive", interactive=many), "unsupported"),
        (poll, "unsupported"),
        (Content(type="image", media=Media(status="pending")), "media"),
    ):
        with pytest.raises(NotSent) as refused:
            await cloud.send(at(graph), CHAT, Outbound(content=content), reserved=None)
        assert refused.value.failure == failure
    with pytest.raises(NotSent) as refused:
        await cloud.send(at(graph), "1@g.us", Outbound(content=poll), reserved=None)
    assert graph.asked == []
