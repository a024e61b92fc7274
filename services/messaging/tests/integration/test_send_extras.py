"""More than a content: passed on, round films, previews of ours, buttons pressed, cards made."""

from collections.abc import Callable
from typing import Any, Final

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import new_tenant
from proto_events.channels import ChannelCapabilities, ChannelCreated
from proto_events.conversation import Content
from proto_events.provider_facts import ChannelMessageRevoked, Somebody
from ventros_messaging.events.posts import on_group_message
from ventros_messaging.events.sending import on_channel

from .test_posts import BIA, GROUP, Group

SENDS: Final = ["text", "video", "contact", "interactive"]
FILM: Final = {"type": "video", "url": "https://x.example/1.mp4", "as_note": True}
PREVIEW: Final = {"url": "https://loja.example/mesa", "title": "Mesa de pinho"}
WORDS: Final = {"type": "text", "text": "https://loja.example/mesa"}
PRESS: Final = {"type": "button_reply", "title": "Sim", "button_id": "b-1"}


class Desk:
    """An agent, a contact who wrote, and a channel with extras."""

    def __init__(
        self, client: httpx.AsyncClient, headers: dict[str, str], database: Database, talk: Any
    ) -> None:
        self.talk, self._client, self._headers, self._database = talk, client, headers, database
        self.tenant_id = talk.tenant.tenant_id

    async def hear(self, handle: Any, *told: Received[Any]) -> None:
        async with self._database.tenant(self.tenant_id) as tx:
            await handle(tx, self.tenant_id, told)

    async def channel(self, extras: Any, version: int = 1) -> None:
        data = ChannelCreated(
            channel_id=self.talk.channel_id,
            name="Loja",
            type="waha",
            status="active",
            external_id="1",
            capabilities=ChannelCapabilities(sends=SENDS, groups=True, extras=extras),
            created_at=utc_now(),
        )
        kind = "channel.created.v1"
        envelope = self.talk.envelope(data, kind, self.talk.channel_id, version)
        await self.hear(on_channel, Received(envelope, data))

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self._client.post(
            path,
            content=msgspec.json.encode(body),
            headers={
                **self._headers,
                "Idempotency-Key": str(new_id()),
                "Content-Type": "application/json",
            },
        )

    async def send(self, content: dict[str, Any], **more: Any) -> httpx.Response:
        contact = str(self.talk.contact_id)
        return await self.post("/v1/messages", contact_id=contact, content=content, **more)

    async def group(self) -> str:
        told = Group(self.talk).told("bom dia", BIA)
        await self.hear(on_group_message, told)
        answer = await self._client.get("/v1/chats?chat_type=group", headers=self._headers)
        found: str = answer.json()["items"][0]["id"]
        return found


@pytest.fixture
def desk_of(
    client: httpx.AsyncClient, internal_tokens: InternalTokens, database: Database
) -> Callable[[Any], Desk]:
    def make(talk: Any) -> Desk:
        headers = internal_tokens.header(talk.tenant.tenant_id, talk.tenant.project_id)
        return Desk(client, headers, database, talk)

    return make


@pytest.fixture
async def desk(desk_of: Callable[[Any], Desk], conversation: Any) -> Desk:
    desk = desk_of(conversation)
    await desk.channel(["forward", "video_note", "link_preview", "button_reply"])
    return desk


async def asked(desk: Desk, said: Any) -> list[dict[str, Any]]:
    kinds = {"message.send_requested.v1", "message.post_requested.v1"}
    return [data for kind, _, data in await said(desk.talk.tenant) if kind in kinds]


async def test_extras_are_asked_for_with_their_content(desk: Desk, store: Any, said: Any) -> None:
    await store(desk.talk.told())
    for content, more in ((FILM, {}), (WORDS, {"preview": PREVIEW}), (PRESS, {})):
        answer = await desk.send(content, **more)
        assert answer.status_code == 202, answer.text
    film, words, press = [each["outbound"] for each in await asked(desk, said)]
    assert (film["video_note"], film["content"]["type"]) == (True, "video")
    assert words["preview"] == PREVIEW
    assert press["content"]["interactive"] == {
        "kind": "button_reply",
        "title": "Sim",
        "selected_id": "b-1",
    }


async def test_a_message_is_passed_on_to_a_contact_and_into_a_group(
    desk: Desk, store: Any, said: Any
) -> None:
    sticker = desk.talk.told(content=Content(type="location", text="aqui"))
    await store(sticker)
    path = f"/v1/messages/{sticker.data.message.id}/forward"
    to_group = await desk.post(path, chat_id=await desk.group())
    to_contact = await desk.post(path, contact_id=str(desk.talk.contact_id))
    for answer in (to_group, to_contact):
        assert answer.status_code == 202, answer.text
        assert answer.json()["content"]["type"] == "location", "whatever the channel sends anew"
    whole = sticker.data.message.provider_message_id
    found = await asked(desk, said)
    assert [each["outbound"]["forward_of"] for each in found] == [whole, whole]
    assert [each.get("chat_id") is not None for each in found] == [True, False]
    assert found[0]["chat"] == GROUP


async def test_what_the_provider_does_not_know_is_refused_at_once(
    desk: Desk, desk_of: Callable[[Any], Desk], store: Any, hear: Any, said: Any
) -> None:
    words, gone = desk.talk.told(), desk.talk.told()
    notice = desk.talk.told(content=Content(type="system", system="e2e"))
    await store(words, gone, notice)
    by = Somebody(from_me=False)
    await hear(desk.talk.fact(ChannelMessageRevoked, gone, by=by, revoked_at=utc_now()))
    to = {"contact_id": str(desk.talk.contact_id)}

    def path(message: Any) -> str:
        return f"/v1/messages/{message.data.message.id}/forward"

    refusals: list[tuple[httpx.Response, int, str]] = [
        (await desk.post(path(gone), **to), 409, "message_revoked"),
        (await desk.post(path(notice), **to), 422, "content_unsupported"),
        (await desk.post(path(words)), 422, "missing_recipient"),
        (await desk.post(f"/v1/messages/{new_id()}/forward", **to), 404, "message_not_found"),
        (await desk.send(FILM, preview=PREVIEW), 422, "preview_unfit"),
    ]
    await desk.channel([], version=2)
    refusals += [
        (await desk.post(path(words), **to), 422, "extra_unsupported"),
        (await desk.send(FILM), 422, "extra_unsupported"),
        (await desk.send(WORDS, preview=PREVIEW), 422, "extra_unsupported"),
        (await desk.send(PRESS), 422, "extra_unsupported"),
    ]
    stranger = desk_of(type(desk.talk)(new_tenant()))
    refusals.append((await stranger.post(path(words), **to), 404, "message_not_found"))
    assert [(one.status_code, one.json()["code"]) for one, _, _ in refusals] == [
        (status, code) for _, status, code in refusals
    ]
    assert await asked(desk, said) == []


async def test_a_card_is_made_of_a_phone(desk: Desk, store: Any, said: Any) -> None:
    await store(desk.talk.told())
    rui = {"name": "Rui; filho", "phone": "+5511988887777", "organization": "Móveis, Lda"}
    ana = {"name": "Ana", "vcard": "BEGIN:VCARD\nFN:Ana\nEND:VCARD"}
    answer = await desk.send({"type": "contact", "contacts": [rui, ana]})
    assert answer.status_code == 202, answer.text
    [outbound] = [each["outbound"] for each in await asked(desk, said)]
    made, given = outbound["content"]["contacts"]
    assert made["vcard"].split("\n") == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "FN:Rui\\; filho",
        "ORG:Móveis\\, Lda;",
        "TEL;type=CELL;type=VOICE;waid=5511988887777:+5511988887777",
        "END:VCARD",
    ]
    assert given == ana
    for both in ({"name": "Rui"}, {**ana, "phone": "+5511988887777"}):
        refused = await desk.send({"type": "contact", "contacts": [both]})
        assert (refused.status_code, refused.json()["code"]) == (422, "contact_not_named")
