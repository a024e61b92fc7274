"""Templates, whole: known from their account, sent when nothing else may be, stopped with it."""

from collections.abc import AsyncIterator
from uuid import uuid4

import msgspec
import pytest

from cloud_simulator.answers import Trouble
from cloud_simulator.templates import with_body
from ventros_e2e.api import Problem
from ventros_e2e.cloud import CloudLine, cloud_line, digits, somebody
from ventros_e2e.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

TEMPLATE = {"type": "template", "name": "volte", "language": "pt_BR", "body": ["Ana"]}


class Listed(msgspec.Struct):
    """A template as the API lists it."""

    name: str
    status: str
    form: dict | None = None


class Page(msgspec.Struct):
    """A page of them."""

    items: list[Listed]


class Refreshed(msgspec.Struct):
    """What a refresh answers."""

    templates: int


@pytest.fixture
async def cloud(tenant) -> AsyncIterator[CloudLine]:
    async with cloud_line(tenant.api) as line:
        yield line


async def test_a_template_is_listed_sent_through_a_closed_window_and_stopped(
    cloud: CloudLine, tenant
) -> None:
    account = cloud.meta.templates(cloud.line.number.waba_id)
    account.put(with_body(digits(16), "volte", "Olá {{1}}, sentimos sua falta."))
    account.put(with_body(digits(16), "antigo", "Adeus"))

    async def refresh() -> int:
        path = f"/v1/channels/{cloud.channel.id}/templates/refresh"
        return (await tenant.api.send("POST", path, {}, Refreshed)).templates

    async def known(**statuses: str) -> None:
        async def look() -> bool:
            page = await tenant.api.get("/v1/templates", Page)
            return {one.name: one.status for one in page.items} == statuses

        await eventually(look, f"the templates are {statuses}", within=30)

    assert await refresh() == 2
    await known(volte="APPROVED", antigo="APPROVED")

    person = somebody("Ana")
    long_ago = cloud.meta.write(cloud.line, person, timestamp=1_783_000_000)
    session_id = (await cloud.inbox.the_message(long_ago)).session_id
    with pytest.raises(Problem) as closed:
        await cloud.text(session_id, "Ainda aí?")
    assert closed.value.code == "window_closed"
    asked = await cloud.say(session_id, TEMPLATE)
    shown = await cloud.shown_as(asked, "delivered")
    assert shown.content.text == "Olá Ana, sentimos sua falta."
    (taken,) = cloud.line.taken
    assert taken.send.template is not None
    assert taken.send.template.name == "volte"

    account.remove("antigo")
    assert await refresh() == 1
    await known(volte="APPROVED")

    cloud.meta.post(cloud.line, account.become("volte", "PAUSED"))
    await known(volte="PAUSED")
    with pytest.raises(Problem) as paused:
        await cloud.say(session_id, TEMPLATE)
    assert (paused.value.status, paused.value.code) == (409, "template_not_approved")
    assert len(cloud.line.taken) == 1


async def test_what_meta_refuses_for_its_template_stops_it(cloud: CloudLine, tenant) -> None:
    account = cloud.meta.templates(cloud.line.number.waba_id)
    template = with_body(digits(16), "volte", "Olá {{1}}")
    account.put(template)
    path = f"/v1/channels/{cloud.channel.id}/templates/refresh"
    await tenant.api.send("POST", path, {}, Refreshed)
    written = await cloud.write(somebody("Ana"))

    async def status() -> str | None:
        page = await tenant.api.get("/v1/templates", Page)
        return page.items[0].status if page.items else None

    async def is_now(word: str) -> bool:
        return await status() == word

    await eventually(lambda: is_now("APPROVED"), "the template is known", within=30)
    # Paused, and nobody said so.
    account.put(msgspec.structs.replace(template, status="PAUSED"))
    asked = await cloud.say(written.session_id, TEMPLATE)
    failed = await cloud.becomes(asked, "failed")
    assert failed.failure == "template"
    await eventually(lambda: is_now("PAUSED"), "the template is paused", within=30)


DRAFT = {
    "name": "pronto",
    "language": "pt_BR",
    "category": "UTILITY",
    "body": "Olá {{1}}, o seu pedido está pronto.",
    "examples": ["Ana"],
}


async def test_a_template_is_written_here_approved_there_sent_and_removed(
    cloud: CloudLine, tenant
) -> None:
    path = f"/v1/channels/{cloud.channel.id}/templates"

    async def status() -> str | None:
        page = await tenant.api.get("/v1/templates", Page)
        return next((one.status for one in page.items if one.name == "pronto"), None)

    async def is_now(word: str | None) -> bool:
        return await status() == word

    worse = {**DRAFT, "body": "{{1}}, o seu pedido está pronto."}
    with pytest.raises(Problem) as refused:
        await tenant.api.send("POST", path, worse, dict, key=uuid4().hex)
    assert refused.value.code == "template_refused"
    # The answer is lost; asked again, the template that is there is the one.
    cloud.meta.troubles.add(Trouble(kind="lose", of="templates"))
    key = uuid4().hex
    with pytest.raises(Problem) as lost:
        await tenant.api.send("POST", path, DRAFT, dict, key=key)
    assert lost.value.status == 503
    made = await tenant.api.send("POST", path, DRAFT, dict, key=key)
    await eventually(lambda: is_now("PENDING"), "the template is looked at", within=30)
    account = cloud.meta.templates(cloud.line.number.waba_id)
    cloud.meta.post(cloud.line, account.become("pronto", "APPROVED"))
    await eventually(lambda: is_now("APPROVED"), "the template is approved", within=30)
    await tenant.api.send("POST", f"{path}/refresh", {}, Refreshed)
    session = (await cloud.write(somebody("Ana"))).session_id

    async def has_parts() -> bool:
        page = await tenant.api.get("/v1/templates", Page)
        return page.items[0].form is not None

    await eventually(has_parts, "the parts are listed", within=30)
    asked = await cloud.say(session, {**TEMPLATE, "name": "pronto"})
    await cloud.becomes(asked, "sent")
    await tenant.api.call("DELETE", f"{path}/{made['provider_id']}")
    await eventually(lambda: is_now(None), "the template is gone", within=30)
    assert account.all == []


async def test_a_template_with_a_picture_above_it_is_made_with_a_file_of_ours(
    stack, cloud: CloudLine, tenant
) -> None:
    picture = b"\xff\xd8\xff\xe0" + uuid4().bytes * 1000
    headers = {**tenant.api.headers, "Idempotency-Key": uuid4().hex}
    address = f"{stack.gateway_url}/v1/files?filename=mesa.jpeg"
    async with tenant.client.post(address, data=picture, headers=headers) as answer:
        brought = await answer.json()
    path = f"/v1/channels/{cloud.channel.id}/templates"
    draft = {**DRAFT, "header": {"sha256": brought["sha256"]}}
    made = await tenant.api.send("POST", path, draft, dict, key=uuid4().hex)
    assert made["status"] == "PENDING"
    account = cloud.meta.templates(cloud.line.number.waba_id)
    header = account.all[0].components[0]
    assert header["format"] == "IMAGE"
    assert cloud.meta.examples.kept[header["example"]["header_handle"][0]] == picture
