"""Templates that are made and removed at Meta while their author waits."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest

from platform_core.ids import new_id
from platform_storage import Storage, StorageSettings
from platform_testkit import TestTenant, new_tenant
from proto_events.templates import ChannelTemplateChanged

from ..cloud import ACCOUNT, TOKEN, Created, create_number
from ..conftest import Api, Pipeline
from ..graph_script import Graph, answering
from .test_templates import page

DRAFT: dict[str, Any] = {
    "name": "pedido_pronto",
    "language": "pt_BR",
    "category": "UTILITY",
    "header": {"text": "Loja {{1}}", "example": "Sul"},
    "body": "Olá {{1}}, o pedido {{2}} está pronto.",
    "examples": ["Ana", "77"],
    "footer": "Loja",
    "buttons": [
        {"type": "URL", "text": "Ver", "url": "https://l.example/{{1}}", "example": "https://l/7"},
        {"type": "QUICK_REPLY", "text": "Obrigado"},
        {"type": "PHONE_NUMBER", "text": "Ligar", "phone": "+554433334444"},
        {"type": "COPY_CODE", "example": "DEZ"},
    ],
}
COMPONENTS: list[dict[str, Any]] = [
    {
        "type": "HEADER",
        "format": "TEXT",
        "text": "Loja {{1}}",
        "example": {"header_text": ["Sul"]},
    },
    {
        "type": "BODY",
        "text": "Olá {{1}}, o pedido {{2}} está pronto.",
        "example": {"body_text": [["Ana", "77"]]},
    },
    {"type": "FOOTER", "text": "Loja"},
    {
        "type": "BUTTONS",
        "buttons": [
            {
                "type": "URL",
                "text": "Ver",
                "url": "https://l.example/{{1}}",
                "example": ["https://l/7"],
            },
            {"type": "QUICK_REPLY", "text": "Obrigado"},
            {"type": "PHONE_NUMBER", "text": "Ligar", "phone_number": "+554433334444"},
            {"type": "COPY_CODE", "example": "DEZ"},
        ],
    },
]
LISTED: dict[str, Any] = {
    "id": "594425479261596",
    "name": "pedido_pronto",
    "language": "pt_BR",
    "status": "APPROVED",
    "category": "UTILITY",
    "parameter_format": "POSITIONAL",
    "components": COMPONENTS,
}
MADE = (200, {"id": "594425479261596", "status": "PENDING", "category": "MARKETING"})
REFUSED = (
    400,
    {
        "error": {
            "code": 100,
            "error_subcode": 2388299,
            "message": "Invalid parameter",
            "error_user_msg": "Variables can't be at the start or end of the template.",
        }
    },
)


class Desk:
    """A number whose templates are written here."""

    def __init__(self, api: Api, graph: Graph, number: Created, pipeline: Pipeline) -> None:
        self.graph, self.path = graph, f"/v1/channels/{number['id']}/templates"
        self._api, self._pipeline = api, pipeline

    async def create(self, *, key: str | None = None, **changes: Any) -> httpx.Response:
        body = {**DRAFT, **changes}
        return await self._api.call("POST", self.path, json=body, key=key or str(new_id()))

    async def remove(self, provider_id: str = "594425479261596") -> httpx.Response:
        return await self._api.call("DELETE", f"{self.path}/{provider_id}")

    async def said(self) -> list[ChannelTemplateChanged]:
        return [
            msgspec.json.decode(one.data, type=ChannelTemplateChanged)
            for one in await self._pipeline.events()
            if one.type == "channel.template_changed.v1"
        ]


@pytest.fixture
async def desk(api: Api, pipeline: Pipeline) -> AsyncIterator[Desk]:
    async with answering() as graph:
        number = await create_number(api, whatsapp_cloud={"base_url": graph.url})
        yield Desk(api, graph, number, pipeline)


async def test_a_template_is_handed_over_and_told(desk: Desk) -> None:
    desk.graph.answers = [MADE]
    key = str(new_id())
    answer = await desk.create(key=key)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "provider_id": "594425479261596",
        "name": "pedido_pronto",
        "language": "pt_BR",
        "status": "PENDING",
        "category": "MARKETING",
    }
    (asked,) = desk.graph.asked
    assert (asked.method, asked.path) == ("POST", f"/v24.0/{ACCOUNT}/message_templates")
    assert asked.body == {
        "name": "pedido_pronto",
        "language": "pt_BR",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": COMPONENTS,
    }
    (told,) = await desk.said()
    assert (told.provider_id, told.status, told.category) == (
        "594425479261596",
        "PENDING",
        "MARKETING",
    )
    # Asked again, Meta has it already, and the first answer is given.
    desk.graph.answers = [REFUSED, page({**LISTED, "status": "APPROVED"})]
    again = await desk.create(key=key)
    assert (again.status_code, again.json()) == (201, answer.json())
    assert len(await desk.said()) == 1


async def test_gaps_may_have_names(desk: Desk) -> None:
    desk.graph.answers = [MADE]
    answer = await desk.create(
        body="Olá {{nome}}, pronto.", examples={"nome": "Ana"}, header=None, buttons=[]
    )
    assert answer.status_code == 201, answer.text
    sent = desk.graph.asked[0].body
    assert sent["parameter_format"] == "NAMED"
    assert sent["components"][0]["example"] == {
        "body_text_named_params": [{"param_name": "nome", "example": "Ana"}]
    }


async def test_what_meta_refuses_is_shown_to_its_author(desk: Desk) -> None:
    desk.graph.answers = [REFUSED, page()]
    answer = await desk.create()
    assert (answer.status_code, answer.json()["code"]) == (409, "template_refused")
    assert "start or end" in answer.json()["detail"]
    assert await desk.said() == []


@pytest.mark.parametrize(
    ("changes", "same"), [({}, True), ({"category": "MARKETING"}, True), ({"footer": "x"}, False)]
)
async def test_what_is_there_in_the_same_form_was_made_by_a_lost_call(
    desk: Desk, changes: dict[str, Any], *, same: bool
) -> None:
    desk.graph.answers = [REFUSED, page({**LISTED, "language": "en"}, LISTED)]
    answer = await desk.create(**changes)
    assert answer.status_code == (201 if same else 409), answer.text
    assert desk.graph.asked[1].query.endswith("name=pedido_pronto")


@pytest.mark.parametrize(
    "changes",
    [
        {"examples": ["Ana"]},
        {"examples": {"1": "Ana"}},
        {"header": {"text": "Loja {{1}}"}},
        {"header": {"text": "Loja", "example": "x"}},
        {"header": {"text": "{{1}} {{2}}", "example": "x"}},
        {"buttons": [{"type": "URL", "text": "Ver", "url": "https://l.example/{{1}}"}]},
    ],
)
async def test_each_gap_has_an_example(desk: Desk, changes: dict[str, Any]) -> None:
    answer = await desk.create(**changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "template_examples_wrong")
    assert desk.graph.asked == []


async def test_a_template_is_removed_in_its_language(desk: Desk) -> None:
    known = {"id": "594425479261596", "name": "pedido_pronto", "language": "pt_BR"}
    desk.graph.answers = [(200, known), (200, {"success": True})]
    assert (await desk.remove()).status_code == 204
    asked = desk.graph.asked[1]
    assert (asked.method, asked.path) == ("DELETE", f"/v24.0/{ACCOUNT}/message_templates")
    assert asked.query == "hsm_id=594425479261596&name=pedido_pronto"
    (told,) = await desk.said()
    assert (told.name, told.language, told.status) == ("pedido_pronto", "pt_BR", "DELETED")


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        ([(400, {"error": {"code": 100}})], 404, "template_unknown"),
        ([(200, {"name": "a", "language": "pt_BR"}), REFUSED], 409, "template_refused"),
        ([(401, {"error": {"code": 190}})], 409, "provider_key_refused"),
        ([(500, b"")], 503, "provider_unreachable"),
    ],
)
async def test_who_removes_learns_why_it_failed(
    desk: Desk, answers: list[tuple[int, Any]], status: int, code: str
) -> None:
    desk.graph.answers = list(answers)
    answer = await desk.remove()
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await desk.said() == []


async def test_waha_has_none_and_another_tenant_sees_no_channel(
    desk: Desk, api: Api, api_of: Any
) -> None:
    waha = await api.create()
    path = f"/v1/channels/{waha['id']}/templates"
    answer = await api.call("POST", path, json=DRAFT, key=str(new_id()))
    assert (answer.status_code, answer.json()["code"]) == (409, "unsupported_by_provider")
    missing = await api.call("POST", desk.path, json=DRAFT)
    assert missing.status_code == 400, "it takes an Idempotency-Key"
    theirs = api_of(new_tenant())
    for method, their_path in (("POST", desk.path), ("DELETE", f"{desk.path}/7")):
        body = DRAFT if method == "POST" else None
        answer = await theirs.call(method, their_path, json=body, key=str(new_id()))
        assert answer.status_code == 404


APP = "300000000000001"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
BEGUN = (200, {"id": "upload:MTphdHRh=?sig=ARZqkGCA"})
HANDLE = (200, {"h": "4:aW1hZ2U=:ARa1"})
ABOVE = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4:aW1hZ2U=:ARa1"]}}


class Shelf:
    """Files of the tenant, and the header that names one."""

    def __init__(self, tenant: TestTenant, where: Path) -> None:
        self._tenant = tenant
        self._storage = Storage(StorageSettings(storage_url=(where / "files").as_uri()))

    async def put(self, content: bytes, *, of: TestTenant | None = None) -> dict[str, str]:
        async def pieces() -> AsyncIterator[bytes]:
            yield content

        owner = (of or self._tenant).tenant_id
        return {"sha256": (await self._storage.put(owner, pieces(), limit=1 << 30)).sha256}


@pytest.fixture
def shelf(tenant: TestTenant, tmp_path: Path) -> Shelf:
    return Shelf(tenant, tmp_path)


@pytest.fixture
async def with_app(desk: Desk, api: Api) -> Desk:
    path = desk.path.removesuffix("/templates")
    answer = await api.call("PATCH", path, json={"whatsapp_cloud": {"app_id": APP}})
    assert answer.json()["whatsapp_cloud"]["app_id"] == APP
    return desk


async def test_a_file_above_a_template_is_uploaded_to_the_app(with_app: Desk, shelf: Shelf) -> None:
    graph = with_app.graph
    graph.answers = [BEGUN, HANDLE, MADE]
    answer = await with_app.create(header=await shelf.put(PNG))
    assert answer.status_code == 201, answer.text
    begun, sent, made = graph.asked
    assert (begun.method, begun.path) == ("POST", f"/v24.0/{APP}/uploads")
    assert parse_qs(begun.query) == {
        "file_name": ["example"],
        "file_length": [str(len(PNG))],
        "file_type": ["image/png"],
    }
    assert (sent.path, sent.query) == ("/v24.0/upload:MTphdHRh=", "sig=ARZqkGCA")
    assert (sent.authorization, sent.body) == (f"OAuth {TOKEN}", PNG)
    assert made.body["components"][0] == ABOVE
    assert len(await with_app.said()) == 1


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(50), "IMAGE"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(50), "VIDEO"),
        (b"%PDF-1.7" + bytes(50), "DOCUMENT"),
    ],
)
async def test_what_the_file_is_decides_the_header(
    with_app: Desk, shelf: Shelf, content: bytes, format_: str
) -> None:
    with_app.graph.answers = [BEGUN, HANDLE, MADE]
    assert (await with_app.create(header=await shelf.put(content))).status_code == 201
    assert with_app.graph.asked[2].body["components"][0]["format"] == format_


async def test_a_template_with_a_file_that_was_made_by_a_lost_call(
    with_app: Desk, shelf: Shelf
) -> None:
    there = {**LISTED, "components": [ABOVE, *COMPONENTS[1:]]}
    with_app.graph.answers = [BEGUN, HANDLE, REFUSED, page(there)]
    assert (await with_app.create(header=await shelf.put(PNG))).status_code == 201


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        ([REFUSED], 409, "template_refused"),
        ([BEGUN, REFUSED], 409, "template_refused"),
        ([BEGUN, (0, None)], 503, "provider_unreachable"),
        ([(200, {"id": "https://elsewhere.example/upload:7"})], 503, "provider_unreachable"),
        ([BEGUN, (200, {})], 503, "provider_unreachable"),
        ([BEGUN, (401, {"error": {"code": 190}})], 409, "provider_key_refused"),
    ],
)
async def test_who_makes_it_learns_why_the_file_was_not_taken(
    with_app: Desk, shelf: Shelf, answers: list[tuple[int, Any]], status: int, code: str
) -> None:
    with_app.graph.answers = list(answers)
    answer = await with_app.create(header=await shelf.put(PNG))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert with_app.graph.answers == []
    assert await with_app.said() == []


async def test_without_an_app_no_file_goes_out(desk: Desk, shelf: Shelf) -> None:
    answer = await desk.create(header=await shelf.put(PNG))
    assert (answer.status_code, answer.json()["code"]) == (409, "app_id_missing")
    assert desk.graph.asked == []


async def test_files_that_cannot_be_above_a_template(with_app: Desk, shelf: Shelf) -> None:
    theirs = await shelf.put(PNG + b"theirs", of=new_tenant())
    words, big = await shelf.put(b"words"), await shelf.put(PNG + bytes(5 << 20))
    for header, status, code in (
        ({"sha256": sha256(b"none").hexdigest()}, 404, "file_not_found"),
        (theirs, 404, "file_not_found"),
        (words, 422, "file_type_unsupported"),
        (big, 413, "file_too_large"),
        ({}, 422, "template_header_wrong"),
        ({"text": "Loja", **words}, 422, "template_header_wrong"),
        ({"example": "x", **words}, 422, "template_header_wrong"),
    ):
        answer = await with_app.create(header=header)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert with_app.graph.asked == []
