"""Files put into words: from the message and its file to the words, whatever comes first."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from platform_bus import Bell, Received
from platform_outbound import Outbound
from platform_postgres import Database
from platform_storage import Storage, StorageSettings
from platform_testkit import eventually
from platform_testkit.openai_fake import DESCRIBED, KEY, SPOKEN, AiFake
from platform_workflows import TemporalConnection, TemporalSettings
from proto_events import envelope as frame
from proto_events.conversation import Content, Media
from proto_events.media import ChannelMediaLost, ChannelMediaStored
from proto_events.registry import struct_of
from ventros_messaging.ai.openai_compatible import OpenAiCompatible
from ventros_messaging.ai.settings import AiSettings
from ventros_messaging.domain.enrichment import EXCERPT
from ventros_messaging.enriching import make_worker
from ventros_messaging.events.enrichments import on_files
from ventros_messaging.grouping import Grouper
from ventros_messaging.store import recipients
from ventros_messaging.store.recipients import ChannelTold
from ventros_messaging.workflows.activities import EnrichmentActivities
from ventros_messaging.workflows.readers import Readers, reading
from ventros_messaging.workflows.sweep import EnrichmentSweep

NOW = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)
OGG = b"OggS" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
ALL = ["image", "audio", "voice", "video", "document"]


class House:
    """Messaging with its workflows, the store of files, and the provider."""

    def __init__(self, database: Database, storage: Storage, readers: Readers) -> None:
        self.database, self.storage, self.readers = database, storage, readers
        self._heard: set[Any] = set()

    async def switch_on(self, conversation: Any, processed: list[str] | None = None) -> None:
        """The conversation's channel has its files put into words."""
        told = ChannelTold(
            id=conversation.channel_id,
            project_id=conversation.tenant.project_id,
            version=1,
            active=True,
            debounce_ms=15_000,
            ai_processed=ALL if processed is None else processed,
        )
        async with self.database.tenant(conversation.tenant.tenant_id) as tx:
            await recipients.learn_channels(tx, conversation.tenant.tenant_id, [told])

    async def look(self, now: datetime = NOW) -> None:
        """One round of the loop, and what it says is heard."""
        await Grouper(self.database, Bell()).run_once(now)

    async def stored(self, conversation: Any, message: Any, content: bytes, mimetype: str) -> None:
        """The file of a message is in the store."""

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        kept = await self.storage.put(conversation.tenant.tenant_id, chunks(), limit=10_000)
        fact = ChannelMediaStored(
            message_id=message.data.message.id,
            channel_id=conversation.channel_id,
            sha256=kept.sha256,
            size_bytes=kept.size,
            detected_mimetype=mimetype,
            stored_at=NOW,
        )
        await self._hear(conversation, fact, "channel.media_stored.v1")

    async def lost(self, conversation: Any, message: Any) -> None:
        """The file of a message cannot be had."""
        fact = ChannelMediaLost(
            message_id=message.data.message.id,
            channel_id=conversation.channel_id,
            reason="gone",
            lost_at=NOW,
        )
        await self._hear(conversation, fact, "channel.media_lost.v1")

    async def read(self, conversation: Any) -> None:
        """What was said to be read is heard by whoever has it read; twice, as may happen."""
        consumer = reading(self.readers)
        async with self.database.tenant(conversation.tenant.tenant_id) as tx:
            rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
        told = []
        for row in rows:
            envelope = frame.decode(row["envelope"])
            if envelope.type in consumer.types and envelope.id not in self._heard:
                self._heard.add(envelope.id)
                struct = struct_of(envelope.type)
                assert struct is not None
                told.append(Received(envelope, msgspec.json.decode(envelope.data, type=struct)))
        assert consumer.call is not None
        if told:
            await consumer.call(told)
            await consumer.call(told)

    async def _hear(self, conversation: Any, fact: Any, kind: str) -> None:
        tenant_id = conversation.tenant.tenant_id
        envelope = conversation.envelope(fact, kind, conversation.channel_id)
        async with self.database.tenant(tenant_id) as tx:
            await on_files(tx, tenant_id, [Received(envelope, fact)])


@pytest.fixture
async def fake() -> AiFake:
    """The provider."""
    return AiFake()


@pytest.fixture
def limits() -> dict[str, Any]:
    """Settings of the operator's that a test may change."""
    return {}


@pytest.fixture
async def house(
    database: Database, temporal: str, tmp_path: Path, fake: AiFake, limits: dict[str, Any]
) -> AsyncIterator[House]:
    """At work, with a task queue of its own."""
    connection = TemporalConnection(TemporalSettings(temporal_address=temporal))
    queue = f"messaging-{uuid4()}"
    storage = Storage(StorageSettings(storage_url=(tmp_path / "files").as_uri()))
    outbound = Outbound(allow=[ip_network("127.0.0.0/8")], timeout=20)
    async with fake.serve() as address:
        settings = AiSettings(ai_base_url=address, ai_api_key=KEY, **limits)
        provider = OpenAiCompatible(settings, outbound)
        activities = EnrichmentActivities(database, Bell(), storage, provider, settings)
        async with make_worker(connection, activities, task_queue=queue):
            yield House(database, storage, Readers(connection, queue))
        fake.released.set()
    await outbound.close()


def media(conversation: Any, kind: str) -> Any:
    """A message with a file."""
    return conversation.told(content=Content(type=kind, media=Media(status="available")))


async def enrichment(api: Any, message: Any) -> dict[str, Any]:
    answer = await api.get(f"/v1/messages/{message.data.message.id}/enrichments")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    return items[0] if items else {}


async def ended(api: Any, message: Any) -> dict[str, Any]:
    """The enrichment, once it is done."""

    async def done() -> dict[str, Any]:
        found = await enrichment(api, message)
        assert found["status"] in {"completed", "failed"}
        return found

    found: dict[str, Any] = await eventually(done, timeout=60)
    return found


async def names(said: Any, conversation: Any) -> list[str]:
    return [kind.removesuffix(".v1") for kind, _, _ in await said(conversation.tenant)]


@pytest.mark.parametrize("file_first", [True, False])
async def test_a_voice_and_a_picture_are_put_into_words_and_end_their_group(
    house: House, conversation: Any, store: Any, api: Any, said: Any, file_first: bool
) -> None:
    await house.switch_on(conversation)
    voice, picture = media(conversation, "voice"), media(conversation, "image")
    await store(voice, picture)
    if file_first:
        await house.stored(conversation, voice, OGG, "audio/ogg")
    await house.look()
    if not file_first:
        await house.stored(conversation, voice, OGG, "audio/ogg")
    await house.look(NOW + timedelta(minutes=1))
    (group,) = (await api.get("/v1/message-groups", session_id=conversation.session_id)).json()[
        "items"
    ]
    assert group["status"] == "processing"
    await house.read(conversation)
    heard = await ended(api, voice)
    shown = await api.messages(session_id=conversation.session_id)
    assert [one["enrichment"] for one in shown] == [
        {"status": "completed", "extracted_text": SPOKEN, "is_cut": False, "error": None},
        {"status": "pending", "extracted_text": None, "is_cut": False, "error": None},
    ]
    assert (heard["status"], heard["extracted_text"]) == ("completed", SPOKEN)
    assert heard["message_group_id"] == group["id"]
    assert heard["provider"] == "openai_compatible"
    assert "message_group.completed" not in await names(said, conversation)
    await house.stored(conversation, picture, PNG, "image/png")
    await house.read(conversation)
    assert (await ended(api, picture))["extracted_text"] == DESCRIBED
    assert (await names(said, conversation))[-2:] == [
        "message_enrichment.completed",
        "message_group.completed",
    ]


async def test_a_file_that_is_lost_and_one_that_never_comes_fail_visibly(
    house: House, conversation: Any, store: Any, api: Any, said: Any, database: Database
) -> None:
    await house.switch_on(conversation)
    lost, missing = media(conversation, "voice"), media(conversation, "document")
    await store(lost, missing)
    await house.look()
    await house.look(NOW + timedelta(minutes=1))
    await house.lost(conversation, lost)
    assert (await enrichment(api, lost))["error"] == "file_missing"
    assert (await enrichment(api, missing))["status"] == "pending"
    sweep = EnrichmentSweep(database, house.readers, Bell())
    assert await sweep.run_once(NOW + timedelta(minutes=59)) == 0
    assert await sweep.run_once(NOW + timedelta(minutes=61)) == 1
    assert (await enrichment(api, missing))["error"] == "file_missing"
    assert (await names(said, conversation))[-1] == "message_group.completed"


async def test_a_provider_that_is_away_is_asked_again(
    house: House, fake: AiFake, conversation: Any, store: Any, api: Any
) -> None:
    fake.fail("429", "500")
    await house.switch_on(conversation)
    voice = media(conversation, "voice")
    await store(voice)
    await house.look()
    await house.stored(conversation, voice, OGG, "audio/ogg")
    await house.read(conversation)
    assert (await ended(api, voice))["extracted_text"] == SPOKEN
    assert len(fake.asked) == 3


async def test_a_long_text_is_cut_in_the_timeline_and_whole_beside_it(
    house: House, conversation: Any, store: Any, api: Any
) -> None:
    await house.switch_on(conversation)
    paper = media(conversation, "document")
    await store(paper)
    await house.look()
    text = "é" * (EXCERPT + 1)
    await house.stored(conversation, paper, text.encode(), "text/plain")
    await house.read(conversation)
    assert (await ended(api, paper))["extracted_text"] == text
    (shown,) = await api.messages(contact_id=conversation.contact_id)
    one = (await api.get(f"/v1/messages/{shown['id']}")).json()
    assert shown["enrichment"] == one["enrichment"]
    assert (shown["enrichment"]["extracted_text"], shown["enrichment"]["is_cut"]) == (
        text[:EXCERPT],
        True,
    )


async def test_what_the_provider_refuses_is_not_asked_again(
    house: House, fake: AiFake, conversation: Any, store: Any, api: Any
) -> None:
    fake.fail("400")
    await house.switch_on(conversation)
    voice = media(conversation, "voice")
    await store(voice)
    await house.look()
    await house.stored(conversation, voice, OGG, "audio/ogg")
    await house.read(conversation)
    found = await ended(api, voice)
    assert (found["status"], found["error"]) == ("failed", "provider_refused")
    assert found["extracted_text"] is None
    assert len(fake.asked) == 1


@pytest.mark.parametrize("limits", [{"ai_monthly_requests": 1}])
async def test_a_budget_ends_and_documents_are_no_part_of_it(
    house: House, fake: AiFake, conversation: Any, store: Any, api: Any
) -> None:
    await house.switch_on(conversation)
    first, second = media(conversation, "voice"), media(conversation, "voice")
    paper = media(conversation, "document")
    await store(first, second, paper)
    await house.look()
    for message, content, mimetype in (
        (first, OGG, "audio/ogg"),
        (second, OGG + b"2", "audio/ogg"),
        (paper, b"Pedido 417", "text/plain"),
    ):
        await house.stored(conversation, message, content, mimetype)
        await house.read(conversation)
        await ended(api, message)
    assert (await enrichment(api, first))["status"] == "completed"
    assert (await enrichment(api, second))["error"] == "budget_exceeded"
    assert (await enrichment(api, paper))["extracted_text"] == "Pedido 417"
    assert fake.asked == ["transcription"]


@pytest.mark.parametrize("limits", [{"ai_max_bytes": 1024}])
async def test_a_file_that_is_too_large_is_not_read(
    house: House, fake: AiFake, conversation: Any, store: Any, api: Any
) -> None:
    await house.switch_on(conversation)
    voice = media(conversation, "voice")
    await store(voice)
    await house.look()
    await house.stored(conversation, voice, bytes(1025), "audio/ogg")
    await house.read(conversation)
    assert (await ended(api, voice))["error"] == "file_too_large"
    assert fake.asked == []


async def test_a_type_that_is_switched_off_is_left_alone(
    house: House, conversation: Any, store: Any, api: Any, said: Any
) -> None:
    await house.switch_on(conversation, ["image"])
    voice = media(conversation, "voice")
    await store(voice)
    await house.look()
    await house.stored(conversation, voice, OGG, "audio/ogg")
    await house.look(NOW + timedelta(minutes=1))
    assert await enrichment(api, voice) == {}
    assert (await names(said, conversation))[-1] == "message_group.completed"


async def test_a_group_does_not_wait_for_ever(
    house: House, conversation: Any, store: Any, said: Any
) -> None:
    await house.switch_on(conversation)
    await store(media(conversation, "voice"))
    for minutes in (0, 1, 10, 11):
        await house.look(NOW + timedelta(minutes=minutes))
    assert (await names(said, conversation))[-2:] == [
        "message_group.processing",
        "message_group.expired",
    ]


async def test_a_message_of_somebody_else_has_no_words(api: Any) -> None:
    assert (await api.get(f"/v1/messages/{uuid4()}/enrichments")).status_code == 404
