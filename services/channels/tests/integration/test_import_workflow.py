"""An import in the real Temporal: begun by its event, gone on with where a worker died."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from platform_crypto import Vault
from platform_postgres import Database
from platform_testkit import TestTenant, eventually
from platform_workflows import TemporalConnection, TemporalSettings, WorkflowWorker
from ventros_channels.adapters.waha.history import PAGE
from ventros_channels.importing import make_worker
from ventros_channels.workflows.importers import Importers, restart

from ..conftest import Api, Pipeline
from ..history_desk import Forbidding, HistoryDesk, kept, remembering
from .test_reconcile import CHATS


@pytest.fixture
async def waha() -> AsyncIterator[Forbidding]:
    async with remembering() as waha:
        yield waha


@pytest.fixture
async def desk(
    api: Api, waha: Forbidding, database: Database, vault: Vault, tenant: TestTenant
) -> HistoryDesk:
    channel = await api.create(config={"base_url": waha.url})
    return HistoryDesk(api, channel, database, vault, tenant.tenant_id)


class Running:
    """A Temporal, a task queue of this test's own, and workers that may stop."""

    def __init__(self, address: str, desk: HistoryDesk) -> None:
        self.queue = f"channels-{uuid4()}"
        self.connection = TemporalConnection(
            TemporalSettings(temporal_address=address, temporal_shutdown_timeout=0.5)
        )
        self.importers = Importers(self.connection, self.queue)
        self._desk = desk

    def worker(self, per_second: float = 1e6) -> WorkflowWorker:
        historian = self._desk.historian(per_second=per_second)
        return make_worker(self.connection, historian, task_queue=self.queue)


async def test_an_import_runs_to_its_end_though_its_worker_stops_in_between(
    desk: HistoryDesk, waha: Forbidding, pipeline: Pipeline, temporal: str
) -> None:
    waha.kept = {chat: [kept(n, chat) for n in range(3 * PAGE)] for chat in CHATS}
    running = Running(temporal, desk)
    import_id = UUID((await desk.ask()).json()["id"])
    await running.importers.start(desk.tenant, import_id)
    async with running.worker(per_second=PAGE / 4):
        await eventually(lambda: _seen(desk, import_id, 1), timeout=60)
    seen = (await desk.read(import_id))["messages_seen"]
    assert 0 < seen < 6 * PAGE
    async with running.worker():
        view = await eventually(lambda: _ended(desk, import_id), timeout=90)
    assert (view["status"], view["messages_stored"]) == ("completed", 6 * PAGE)
    assert len(await pipeline.messages()) == 6 * PAGE


async def test_an_import_that_nobody_works_on_is_found_and_one_that_runs_is_left_alone(
    desk: HistoryDesk, waha: Forbidding, database: Database, temporal: str
) -> None:
    waha.kept = {CHATS[0]: [kept(1)]}
    running = Running(temporal, desk)
    import_id = UUID((await desk.ask()).json()["id"])
    assert await restart(database, running.importers) == 0
    assert await restart(database, running.importers, timedelta()) == 1
    assert await restart(database, running.importers, timedelta()) == 1
    async with running.worker():
        view = await eventually(lambda: _ended(desk, import_id), timeout=60)
    assert view["messages_stored"] == 1
    assert await restart(database, running.importers, timedelta()) == 0


async def test_what_the_provider_refuses_is_said(
    desk: HistoryDesk, waha: Forbidding, temporal: str
) -> None:
    waha.key_refused = True
    running = Running(temporal, desk)
    import_id = UUID((await desk.ask()).json()["id"])
    await running.importers.start(desk.tenant, import_id)
    async with running.worker():
        view = await eventually(lambda: _ended(desk, import_id), timeout=60)
    assert view["status"] == "failed"
    assert view["reason"] == "WAHA does not accept the channel's key."


async def _seen(desk: HistoryDesk, import_id: UUID, least: int) -> None:
    assert (await desk.read(import_id))["messages_seen"] >= least


async def _ended(desk: HistoryDesk, import_id: UUID) -> Any:
    view = await desk.read(import_id)
    assert view["ended_at"] is not None
    return view
