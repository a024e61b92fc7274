"""Files of messages: fetched in the background, kept by content, and lost when they are lost."""

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_bus import Bell
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_storage import FileMissing, Storage, StorageSettings
from platform_storage.keys import content_key
from platform_storage.testing import INFECTED, SIGNATURE, FakeClamd, fake_clamd
from platform_testkit import TestTenant, eventually
from platform_testkit.golden import Golden
from proto_events.media import ChannelMediaLost, ChannelMediaStored
from ventros_channels.adapters import file_sources
from ventros_channels.domain.files import (
    ATTEMPTS,
    UNJUDGED_ATTEMPTS,
    NoFile,
    wait_after,
    wait_for_judgement,
)
from ventros_channels.media.fetch import Fetching
from ventros_channels.media.loop import PER_CHANNEL, FilesPart

from ..conftest import Api, Pipeline, Webhooks, changed, fixture
from ..waha_script import Script, listening

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
LIMIT = 6 * 1024 * 1024
MESSAGE = "/api/loja/chats/554400000003@c.us/messages/false_554400000003@c.us_EVT_FILE"
PATH = "/api/files/loja/one.png"


class Files:
    """A channel whose WAHA is scripted, and the loop that fetches, round by round."""

    def __init__(self, **given: Any) -> None:
        self.waha: Script = given["waha"]
        self.channel: dict[str, Any] = given["channel"]
        self.storage: Storage = given["storage"]
        self._webhooks: Webhooks = given["webhooks"]
        self._pipeline: Pipeline = given["pipeline"]
        self._database: Database = given["database"]
        self._tenant: TestTenant = given["tenant"]
        self.loop: FilesPart = given["loop"]

    async def hear(
        self, event_id: str = "evt_file", *, data: dict[str, Any] | None = None, **media: Any
    ) -> None:
        """A message with a file; WAHA names itself by a host that only it can reach.

        `data` is what the engine says of it, if not the fixture's.
        """
        told = {"url": f"http://localhost:3000{PATH}", "mimetype": "image/png"} | media
        body = changed(
            fixture("message.media_failed"),
            event_id=event_id,
            id=f"false_554400000003@c.us_{event_id.upper()}",
            media=told,
            **({} if data is None else {"_data": data}),
        )
        assert (await self._webhooks.post(self.channel, body)).status_code == 200
        await self._pipeline.deliver()

    async def round(self) -> int:
        """What waits is due now; how many files were tried."""
        async with self._database.tenant(self._tenant.tenant_id) as tx:
            await tx.execute("UPDATE media_job SET next_at = now() - interval '1 s'")
        return await self.loop.run_once()

    async def said(self) -> list[ChannelMediaStored | ChannelMediaLost]:
        kinds = {
            "channel.media_stored.v1": ChannelMediaStored,
            "channel.media_lost.v1": ChannelMediaLost,
        }
        return [
            msgspec.json.decode(one.data, type=kinds[one.type])
            for one in await self._pipeline.events()
            if one.type in kinds
        ]

    async def content(self, sha256: str) -> bytes:
        key = content_key(self._tenant.tenant_id, sha256)
        return await self.storage.read_whole(key, limit=LIMIT)


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    async with fake_clamd() as clamd:
        yield clamd


@pytest.fixture
async def files(
    clamd: FakeClamd,
    api: Api,
    webhooks: Webhooks,
    pipeline: Pipeline,
    database: Database,
    vault: Vault,
    tenant: TestTenant,
    tmp_path: Path,
) -> AsyncIterator[Files]:
    where = (tmp_path / "files").as_uri()
    storage = Storage(StorageSettings(storage_url=where, storage_scanner_url=clamd.url))
    calls = Outbound(allow=(ip_network("127.0.0.0/8"),), timeout=5)
    fetching = Fetching(database, vault, file_sources(calls), storage, limit=LIMIT)
    async with listening() as waha:
        config = {"base_url": waha.url, "session": "loja"}
        yield Files(
            waha=waha,
            channel=await api.create(config=config, api_key="the-key"),
            storage=storage,
            webhooks=webhooks,
            pipeline=pipeline,
            database=database,
            tenant=tenant,
            loop=FilesPart(database, fetching, Bell()),
        )
    await calls.close()


async def test_a_file_is_fetched_from_the_channels_own_address(files: Files) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    await files.hear()
    await files.hear()
    assert await files.round() == 1
    assert await files.round() == 0
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)
    assert stored.channel_id == UUID(files.channel["id"])
    assert (stored.size_bytes, stored.detected_mimetype) == (len(PNG), "image/png")
    assert await files.content(stored.sha256) == PNG
    assert files.waha.keys == {"the-key"}


async def test_what_a_file_is_said_to_be_is_not_believed(files: Files) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, b"<svg onload='alert(1)'/>")
    await files.hear()
    await files.round()
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)
    assert stored.mimetype == "image/png"
    assert stored.detected_mimetype == "application/octet-stream"


async def test_a_file_of_many_pieces_is_whole(files: Files) -> None:
    large = PNG + bytes(range(256)) * 20_000
    files.waha.answers[f"GET {PATH}"] = (200, large)
    await files.hear()
    await files.round()
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)
    assert await files.content(stored.sha256) == large


async def test_what_was_not_downloaded_is_asked_for(files: Files) -> None:
    asked = f"GET {MESSAGE}?downloadMedia=true"
    named = {"media": {"url": f"http://localhost:3000{PATH}"}}
    files.waha.answers |= {asked: [(200, {"media": None}), (200, named)], f"GET {PATH}": (200, PNG)}
    await files.hear(url=None)
    await files.round()
    assert await files.said() == []
    await files.round()
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)


async def test_what_waha_removed_it_downloads_again(files: Files) -> None:
    named = {"media": {"url": "http://localhost:3000/api/files/loja/two.png"}}
    files.waha.answers |= {
        f"GET {MESSAGE}?downloadMedia=true": (200, named),
        "GET /api/files/loja/two.png": (200, PNG),
    }
    await files.hear()
    await files.round()
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)


async def test_what_the_provider_lost_is_told_as_lost(files: Files) -> None:
    await files.hear()
    rounds = 0
    while await files.round():
        rounds += 1
    (lost,) = await files.said()
    assert isinstance(lost, ChannelMediaLost)
    assert (lost.reason, lost.code, rounds) == ("gone", "404", 3)


async def test_a_server_that_fails_is_asked_again(files: Files) -> None:
    files.waha.answers[f"GET {PATH}"] = [(500, {}), (503, {}), (200, PNG)]
    await files.hear()
    for _ in range(3):
        assert await files.said() == []
        await files.round()
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)


async def test_what_the_scanner_names_is_lost_and_not_kept(files: Files) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG + INFECTED)
    await files.hear()
    await files.round()
    (lost,) = await files.said()
    assert isinstance(lost, ChannelMediaLost)
    assert (lost.reason, lost.code) == ("blocked", SIGNATURE)
    with pytest.raises(FileMissing):
        await files.content(sha256(PNG + INFECTED).hexdigest())
    assert await files.round() == 0


async def test_files_wait_for_a_scanner_that_is_away(files: Files, clamd: FakeClamd) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    await clamd.leave()
    await files.hear()
    for _ in range(max(ATTEMPTS, UNJUDGED_ATTEMPTS) + 1):
        assert await files.round() == 1
    assert await files.said() == []
    await clamd.listen()
    files.waha.answers[f"GET {PATH}"] = [(500, {}), (200, PNG)]
    await files.round()
    assert await files.said() == [], "the waits for the scanner are no attempts at the provider"
    await files.round()
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)
    assert clamd.seen == [PNG]


async def test_a_file_that_the_scanner_never_judges_is_lost_and_not_kept(
    files: Files, clamd: FakeClamd
) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    clamd.fault = "says_error"
    await files.hear()
    for _ in range(UNJUDGED_ATTEMPTS):
        assert await files.said() == []
        assert await files.round() == 1
    (lost,) = await files.said()
    assert isinstance(lost, ChannelMediaLost)
    assert (lost.reason, lost.code) == ("blocked", "unscannable")
    with pytest.raises(FileMissing):
        await files.content(sha256(PNG).hexdigest())
    clamd.fault = None
    assert await files.round() == 0
    assert len(await files.said()) == 1


async def test_a_file_that_is_judged_at_last_is_kept(files: Files, clamd: FakeClamd) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    clamd.fault = "says_nonsense"
    await files.hear()
    for _ in range(UNJUDGED_ATTEMPTS - 1):
        await files.round()
    clamd.fault = None
    await files.round()
    (stored,) = await files.said()
    assert isinstance(stored, ChannelMediaStored)


async def test_a_file_that_is_too_large_is_not_kept(files: Files) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, b"\x00" * (LIMIT + 1))
    await files.hear()
    await files.round()
    (lost,) = await files.said()
    assert isinstance(lost, ChannelMediaLost)
    assert lost.reason == "too_large"


async def test_an_empty_file_is_none(files: Files) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, b"")
    await files.hear()
    await files.round()
    assert await files.said() == []


async def test_one_channel_fetches_a_few_at_a_time(files: Files) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    for number in range(PER_CHANNEL + 1):
        await files.hear(f"evt_{number}")
    assert await files.round() == PER_CHANNEL
    assert await files.round() == 1


async def test_a_channel_goes_on_as_soon_as_one_of_its_files_is_here(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ventros_channels.media.loop._LOOK", 60.0)
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    count = 2 * PER_CHANNEL + 1
    for number in range(count):
        await files.hear(f"evt_{number}")

    async def all_of_them() -> bool:
        return len(await files.said()) == count

    await files.loop.start()
    try:
        await eventually(all_of_them, timeout=20)
    finally:
        await files.loop.stop()


def test_how_long_is_waited() -> None:
    away = NoFile("unreachable", again=True)
    waits = [wait_after(attempt, away) for attempt in range(1, ATTEMPTS)]
    assert None not in waits
    assert wait_after(ATTEMPTS, away) is None
    assert wait_after(1, NoFile("too_large")) is None
    assert wait_after(3, NoFile("gone", again=True)) is None
    judgements = [wait_for_judgement(failures) for failures in range(1, UNJUDGED_ATTEMPTS)]
    assert None not in judgements
    assert sum((one for one in judgements if one), timedelta()) < timedelta(days=1)
    assert wait_for_judgement(UNJUDGED_ATTEMPTS) is None


async def test_what_is_said_of_files_is_as_kept(
    files: Files, pipeline: Pipeline, golden: Golden
) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    await files.hear("evt_kept")
    await files.round()
    files.waha.answers[f"GET {PATH}"] = (403, {})
    await files.hear("evt_lost")
    while await files.round():
        pass
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b'"channel.media_' in told])


SEEN_ONCE = {"key": {}, "message": {"viewOnceMessageV2": {"message": {"imageMessage": {}}}}}


async def test_what_is_to_be_seen_once_is_not_kept_unless_the_channel_says_so(
    files: Files, api: Api
) -> None:
    files.waha.answers[f"GET {PATH}"] = (200, PNG)
    await files.hear("evt_once", data=SEEN_ONCE)
    await files.round()
    (lost,) = await files.said()
    assert isinstance(lost, ChannelMediaLost)
    assert (lost.reason, lost.code) == ("refused", "view_once")
    assert files.waha.keys == set()

    path = f"/v1/channels/{files.channel['id']}"
    answer = await api.call("PATCH", path, json={"keep_view_once": True})
    assert answer.json()["keep_view_once"] is True
    await files.hear("evt_kept", data=SEEN_ONCE)
    await files.round()
    _, stored = await files.said()
    assert isinstance(stored, ChannelMediaStored)
    assert await files.content(stored.sha256) == PNG
