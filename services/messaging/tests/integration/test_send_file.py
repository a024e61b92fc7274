"""Messages with a file that was brought: checked at once, told with the file, shown with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.channels import ChannelCapabilities, ChannelCreated, FileLimit
from proto_events.contacts import ContactCreated
from proto_events.conversation import Content
from proto_events.template_forms import TemplateForm, TemplateHeader
from ventros_messaging.events.sending import on_channel, on_contact

from .test_templates import Account

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
CAN = ChannelCapabilities(
    sends=["text", "image", "voice", "document"],
    files=[
        FileLimit(type="image", max_bytes=len(PNG), mimetypes=["image/png"]),
        FileLimit(type="document", max_bytes=100),
    ],
)


class Counter:
    """A project with a channel and a contact, and files."""

    def __init__(
        self, client: httpx.AsyncClient, tokens: InternalTokens, database: Database, talk: Any
    ) -> None:
        self.client, self.tokens, self.database, self.talk = client, tokens, database, talk
        self.tenant: TestTenant = talk.tenant
        self.contact_id = new_id()

    async def open(self) -> None:
        channel = ChannelCreated(
            channel_id=self.talk.channel_id,
            name="Loja",
            type="waha",
            status="active",
            external_id="1",
            capabilities=CAN,
            created_at=utc_now(),
        )
        contact = ContactCreated(
            contact_id=self.contact_id, name="Ana", phone="+5511999990000", created_at=utc_now()
        )
        tenant_id = self.tenant.tenant_id
        async with self.database.tenant(tenant_id) as tx:
            told = self.talk.envelope(channel, "channel.created.v1", self.talk.channel_id)
            await on_channel(tx, tenant_id, [Received(told, channel)])
            told = self.talk.envelope(contact, "contact.created.v1", self.contact_id)
            await on_contact(tx, tenant_id, [Received(told, contact)])

    def headers(self, of: TestTenant | None = None) -> dict[str, str]:
        tenant = of or self.tenant
        known = self.tokens.header(tenant.tenant_id, tenant.project_id)
        return {**known, "Idempotency-Key": str(new_id())}

    async def bring(
        self, content: bytes = PNG, *, of: TestTenant | None = None, said: str = "text/csv"
    ) -> str:
        answer = await self.client.post(
            "/v1/files",
            content=content,
            headers={**self.headers(of), "Content-Type": said},
            params={"filename": "mesa.png"},
        )
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    async def send(self, **content: Any) -> httpx.Response:
        body = {"contact_id": str(self.contact_id), "content": content}
        return await self.client.post(
            "/v1/messages",
            content=msgspec.json.encode(body),
            headers={**self.headers(), "Content-Type": "application/json"},
        )

    async def asked(self) -> list[dict[str, Any]]:
        async with self.database.relay() as tx:
            rows = await tx.fetch(
                "SELECT envelope FROM outbox WHERE tenant_id = $1 AND type = $2 ORDER BY seq",
                self.tenant.tenant_id,
                "message.send_requested.v1",
            )
        return [msgspec.json.decode(row["envelope"])["data"] for row in rows]


@pytest.fixture
async def counter(
    client: httpx.AsyncClient,
    internal_tokens: InternalTokens,
    database: Database,
    conversation: Any,
) -> Counter:
    counter = Counter(client, internal_tokens, database, conversation)
    await counter.open()
    return counter


async def test_a_message_takes_a_file_along(counter: Counter) -> None:
    file_id = await counter.bring()
    answer = await counter.send(type="image", file_id=file_id, text="a mesa")
    assert answer.status_code == 202, answer.text
    media = answer.json()["content"]["media"]
    assert (media["mimetype"], media["filename"]) == ("image/png", "mesa.png")
    [asked] = await counter.asked()
    file = asked["outbound"]["file"]
    assert (file["file_id"], file["size_bytes"]) == (file_id, len(PNG))
    assert file["url"].startswith("https://crm.example/v1/files/")
    given = await counter.client.get(file["url"].removeprefix("https://crm.example"))
    assert given.content == PNG
    assert "url" not in asked["outbound"]["content"]["media"]


async def test_the_name_and_the_type_that_are_asked_for_are_those_of_the_message(
    counter: Counter,
) -> None:
    file_id = await counter.bring(b"a;b\n1;2\n")
    answer = await counter.send(
        type="document", file_id=file_id, filename="preços.csv", mimetype="image/png"
    )
    assert answer.status_code == 202, answer.text
    media = answer.json()["content"]["media"]
    assert (media["mimetype"], media["filename"]) == ("text/csv", "preços.csv")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"type": "voice"}, "file_type_unsupported"),
        ({"type": "document"}, "file_too_large"),
        ({"type": "image", "url": "https://files.example/1"}, "file_not_named"),
        ({"type": "image", "file_id": str(new_id())}, "file_unknown"),
        ({"type": "video"}, "content_unsupported"),
    ],
)
async def test_what_the_channel_would_not_send_is_refused_at_once(
    counter: Counter, content: dict[str, Any], code: str
) -> None:
    file_id = await counter.bring()
    answer = await counter.send(**{"file_id": file_id, **content})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await counter.asked() == []


async def test_a_file_is_named_once(counter: Counter) -> None:
    answer = await counter.send(type="image")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_not_named")
    answer = await counter.send(type="image", url="https://files.example/1.png")
    assert answer.status_code == 202, answer.text


async def test_a_file_of_others_is_unknown(counter: Counter, conversation: Any) -> None:
    theirs = await counter.bring(of=new_tenant())
    answer = await counter.send(type="image", file_id=theirs)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_unknown")
    sibling = TestTenant(tenant_id=counter.tenant.tenant_id, project_id=new_id())
    of_another_project = await counter.bring(of=sibling)
    answer = await counter.send(type="image", file_id=of_another_project)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_unknown")


async def test_a_message_that_was_sent_shows_its_file(
    counter: Counter, conversation: Any, store: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    file_id = await counter.bring()
    sent = (await counter.send(type="image", file_id=file_id)).json()
    [asked] = await counter.asked()
    content = msgspec.convert(asked["outbound"]["content"], type=Content)
    message = conversation.told(content=content, from_me=True, source="api")
    told = msgspec.structs.replace(message.data.message, id=UUID(sent["id"]))
    data = msgspec.structs.replace(message.data, message=told)
    await store(Received(message.envelope, data))
    shown = (await api_of(counter.tenant).get(f"/v1/messages/{sent['id']}/file")).json()
    assert (shown["status"], shown["file_id"]) == ("stored", file_id)
    # What came with a message can be sent on.
    again = await counter.send(type="image", file_id=shown["file_id"])
    assert again.status_code == 202


async def test_a_file_stands_above_a_template(counter: Counter) -> None:
    account = Account(counter.talk, counter.database)
    listing = account.listing(1, "pedido")
    form = TemplateForm(header=TemplateHeader(format="IMAGE"), body="Ficou pronto")
    pictured = [msgspec.structs.replace(one, form=form) for one in listing.templates]
    await account.hear(msgspec.structs.replace(listing, templates=pictured))
    words = await counter.bring(b"a;b\n1;2\n")
    template = {"type": "template", "name": "pedido", "language": "pt_BR"}
    refused = await counter.send(**template, header={"file_id": words})
    assert refused.json()["code"] == "file_type_unsupported"
    file_id = await counter.bring()
    answer = await counter.send(**template, header={"file_id": file_id})
    assert answer.status_code == 202, answer.text
    [asked] = await counter.asked()
    assert asked["outbound"]["template"]["header"]["format"] == "IMAGE"
    assert asked["outbound"]["file"]["file_id"] == file_id
    unknown = await counter.send(**template, header={"file_id": str(new_id())})
    assert unknown.json()["code"] == "file_unknown"
