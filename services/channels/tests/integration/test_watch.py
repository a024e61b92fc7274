"""Channels that came back or fell silent: what they missed is found, fetched, and reported."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import pytest

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from ventros_channels.domain.gap import ATTEMPTS, NOT_SHOWN, Patience
from ventros_channels.reconcile import Reconciler
from ventros_channels.store import channels
from ventros_channels.store import gaps as store
from ventros_channels.store.gaps import NewGap
from ventros_channels.watch.gaps import HOLD, open_gap
from ventros_channels.watch.loop import WatchPart

from ..conftest import Api, Pipeline
from ..kept import CHATS, START, Waha, keeping, payload

INTERVAL = 30.0


@pytest.fixture
async def waha() -> AsyncIterator[Waha]:
    async with keeping() as waha:
        yield waha


class Watched:
    """A channel that works, its watch, and a hand on its clock."""

    def __init__(
        self, channel: dict[str, Any], tenant: TestTenant, database: Database, part: WatchPart
    ) -> None:
        self.channel, self.tenant, self.database, self.part = channel, tenant, database, part
        self.id = UUID(channel["id"])

    async def becomes(self, status: str, at: datetime) -> None:
        async with self.database.tenant(self.tenant.tenant_id) as tx:
            await channels.connection_changed(tx, self.id, status, at)

    async def quiet_for(self, quiet: timedelta) -> None:
        """It was heard, and asked about, so long ago."""
        async with self.database.system() as tx:
            await tx.execute(
                "UPDATE channel_watch SET heard_at = now() - $2::interval,"
                " looked_at = now() - $2::interval WHERE channel_id = $1",
                self.id,
                quiet,
            )

    async def counted_until(self, moment: datetime) -> None:
        """Nobody took webhooks since then."""
        async with self.database.system() as tx:
            await tx.execute(
                "UPDATE channel_watch SET counted_to = $2 WHERE channel_id = $1", self.id, moment
            )

    async def usually(self, messages: int) -> None:
        """So many in this hour of the last four weeks."""
        async with self.database.system() as tx:
            await tx.execute(
                "INSERT INTO channel_hour SELECT $1, $2, date_trunc('hour', now(), 'UTC')"
                " - weeks * interval '7 days', $3 FROM generate_series(1, 4) AS weeks",
                self.tenant.tenant_id,
                self.id,
                messages,
            )

    async def due_now(self) -> None:
        """Time passes."""
        async with self.database.system() as tx:
            await tx.execute("UPDATE channel_gap SET next_at = now()")


@pytest.fixture
async def watched(
    api: Api,
    waha: Waha,
    tenant: TestTenant,
    database: Database,
    vault: Vault,
) -> AsyncIterator[Watched]:
    channel = await api.create(config={"base_url": waha.url})
    calls = Outbound(allow=(ip_network("127.0.0.0/8"),), timeout=5)
    reconciler = Reconciler(database, vault, calls, Bell())
    part = WatchPart(database, reconciler, Bell(), interval=INTERVAL, patience=Patience())
    watched = Watched(channel, tenant, database, part)
    await watched.becomes("WORKING", utc_now() - timedelta(hours=3))
    await reconciler.start()
    await part.run_once()
    yield watched
    await reconciler.stop()
    await calls.close()


async def gaps(api: Api, watched: Watched) -> list[dict[str, Any]]:
    answer = await api.call("GET", f"/v1/channels/{watched.id}/gaps")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def told(pipeline: Pipeline) -> list[str]:
    await pipeline.deliver()
    return [message.stanza for message in await pipeline.messages()]


async def test_what_a_channel_missed_while_it_was_away_is_fetched_once_it_is_back(
    watched: Watched, waha: Waha, api: Api, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [payload(number) for number in range(3)]}
    away = datetime.fromtimestamp(START - 60, utc_now().tzinfo)
    await watched.becomes("FAILED", away)
    await watched.becomes("STARTING", away + timedelta(seconds=30))
    await watched.part.run_once()
    assert await gaps(api, watched) == []
    await watched.becomes("WORKING", utc_now())
    await watched.part.run_once()
    assert len(await told(pipeline)) == 3
    (gap,) = await gaps(api, watched)
    assert (gap["cause"], gap["status"]) == ("returned", "filled")
    assert (gap["messages_found"], gap["messages_fetched"], gap["reason"]) == (3, 3, None)
    assert datetime.fromisoformat(gap["from"]) <= away
    said = [event.type for event in await pipeline.events()]
    assert said.count("channel.gap_found.v1") == said.count("channel.gap_closed.v1") == 1
    await watched.part.run_once()
    assert len(await gaps(api, watched)) == 1


async def test_a_silent_channel_is_asked_and_what_it_has_more_is_fetched(
    watched: Watched, waha: Waha, api: Api, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [payload(1)], CHATS[1]: [payload(1, CHATS[1])]}
    await watched.quiet_for(timedelta(hours=7))
    await watched.part.run_once()
    assert len(await told(pipeline)) == 2
    (gap,) = await gaps(api, watched)
    assert (gap["cause"], gap["status"], gap["messages_fetched"]) == ("silent", "filled", 2)
    # Silent again, and nothing is missing.
    await watched.quiet_for(timedelta(hours=7))
    await watched.part.run_once()
    assert len(await gaps(api, watched)) == 1


@pytest.mark.parametrize(
    ("messages", "minutes", "asked"),
    [
        (12, 19, False),  # four times five minutes are twenty
        (12, 21, True),
        (1000, 14, False),  # never sooner than a quarter of an hour
        (1000, 16, True),
        (0, 350, False),  # no rhythm at this hour: six hours
        (0, 370, True),
    ],
)
async def test_how_long_a_channel_may_be_silent_follows_its_own_rhythm(
    watched: Watched, waha: Waha, api: Api, messages: int, minutes: int, *, asked: bool
) -> None:
    waha.kept = {CHATS[0]: [payload(1, timestamp=int(utc_now().timestamp()))]}
    await watched.usually(messages)
    await watched.quiet_for(timedelta(minutes=minutes))
    await watched.part.run_once()
    assert len(await gaps(api, watched)) == int(asked)


async def test_what_came_while_nobody_took_webhooks_is_fetched(
    watched: Watched, waha: Waha, api: Api, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [payload(1)]}
    await watched.counted_until(utc_now() - timedelta(hours=1))
    await watched.part.run_once()
    assert len(await told(pipeline)) == 1
    (gap,) = await gaps(api, watched)
    assert (gap["cause"], gap["status"]) == ("returned", "filled")


async def test_a_gap_that_is_not_shown_is_tried_again_and_given_up_with_a_reason(
    watched: Watched, waha: Waha, api: Api, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [payload(1)], CHATS[1]: [payload(1, CHATS[1])]}
    waha.broken = {CHATS[0]}
    await watched.quiet_for(timedelta(hours=7))
    for _ in range(ATTEMPTS - 1):
        await watched.part.run_once()
        await pipeline.deliver()
        await watched.due_now()
    (gap,) = await gaps(api, watched)
    assert (gap["status"], gap["chats_unread"], gap["messages_fetched"]) == ("open", 1, 1)
    await watched.part.run_once()
    (gap,) = await gaps(api, watched)
    assert (gap["status"], gap["chats_unread"], gap["reason"]) == ("given_up", 1, NOT_SHOWN)
    assert len(await told(pipeline)) == 1


async def test_what_an_attempt_brought_is_not_counted_again_before_it_is_told(
    watched: Watched, waha: Waha, api: Api, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [payload(1)], CHATS[1]: [payload(1, CHATS[1])]}
    waha.broken = {CHATS[0]}
    await watched.quiet_for(timedelta(hours=7))
    await watched.part.run_once()
    waha.broken = set()
    await watched.due_now()
    await watched.part.run_once()
    (gap,) = await gaps(api, watched)
    assert (gap["status"], gap["messages_fetched"]) == ("filled", 2)
    assert len(await told(pipeline)) == 2


async def test_a_gap_that_its_worker_left_is_taken_over(
    watched: Watched, waha: Waha, api: Api, pipeline: Pipeline
) -> None:
    waha.kept = {CHATS[0]: [payload(1)]}
    new = NewGap(
        project_id=watched.tenant.project_id,
        channel_id=watched.id,
        cause="returned",
        since=utc_now() - timedelta(hours=2),
        until=utc_now(),
    )
    async with watched.database.tenant(watched.tenant.tenant_id) as tx:
        gap_id = await open_gap(tx, watched.tenant.tenant_id, new)
        assert await store.hold(tx, gap_id, HOLD) is not None
    await watched.part.run_once()
    assert [gap["status"] for gap in await gaps(api, watched)] == ["open"]
    await watched.due_now()
    await watched.part.run_once()
    assert len(await told(pipeline)) == 1
    assert [gap["status"] for gap in await gaps(api, watched)] == ["filled"]


async def test_another_tenant_sees_no_gaps(watched: Watched, api_of: Callable[..., Api]) -> None:
    answer = await api_of(new_tenant()).call("GET", f"/v1/channels/{watched.id}/gaps")
    assert answer.status_code == 404
