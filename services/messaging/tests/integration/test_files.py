"""Files of messages: on their way, stored, lost; and read by whoever holds a link."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_storage import Links, Storage
from platform_testkit import TestTenant, new_tenant
from platform_testkit.golden import Golden
from proto_events.conversation import Content, FromHistory, Media
from proto_events.media import ChannelMediaLost, ChannelMediaStored
from ventros_messaging.events.files import on_media
from ventros_messaging.http.ranges import Span, Unsatisfiable, span_of

PHOTO = bytes(range(256)) * 3000
IMAGE = Content(type="image", media=Media(status="pending"))


class Keeper:
    """Channels, as far as files go: keeps one and tells of it, or tells that it is lost."""

    def __init__(self, database: Database, storage: Storage, conversation: Any) -> None:
        self._database, self._storage, self._conversation = database, storage, conversation

    async def keep(self, message: Any, content: bytes = PHOTO, **more: Any) -> ChannelMediaStored:
        tenant_id = message.envelope.tenant_id

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        kept = await self._storage.put(tenant_id, chunks(), limit=len(content))
        told = ChannelMediaStored(
            message_id=message.data.message.id,
            channel_id=message.data.message.channel_id,
            sha256=kept.sha256,
            size_bytes=kept.size,
            detected_mimetype=more.pop("detected_mimetype", "image/jpeg"),
            stored_at=utc_now(),
            **more,
        )
        await self._hear(message, told)
        return told

    async def lose(self, message: Any) -> None:
        lost = ChannelMediaLost(
            message_id=message.data.message.id,
            channel_id=message.data.message.channel_id,
            reason="gone",
            code="404",
            lost_at=utc_now(),
        )
        await self._hear(message, lost)

    async def _hear(self, message: Any, told: Any) -> None:
        tenant_id = message.envelope.tenant_id
        async with self._database.tenant(tenant_id) as tx:
            await on_media(tx, tenant_id, [Received(message.envelope, told)])


@pytest.fixture
def keeper(database: Database, storage: Storage, conversation: Any) -> Keeper:
    return Keeper(database, storage, conversation)


async def shown(api: Any, message: Any) -> dict[str, Any]:
    answer = await api.get(f"/v1/messages/{message.data.message.id}/file")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_file_is_pending_then_stored(
    conversation: Any, store: Any, api: Any, keeper: Keeper
) -> None:
    message = conversation.told(content=IMAGE)
    await store(message)
    assert (await shown(api, message))["status"] == "pending"
    kept = await keeper.keep(message, filename="mesa.jpeg")
    file = await shown(api, message)
    assert (file["status"], file["sha256"], file["loss"]) == ("stored", kept.sha256, None)
    assert (file["size_bytes"], file["mimetype"]) == (len(PHOTO), "image/jpeg")


async def test_a_file_of_the_past_is_said_not_to_be_fetched(
    conversation: Any, store: Any, api: Any
) -> None:
    message = conversation.told(content=IMAGE, history=FromHistory(import_id=new_id()))
    await store(message)
    file = await shown(api, message)
    assert (file["status"], file["loss"], file["link"]) == ("not_fetched", None, None)
    (listed,) = await api.messages(contact_id=conversation.contact_id)
    assert listed["file"]["status"] == "not_fetched"


async def test_a_lost_file_is_shown_as_lost_unless_it_comes_after_all(
    conversation: Any, store: Any, api: Any, keeper: Keeper, said: Any
) -> None:
    message = conversation.told(content=IMAGE)
    await keeper.lose(message)
    await store(message)
    file = await shown(api, message)
    assert (file["status"], file["loss"], file["link"]) == ("lost", "gone", None)
    await keeper.keep(message)
    await keeper.lose(message)
    assert (await shown(api, message))["status"] == "stored"
    told = [kind for kind, _, _ in await said(conversation.tenant) if "media" in kind]
    assert told == ["message.media_lost.v1", "message.media_stored.v1"]


async def test_the_same_content_is_one_file_of_a_tenant(
    conversation: Any, store: Any, api_of: Callable[[TestTenant], Any], keeper: Keeper
) -> None:
    other = type(conversation)(new_tenant())
    messages = [conversation.told(content=IMAGE), conversation.told(content=IMAGE)]
    theirs = other.told(content=IMAGE)
    await store(*messages, theirs)
    for message in (*messages, theirs):
        await keeper.keep(message)
    api = api_of(conversation.tenant)
    files = [(await shown(api, message))["file_id"] for message in messages]
    assert files[0] == files[1]
    assert (await shown(api_of(other.tenant), theirs))["file_id"] not in files
    answer = await api.get(f"/v1/messages/{theirs.data.message.id}/file")
    assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")


async def test_a_timeline_shows_the_files_of_its_messages(
    conversation: Any, store: Any, api: Any, keeper: Keeper
) -> None:
    words, here, lost, coming = [
        conversation.told(content=content) for content in (None, IMAGE, IMAGE, IMAGE)
    ]
    await store(words, here, lost, coming)
    kept = await keeper.keep(here, filename="mesa.jpeg")
    await keeper.lose(lost)
    shown = await api.messages(session_id=conversation.session_id)
    files = {message["id"]: message["file"] for message in shown}
    assert files[str(words.data.message.id)] is None
    file = files[str(here.data.message.id)]
    assert (file["status"], file["size_bytes"]) == ("stored", kept.size_bytes)
    assert (file["filename"], file["has_thumbnail"]) == ("mesa.jpeg", True)
    told = files[str(lost.data.message.id)]
    assert (told["status"], told["loss"], told["file_id"]) == ("lost", "gone", None)
    assert files[str(coming.data.message.id)]["status"] == "pending"


async def test_a_message_of_words_has_no_file(conversation: Any, store: Any, api: Any) -> None:
    message = conversation.told()
    await store(message)
    answer = await api.get(f"/v1/messages/{message.data.message.id}/file")
    assert (answer.status_code, answer.json()["code"]) == (404, "message_without_file")


@pytest.fixture
async def link(conversation: Any, store: Any, api: Any, keeper: Keeper) -> str:
    message = conversation.told(content=IMAGE)
    await store(message)
    await keeper.keep(message, filename='orç "final".jpeg')
    found: str = (await shown(api, message))["link"]
    return found


async def test_a_link_gives_the_file_without_a_token(client: httpx.AsyncClient, link: str) -> None:
    answer = await client.get(link)
    assert (answer.status_code, answer.content) == (200, PHOTO)
    headers = answer.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-length"] == str(len(PHOTO))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox;")
    assert headers["content-disposition"] == "inline; filename*=UTF-8''or%C3%A7%20%22final%22.jpeg"


async def test_a_link_gives_parts_of_it(client: httpx.AsyncClient, link: str) -> None:
    tag = (await client.get(link)).headers["etag"]
    part = await client.get(link, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, PHOTO[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(PHOTO)}"
    end = await client.get(link, headers={"range": "bytes=-5", "if-range": tag})
    assert (end.status_code, end.content) == (206, PHOTO[-5:])
    changed = await client.get(link, headers={"range": "bytes=-5", "if-range": '"another"'})
    assert (changed.status_code, len(changed.content)) == (200, len(PHOTO))
    beyond = await client.get(link, headers={"range": f"bytes={len(PHOTO)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(PHOTO)}"
    same = await client.get(link, headers={"if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")


async def test_what_could_act_is_saved_and_not_shown(
    conversation: Any, store: Any, api: Any, keeper: Keeper, client: httpx.AsyncClient
) -> None:
    message = conversation.told(content=IMAGE)
    await store(message)
    await keeper.keep(
        message, b"<svg onload='alert(1)'/>", detected_mimetype="application/octet-stream"
    )
    answer = await client.get((await shown(api, message))["link"])
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_no_link_is_bent(client: httpx.AsyncClient, link: str, conversation: Any) -> None:
    for bent in (link[:-1] + ("A" if link[-1] != "A" else "B"), link + "A", "/v1/files/x"):
        answer = await client.get(bent)
        assert (answer.status_code, answer.json()["code"]) == (404, "file_link_invalid")
    old = Links(b"k" * 32).make(
        conversation.tenant.tenant_id,
        conversation.contact_id,
        now=utc_now() - timedelta(hours=2),
        life=timedelta(hours=1),
    )
    assert (await client.get(f"/v1/files/{old}")).status_code == 404


async def test_a_file_that_is_gone_from_the_store_is_a_problem(
    conversation: Any,
    store: Any,
    api: Any,
    keeper: Keeper,
    client: httpx.AsyncClient,
    storage: Storage,
) -> None:
    message = conversation.told(content=IMAGE)
    await store(message)
    kept = await keeper.keep(message)
    tenant = conversation.tenant.tenant_id
    await storage.delete(f"tenants/{tenant}/sha256/{kept.sha256[:2]}/{kept.sha256}")
    answer = await client.get((await shown(api, message))["link"])
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")


async def test_what_is_said_of_files_is_as_kept(
    conversation: Any, store: Any, keeper: Keeper, database: Database, golden: Golden
) -> None:
    messages = [conversation.told(content=IMAGE), conversation.told(content=IMAGE)]
    await store(*messages)
    await keeper.keep(messages[0], filename="mesa.jpeg")
    await keeper.lose(messages[1])
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
    story = [row["envelope"] for row in rows]
    golden.check("messaging", [told for told in story if b'"message.media_' in told])


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=90-500", Span(90, 100)),
        ("bytes=-10", Span(90, 100)),
        ("bytes=-500", Span(0, 100)),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_ranges(header: str | None, span: Span | None) -> None:
    assert span_of(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_ranges_beyond_the_end(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        span_of(header, 100)
