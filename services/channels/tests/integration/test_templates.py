"""Templates of an account: listed page by page, posted about, and known from refused messages."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_bus import Bell
from platform_crypto import Vault
from platform_outbound import Outbound as Calls
from platform_outbound import read_networks
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.sending import Template
from proto_events.template_forms import TemplateButton, TemplateForm, TemplateHeader
from proto_events.templates import ChannelTemplateChanged, ChannelTemplatesListed
from ventros_channels.adapters import adapters
from ventros_channels.domain.whatsapp_cloud.templates import gaps, read_template
from ventros_channels.templates.listing import Listing
from ventros_channels.templates.loop import TemplatesPart

from ..cloud import ACCOUNT, Created, Meta, cloud_fixture, create_number
from ..conftest import Api, Pipeline
from ..desk import Desk
from ..graph_script import Graph, answering

LISTED: dict[str, Any] = {
    "id": "594425479261596",
    "name": "pedido_pronto",
    "language": "pt_BR",
    "status": "APPROVED",
    "category": "UTILITY",
    "quality_score": {"score": "GREEN", "date": 1783000000},
    "rejected_reason": "NONE",
    "parameter_format": "POSITIONAL",
    "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://x"]}},
        {"type": "BODY", "text": "Olá {{1}}, o pedido {{2}} está pronto."},
        {"type": "FOOTER", "text": "Loja"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "URL", "text": "Ver", "url": "https://loja.example/{{1}}"},
                {"type": "QUICK_REPLY", "text": "Obrigado"},
                {"type": "COPY_CODE", "text": "Copiar"},
            ],
        },
    ],
}


def page(*listed: object, after: str | None = None) -> tuple[int, Any]:
    """A page of a listing; with `after`, there are more."""
    cursors = {"cursors": {"before": "a", "after": after or "z"}}
    paging = cursors if after is None else {**cursors, "next": "https://graph/next"}
    return 200, {"data": list(listed), "paging": paging}


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
def part(database: Database, vault: Vault, calls: Calls) -> TemplatesPart:
    return TemplatesPart(database, Listing(database, Bell(), vault, adapters(calls)))


async def listed(pipeline: Pipeline) -> list[ChannelTemplatesListed]:
    return await _said(pipeline, "channel.templates_listed.v1", ChannelTemplatesListed)


async def changed(pipeline: Pipeline) -> list[ChannelTemplateChanged]:
    return await _said(pipeline, "channel.template_changed.v1", ChannelTemplateChanged)


async def _said(pipeline: Pipeline, kind: str, shape: Any) -> list[Any]:
    rows = await pipeline.rows("ventros.events")
    told = [msgspec.json.decode(row["envelope"], type=dict[str, msgspec.Raw]) for row in rows]
    return [
        msgspec.json.decode(one["data"], type=shape)
        for one in told
        if msgspec.json.decode(one["type"]) == kind
    ]


async def hurry(database: Database, tenant: TestTenant) -> None:
    """What is due some day is due now."""
    async with database.tenant(tenant.tenant_id) as tx:
        await tx.execute("UPDATE template_listing SET due_at = now() WHERE due_at IS NOT NULL")


def test_what_is_listed_is_read_leniently() -> None:
    read = read_template(LISTED)
    assert read is not None
    assert (read.quality, read.rejected_reason) == ("GREEN", None)
    assert read.form == TemplateForm(
        header=TemplateHeader(format="IMAGE"),
        body="Olá {{1}}, o pedido {{2}} está pronto.",
        parameters=["1", "2"],
        footer="Loja",
        buttons=[
            TemplateButton(
                type="URL", text="Ver", url="https://loja.example/{{1}}", parameter=True
            ),
            TemplateButton(type="QUICK_REPLY", text="Obrigado"),
            TemplateButton(type="COPY_CODE", text="Copiar", parameter=True),
        ],
    )
    odd = {**LISTED, "status": "NEW_WORD", "components": [{"type": "carousel"}, 7, {"type": None}]}
    other = read_template(odd)
    assert other is not None
    assert (other.status, other.form.unknown) == ("NEW_WORD", ["CAROUSEL", ""])
    for member in ("id", "name", "language", "status"):
        assert read_template({**LISTED, member: None}) is None
    assert gaps("{{10}} {{2}} {{ 2 }}") == ["2", "10"]
    assert gaps("{{nome}} e {{pedido}}") == ["nome", "pedido"]


async def test_a_refresh_says_every_page_and_at_the_end_what_there_is(
    api: Api, graph: Graph, number: Created, pipeline: Pipeline
) -> None:
    other = {**LISTED, "id": "7", "name": "oferta"}
    graph.answers = [page(LISTED, after="more"), page(other, {"name": "without an id"})]
    answer = await api.call("POST", f"/v1/channels/{number['id']}/templates/refresh")
    assert answer.status_code == 200, answer.text
    assert answer.json()["templates"] == 2
    assert [one.path for one in graph.asked] == [f"/v24.0/{ACCOUNT}/message_templates"] * 2
    assert "after=more" in graph.asked[1].query
    first, last = await listed(pipeline)
    assert [one.name for one in first.templates] == ["pedido_pronto"]
    assert (first.account, first.all, last.all) == (ACCOUNT, None, ["594425479261596", "7"])
    assert first.listed_at == last.listed_at


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ((401, {"error": {"code": 190, "message": "expired"}}), 409, "provider_key_refused"),
        ((429, {"error": {"code": 80008, "message": "slow"}}), 503, "provider_busy"),
        ((500, b"<html>"), 503, "provider_unreachable"),
        ((400, {"error": {"code": 100, "message": "no"}}), 409, "provider_refused"),
        ((200, b"[]"), 503, "provider_unreachable"),
    ],
)
async def test_who_refreshes_learns_why_it_failed(
    api: Api, graph: Graph, number: Created, given: Any, status: int, code: str
) -> None:
    graph.answers = [given]
    answer = await api.call("POST", f"/v1/channels/{number['id']}/templates/refresh")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_waha_has_no_templates_and_another_tenant_sees_no_channel(
    api: Api, number: Created, api_of: Any
) -> None:
    waha = await api.create()
    answer = await api.call("POST", f"/v1/channels/{waha['id']}/templates/refresh")
    assert (answer.status_code, answer.json()["code"]) == (409, "unsupported_by_provider")
    theirs = api_of(new_tenant())
    assert (
        await theirs.call("POST", f"/v1/channels/{number['id']}/templates/refresh")
    ).status_code == 404


async def test_a_new_channel_is_listed_once_and_again_after_news(
    graph: Graph,
    number: Created,
    client: httpx.AsyncClient,
    part: TemplatesPart,
    pipeline: Pipeline,
) -> None:
    graph.answers = [page(LISTED)]
    assert await part.run_once() == 1
    assert await part.run_once() == 0
    meta = Meta(client)
    for what in ("status", "quality", "category", "components"):
        assert (await meta.post(number, cloud_fixture(f"template_{what}"))).status_code == 200
    await pipeline.deliver()
    told = {
        word
        for one in await changed(pipeline)
        for word in (one.status, one.quality, one.category)
        if word is not None
    }
    assert told == {"PAUSED", "YELLOW", "MARKETING"}
    assert {one.account for one in await changed(pipeline)} == {ACCOUNT}


async def test_a_listing_that_fails_is_tried_later_and_news_hurry_it(
    graph: Graph,
    number: Created,
    client: httpx.AsyncClient,
    part: TemplatesPart,
    pipeline: Pipeline,
    database: Database,
    tenant: TestTenant,
) -> None:
    graph.answers = [(500, {}), page(LISTED), page(LISTED)]
    assert await part.run_once() == 1
    assert await part.run_once() == 0, "not before its time"
    await hurry(database, tenant)
    assert await part.run_once() == 1
    assert len(await listed(pipeline)) == 1
    assert (await Meta(client).post(number, cloud_fixture("template_components"))).is_success
    await pipeline.deliver()
    async with database.tenant(tenant.tenant_id) as tx:
        assert await tx.fetchval("SELECT due_at < now() + interval '1 hour' FROM template_listing")
    await hurry(database, tenant)
    assert await part.run_once() == 1


async def test_what_is_told_of_another_account_is_not_heard(
    number: Created, client: httpx.AsyncClient, pipeline: Pipeline
) -> None:
    body = cloud_fixture("template_status").replace(ACCOUNT.encode(), b"999999999999999")
    assert (await Meta(client).post(number, body)).is_success
    await pipeline.deliver()
    assert await changed(pipeline) == []


@pytest.mark.parametrize(("code", "word"), [(132015, "PAUSED"), (132016, "DISABLED")])
async def test_a_refused_message_tells_of_its_template(
    code: int,
    word: str,
    graph: Graph,
    number: Created,
    pipeline: Pipeline,
    database: Database,
    vault: Vault,
    tenant: TestTenant,
    calls: Calls,
) -> None:
    desk = Desk(tenant, database, vault, UUID(number["id"]))
    desk.provider = adapters(calls)["whatsapp_cloud"]  # type: ignore[assignment]
    graph.answers = [(400, {"error": {"code": code, "message": "Template is paused."}})]
    await desk.hand_over(_with_template(desk))
    await desk.turn()
    [told] = await changed(pipeline)
    assert (told.status, told.name, told.account) == (word, "pedido_pronto", ACCOUNT)


async def test_a_message_refused_after_it_was_taken_tells_of_its_template(
    graph: Graph,
    number: Created,
    client: httpx.AsyncClient,
    pipeline: Pipeline,
    database: Database,
    vault: Vault,
    tenant: TestTenant,
    calls: Calls,
) -> None:
    desk = Desk(tenant, database, vault, UUID(number["id"]))
    desk.provider = adapters(calls)["whatsapp_cloud"]  # type: ignore[assignment]
    asked = _with_template(desk)
    await desk.hand_over(asked)
    await desk.turn()
    assert await desk.states() == ["sent"]
    status = {
        "id": "wamid.TAKEN",
        "status": "failed",
        "timestamp": "1783000001",
        "recipient_id": "554400000002",
        "biz_opaque_callback_data": str(asked.data.message_id),
        "errors": [{"code": 132015, "title": "Template is paused"}],
    }
    post = json.loads(cloud_fixture("status_failed"))
    post["entry"][0]["changes"][0]["value"]["statuses"] = [status]
    for _ in range(2):
        assert (await Meta(client).post(number, json.dumps(post).encode())).is_success
    await pipeline.deliver()
    assert {one.status for one in await changed(pipeline)} == {"PAUSED"}


def _with_template(desk: Desk) -> Any:
    asked = desk.asked()
    template = Template(name="pedido_pronto", language="pt_BR", parameters=["Ana", "7"])
    outbound = msgspec.structs.replace(asked.data.outbound, template=template)
    data = msgspec.structs.replace(asked.data, outbound=outbound)
    envelope = msgspec.structs.replace(asked.envelope, data=msgspec.Raw(msgspec.json.encode(data)))
    return type(asked)(envelope, data)
