"""Asking for a message to be sent: refused at once where it can be, else queued, once, and told."""

from collections.abc import Callable
from datetime import timedelta
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
from proto_events.channels import (
    ChannelCapabilities,
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    ContentLimits,
)
from proto_events.contacts import ContactCreated, ContactDeleted, ContactUpdated
from proto_events.conversation import Content, Interactive, ListRow, ListSection
from proto_events.sending import (
    ChannelMessageFailed,
    ChannelMessageSent,
    MessageSendRequested,
)
from ventros_messaging.events.sending import on_channel, on_contact, on_fate

CHAT = "5511999990000@c.us"
CAN = ChannelCapabilities(sends=["text", "image"], text_limit=10)


class Shop:
    """One project with a channel, as the API and the other services see it."""

    def __init__(
        self, client: httpx.AsyncClient, headers: dict[str, str], database: Database, talk: Any
    ) -> None:
        self.talk = talk
        self.tenant_id = talk.tenant.tenant_id
        self._client, self._headers, self._database = client, headers, database

    def told(self, data: Any, type_name: str, subject: UUID, sequence: int = 1) -> Received[Any]:
        return Received(self.talk.envelope(data, type_name, subject, sequence), data)

    async def channel(self, *, status: str = "active", channel_id: UUID | None = None) -> UUID:
        channel_id = channel_id or self.talk.channel_id
        created = ChannelCreated(
            channel_id=channel_id,
            name="Loja",
            type="waha",
            status=status,
            external_id="1",
            capabilities=CAN,
            created_at=utc_now(),
        )
        async with self._database.tenant(self.tenant_id) as tx:
            told = self.told(created, "channel.created.v1", channel_id)
            await on_channel(tx, self.tenant_id, [told])
        return channel_id

    async def contact(self, phone: str | None) -> UUID:
        contact_id = new_id()
        created = ContactCreated(
            contact_id=contact_id, name="Ana", phone=phone, created_at=utc_now()
        )
        async with self._database.tenant(self.tenant_id) as tx:
            told = self.told(created, "contact.created.v1", contact_id)
            await on_contact(tx, self.tenant_id, [told])
        return contact_id

    async def hear(self, handle: Any, *told: Received[Any]) -> None:
        async with self._database.tenant(self.tenant_id) as tx:
            await handle(tx, self.tenant_id, told)

    async def send(self, *, key: str | None = None, **body: Any) -> httpx.Response:
        given = {"content": {"type": "text", "text": "oi"}, **body}
        headers = {**self._headers, "Idempotency-Key": key or str(new_id())}
        return await self._client.post(
            "/v1/messages",
            content=msgspec.json.encode(given),
            headers={**headers, "Content-Type": "application/json"},
        )

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path, headers=self._headers)

    async def requested(self) -> list[MessageSendRequested]:
        rows = await self.said("message.send_requested.v1")
        return [msgspec.json.decode(row["data"], type=MessageSendRequested) for row in rows]

    async def said(self, type_name: str) -> list[dict[str, Any]]:
        async with self._database.relay() as tx:
            rows = await tx.fetch(
                "SELECT envelope FROM outbox WHERE tenant_id = $1 AND type = $2 ORDER BY seq",
                self.tenant_id,
                type_name,
            )
        return [msgspec.json.decode(row["envelope"], type=dict[str, msgspec.Raw]) for row in rows]

    async def sent(self, message_id: UUID, stanza: str) -> None:
        data = ChannelMessageSent(
            message_id=message_id,
            channel_id=self.talk.channel_id,
            provider_message_id=f"true_{CHAT}_{stanza}",
            stanza=stanza,
            chat=CHAT,
            sent_at=utc_now(),
        )
        await self.hear(on_fate, self.told(data, "channel.message_sent.v1", self.talk.channel_id))

    async def failed(self, message_id: UUID, failure: Any = "rejected") -> None:
        data = ChannelMessageFailed(
            message_id=message_id,
            channel_id=self.talk.channel_id,
            failure=failure,
            code="131026",
            reason="WAHA refused it.",
            failed_at=utc_now(),
        )
        await self.hear(on_fate, self.told(data, "channel.message_failed.v1", message_id))


@pytest.fixture
def shop_of(
    client: httpx.AsyncClient, internal_tokens: InternalTokens, database: Database
) -> Callable[[Any], Shop]:
    def make(talk: Any) -> Shop:
        headers = internal_tokens.header(talk.tenant.tenant_id, talk.tenant.project_id)
        return Shop(client, headers, database, talk)

    return make


@pytest.fixture
async def shop(shop_of: Callable[[Any], Shop], conversation: Any) -> Shop:
    shop = shop_of(conversation)
    await shop.channel()
    return shop


async def test_an_answer_goes_where_the_contact_wrote(shop: Shop, store: Any) -> None:
    first = shop.talk.told()
    await store(first)
    body = {"session_id": str(shop.talk.session_id), "reply_to": str(first.data.message.id)}
    answer = await shop.send(**body, mentions=["+5511988887777"], link_preview=False)
    assert answer.status_code == 202, answer.text
    shown = answer.json()
    assert (shown["status"], shown["source"]) == ("queued", "manual")
    assert shown["contact_id"] == str(shop.talk.contact_id)
    (asked,) = await shop.requested()
    assert str(asked.message_id) == shown["id"]
    assert (asked.chat, asked.channel_id) == (CHAT, shop.talk.channel_id)
    assert [one.value for one in asked.recipient] == [CHAT]
    outbound = asked.outbound
    assert outbound.content is not None
    assert outbound.content.text == "oi"
    assert outbound.reply_to is not None
    assert (outbound.reply_to.stanza, outbound.reply_to.from_me) == ("3EB0000001", False)
    assert [one.value for one in outbound.mentions] == ["+5511988887777"]
    assert not outbound.link_preview
    assert (await shop.get(f"/v1/outgoing-messages/{shown['id']}")).json() == shown


async def test_who_never_wrote_is_reached_by_phone_on_the_only_channel(shop: Shop) -> None:
    contact = await shop.contact("+5511977776666")
    assert (await shop.send(contact_id=str(contact))).status_code == 202
    (asked,) = await shop.requested()
    assert asked.chat is None
    assert [(one.kind, one.value) for one in asked.recipient] == [("phone", "+5511977776666")]


async def test_one_key_is_one_message(shop: Shop) -> None:
    contact = str(await shop.contact("+5511977776666"))
    key = str(new_id())
    first, second = [await shop.send(key=key, contact_id=contact) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(await shop.requested()) == 1


async def test_what_cannot_be_sent_is_refused_before_it_is_queued(
    shop: Shop, store: Any, shop_of: Callable[[Any], Shop]
) -> None:
    await store(shop.talk.told())
    known = {"contact_id": str(shop.talk.contact_id)}
    nowhere = str(await shop.contact(None))
    gone = await shop.contact("+5511977776666")
    deleted = ContactDeleted(contact_id=gone, deleted_at=utc_now())
    await shop.hear(on_contact, shop.told(deleted, "contact.deleted.v1", gone, 2))
    off = await shop.channel(status="inactive", channel_id=new_id())
    removed = await shop.channel(channel_id=new_id())
    event = ChannelDeleted(channel_id=removed, deleted_at=utc_now())
    await shop.hear(on_channel, shop.told(event, "channel.deleted.v1", removed, 2))
    stranger = shop_of(type(shop.talk)(new_tenant()))
    await stranger.channel()
    theirs = str(await stranger.contact("+5511966665555"))
    link = "https://files.example/1"
    refusals: list[tuple[dict[str, Any], int, str]] = [
        ({}, 422, "missing_recipient"),
        ({**known, "session_id": str(new_id())}, 422, "missing_recipient"),
        ({"contact_id": str(new_id())}, 422, "contact_unknown"),
        ({"contact_id": theirs}, 422, "contact_unknown"),
        ({"contact_id": str(gone)}, 422, "contact_unknown"),
        ({"session_id": str(new_id())}, 422, "session_unknown"),
        ({"contact_id": nowhere}, 409, "address_unknown"),
        ({**known, "channel_id": str(new_id())}, 422, "channel_unknown"),
        ({**known, "channel_id": str(stranger.talk.channel_id)}, 422, "channel_unknown"),
        ({**known, "channel_id": str(off)}, 409, "channel_inactive"),
        ({**known, "channel_id": str(removed)}, 409, "channel_inactive"),
        ({**known, "content": {"type": "voice", "url": link}}, 422, "content_unsupported"),
        ({**known, "content": {"type": "text", "text": "x" * 11}}, 422, "text_too_long"),
        ({**known, "reply_to": str(new_id())}, 422, "reply_unknown"),
        ({**known, "content": {"type": "image"}}, 422, "file_not_named"),
        ({**known, "content": {"type": "hologram"}}, 400, "validation_failed"),
    ]
    for body, status, code in refusals:
        answer = await shop.send(**body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert await shop.requested() == []
    listed = (await shop.get("/v1/outgoing-messages")).json()
    assert listed["items"] == []


async def test_once_sent_it_is_a_message_like_any_other_under_the_same_id(
    shop: Shop, store: Any, api: Any
) -> None:
    await store(shop.talk.told())
    message_id = UUID((await shop.send(contact_id=str(shop.talk.contact_id))).json()["id"])
    told = shop.talk.told(stanza="3EB0OURS", from_me=True, source="api")
    message = msgspec.structs.replace(told.data.message, id=message_id)
    data = msgspec.structs.replace(told.data, message=message)
    envelope = shop.talk.envelope(data, "session.message_recorded.v1", shop.talk.session_id)
    await store(Received(envelope, data))
    await shop.sent(message_id, "3EB0OURS")
    await shop.sent(message_id, "3EB0OURS")
    listed = await api.messages(session_id=shop.talk.session_id)
    assert [(one["id"], one["source"], one["status"]) for one in listed[1:]] == [
        (str(message_id), "manual", "sent")
    ]
    shown = (await shop.get(f"/v1/outgoing-messages/{message_id}")).json()
    assert (shown["status"], shown["content"], shown["version"]) == ("sent", None, 2)
    created = await shop.said("message.created.v1")
    assert len(created) == 2


@pytest.mark.parametrize("first", ["told", "stored"])
async def test_that_it_was_sent_is_told_once_and_before_what_became_of_it(
    shop: Shop, store: Any, hear: Any, said: Any, first: str
) -> None:
    """What tells that it was sent and the message itself come on two ways."""
    await store(shop.talk.told())
    message_id = UUID((await shop.send(contact_id=str(shop.talk.contact_id))).json()["id"])
    told = shop.talk.told(stanza="3EB0OURS", from_me=True, source="api")
    message = msgspec.structs.replace(told.data.message, id=message_id)
    data = msgspec.structs.replace(told.data, message=message)
    envelope = shop.talk.envelope(data, "session.message_recorded.v1", shop.talk.session_id)
    ours = Received(envelope, data)
    await hear(shop.talk.ack(ours, "delivered"), shop.talk.ack(ours, "sent"))
    if first == "told":
        await shop.sent(message_id, "3EB0OURS")
    await store(ours)
    await shop.sent(message_id, "3EB0OURS")
    await shop.failed(message_id, "unknown")
    await store(ours)
    await hear(shop.talk.ack(ours, "read", 90))
    mine = [
        (kind, sequence)
        for kind, sequence, each in await said(shop.talk.tenant)
        if each.get("message_id") == str(message_id)
    ]
    assert mine == [
        ("message.send_requested.v1", 1),
        ("message.sent.v1", 2),
        ("message.created.v1", 3),
        ("message.delivered.v1", 4),
        # The acknowledgement that it was sent is a change that is not told.
        ("message.read.v1", mine[-1][1]),
    ]
    assert mine[-1][1] > 4


async def test_a_failure_is_told_once_and_what_was_sent_after_all_counts(shop: Shop) -> None:
    contact = str(await shop.contact("+5511977776666"))
    message_id = UUID((await shop.send(contact_id=contact)).json()["id"])
    await shop.failed(message_id, "unknown")
    await shop.failed(message_id, "unknown")
    shown = (await shop.get(f"/v1/outgoing-messages/{message_id}")).json()
    assert (shown["status"], shown["failure"]) == ("failed", "unknown")
    assert (shown["failure_code"], shown["failure_reason"]) == ("131026", "WAHA refused it.")
    assert shown["content"]["text"] == "oi"
    assert len(await shop.said("message.failed.v1")) == 1
    await shop.sent(message_id, "3EB0LATE")
    await shop.failed(message_id, "unknown")
    shown = (await shop.get(f"/v1/outgoing-messages/{message_id}")).json()
    assert (shown["status"], shown["failure"]) == ("sent", None)
    assert len(await shop.said("message.sent.v1")) == 1


async def test_the_list_is_paged_narrowed_and_ones_own(
    shop: Shop, shop_of: Callable[[Any], Shop], internal_tokens: InternalTokens
) -> None:
    contact, other = [str(await shop.contact(f"+551197777{n}666")) for n in (1, 2)]
    sent = [(await shop.send(contact_id=one)).json()["id"] for one in (contact, other, contact)]
    await shop.failed(UUID(sent[0]))
    first = (await shop.get("/v1/outgoing-messages?limit=2")).json()
    rest = (await shop.get(f"/v1/outgoing-messages?limit=2&cursor={first['next_cursor']}")).json()
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == sent[::-1]
    of_one = (await shop.get(f"/v1/outgoing-messages?contact_id={contact}&status=queued")).json()
    assert [one["id"] for one in of_one["items"]] == [sent[2]]
    stranger = shop_of(type(shop.talk)(new_tenant()))
    assert (await stranger.get("/v1/outgoing-messages")).json()["items"] == []
    assert (await stranger.get(f"/v1/outgoing-messages/{sent[0]}")).status_code == 404
    same = TestTenant(tenant_id=shop.tenant_id, project_id=new_id())
    elsewhere = shop_of(type(shop.talk)(same))
    assert (await elsewhere.get(f"/v1/outgoing-messages/{sent[0]}")).status_code == 404


async def test_copies_take_only_what_is_newer(shop: Shop) -> None:
    contact = await shop.contact("+5511977776666")

    def updated(phone: str, version: int) -> Received[Any]:
        data = ContactUpdated(
            contact_id=contact, changed=["phone"], name=None, phone=phone, updated_at=utc_now()
        )
        return shop.told(data, "contact.updated.v1", contact, version)

    await shop.hear(on_contact, updated("+5511900000003", 3), updated("+5511900000002", 2))
    await shop.hear(on_contact, updated("+5511900000001", 2))
    assert (await shop.send(contact_id=str(contact))).status_code == 202
    (asked,) = await shop.requested()
    assert [one.value for one in asked.recipient] == ["+5511900000003"]


async def test_outside_of_the_window_nothing_free_is_queued(shop: Shop, store: Any) -> None:
    """A day after somebody's last message, where the provider has such a window."""
    can = msgspec.structs.replace(CAN, window_hours=24)
    channel = shop.talk.channel_id
    ago = {hours: utc_now() - timedelta(hours=hours) for hours in (23, 25)}
    await store(shop.talk.told(occurred_at=ago[25]))
    await store(shop.talk.told(occurred_at=utc_now(), from_me=True))
    contact = {"contact_id": str(shop.talk.contact_id)}
    assert (await shop.send(**contact)).status_code == 202, "this provider has no window"
    for version, capabilities in ((2, can), (1, CAN)):
        told = ChannelUpdated(
            channel_id=channel,
            name="Loja",
            type="whatsapp_cloud",
            status="active",
            external_id="1",
            capabilities=capabilities,
            updated_at=utc_now(),
        )
        await shop.hear(on_channel, shop.told(told, "channel.updated.v1", channel, version))
    stranger = await shop.contact("+5511977776666")
    for one in (contact, {"contact_id": str(stranger)}):
        refused = await shop.send(**one)
        assert (refused.status_code, refused.json()["code"]) == (409, "window_closed")
    for label in ("system.user_changed_number", "system"):
        notice = Content(type="system", system=label)
        await store(shop.talk.told(occurred_at=ago[23], content=notice))
    assert (await shop.send(**contact)).status_code == 409, "nobody wrote a notice"
    unread = Content(type="system", system="unsupported")
    await store(shop.talk.told(occurred_at=ago[23], content=unread))
    assert (await shop.send(**contact)).status_code == 202
    assert len(await shop.requested()) == 2


ROW = {"id": "az", "title": "um", "description": "Do mar"}


def rows(row: dict[str, str] | None = None, **parts: Any) -> dict[str, Any]:
    """A list in sections that is as long as it may be, with some of its parts changed."""
    whole = {"title": "Tudo", "text": "Qual?", "button": "Ver", "footer": "Agora"}
    sections = [{"title": "Eu", "rows": [ROW | (row or {})]}]
    return {"type": "interactive", "sections": sections, **whole, **parts}


@pytest.mark.parametrize(
    "content",
    [
        {"type": "interactive", "title": "Ver", "text": "Qual?"},
        rows(options=["um"]),
        {"type": "interactive", "text": "Qual?", "options": ["um"]},
        {"type": "interactive", "title": "Ver", "options": ["um"], "footer": "Agora"},
        rows(button=None),
        rows(text=None),
        rows(sections=[{"rows": [ROW, ROW]}]),
        rows(sections=[{"title": "Eu", "rows": [ROW]}, {"rows": [{**ROW, "id": "b"}]}]),
    ],
    ids=["nothing", "both", "no title", "footer", "no button", "no text", "same id", "no heading"],
)
async def test_parts_of_a_list_that_do_not_go_together_are_refused(
    shop: Shop, store: Any, content: dict[str, Any]
) -> None:
    await store(shop.talk.told())
    answer = await shop.send(contact_id=str(shop.talk.contact_id), content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, "list_malformed")


async def test_a_list_in_sections_is_asked_for_with_its_rows(shop: Shop, store: Any) -> None:
    can = msgspec.structs.replace(CAN, sends=["interactive"])
    await store(shop.talk.told())
    told = ChannelUpdated(
        channel_id=shop.talk.channel_id,
        name="Loja",
        type="waha",
        status="active",
        external_id="1",
        capabilities=can,
        updated_at=utc_now(),
    )
    await shop.hear(on_channel, shop.told(told, "channel.updated.v1", shop.talk.channel_id, 2))
    answer = await shop.send(contact_id=str(shop.talk.contact_id), content=rows())
    assert answer.status_code == 202, answer.text
    [asked] = await shop.requested()
    row = ListRow(id="az", title="um", description="Do mar")
    assert asked.outbound.content is not None
    assert asked.outbound.content.interactive == Interactive(
        kind="list_offer",
        title="Tudo",
        options=["um"],
        button="Ver",
        footer="Agora",
        sections=[ListSection(title="Eu", rows=[row])],
    )


async def test_what_the_provider_would_find_too_long_is_refused_before_it_is_queued(
    shop: Shop, store: Any
) -> None:
    contents = ContentLimits(
        caption=4,
        list_title=3,
        list_text=5,
        list_option=2,
        list_options=2,
        list_header=4,
        list_button=3,
        list_footer=5,
        list_section=2,
        list_row_id=2,
        list_description=6,
    )
    can = msgspec.structs.replace(CAN, sends=["text", "image", "interactive"], contents=contents)
    channel = shop.talk.channel_id
    await store(shop.talk.told())
    told = ChannelUpdated(
        channel_id=channel,
        name="Loja",
        type="whatsapp_cloud",
        status="active",
        external_id="1",
        capabilities=can,
        updated_at=utc_now(),
    )
    await shop.hear(on_channel, shop.told(told, "channel.updated.v1", channel, 2))
    picture = {"type": "image", "url": "https://files.example/a.jpg"}
    offer = {"type": "interactive", "title": "Ver", "text": "Qual?", "options": ["um", "do"]}
    for content, code in (
        ({**picture, "text": "mesa"}, None),
        ({**picture, "text": "mesas"}, "text_too_long"),
        (offer, None),
        ({**offer, "title": "Veja"}, "text_too_long"),
        ({**offer, "text": "Quais?"}, "text_too_long"),
        ({**offer, "options": ["um", "dois"]}, "text_too_long"),
        ({**offer, "options": ["1", "2", "3"]}, "too_many_options"),
        (rows(), None),
        (rows(title="Vejam"), "text_too_long"),
        (rows(button="Veja"), "text_too_long"),
        (rows(footer="Depois"), "text_too_long"),
        (rows(text="Quais?"), "text_too_long"),
        (rows(row={"title": "dez"}), "text_too_long"),
        (rows(row={"id": "dez"}), "text_too_long"),
        (rows(row={"description": "Do mar "}), "text_too_long"),
        (rows(sections=[{"title": "Sul", "rows": [ROW]}]), "text_too_long"),
        (rows(sections=[{"rows": [{**ROW, "id": i} for i in "abc"]}]), "too_many_options"),
    ):
        answer = await shop.send(contact_id=str(shop.talk.contact_id), content=content)
        given = (answer.status_code, answer.json().get("code"))
        assert given == ((202, None) if code is None else (422, code)), content
    assert len(await shop.requested()) == 3
