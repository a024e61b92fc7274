import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from temporalio import activity, workflow

from platform_testkit import eventually
from platform_workflows import (
    TemporalAway,
    TemporalConnection,
    TemporalSettings,
    WorkflowWorker,
    data_converter,
    keep,
    replay,
)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    tenant_id: UUID
    placed_at: datetime
    quantity: int


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    tenant_id: UUID
    total: int


@activity.defn
async def price(order: Order) -> int:
    return order.quantity * 3


@workflow.defn
class Purchase:
    """As services write them: ids in, an activity, a signal, a Struct out."""

    def __init__(self) -> None:
        self._paid = False

    @workflow.run
    async def run(self, order: Order) -> Receipt:
        total = await workflow.execute_activity(
            price, order, start_to_close_timeout=timedelta(seconds=10)
        )
        await workflow.wait_condition(lambda: self._paid)
        return Receipt(tenant_id=order.tenant_id, total=total)

    @workflow.signal
    def pay(self) -> None:
        self._paid = True


@workflow.defn(name="Purchase")
class ChangedPurchase:
    """The same workflow after a change that its kept history does not bear."""

    @workflow.run
    async def run(self, order: Order) -> Receipt:
        await workflow.sleep(60)
        return Receipt(tenant_id=order.tenant_id, total=0)

    @workflow.signal
    def pay(self) -> None:
        """Nothing to do any more."""


def _order() -> Order:
    return Order(tenant_id=uuid4(), placed_at=datetime.now(UTC), quantity=7)


async def test_payloads_are_readable_json_and_come_back_typed() -> None:
    order = _order()
    payloads = await data_converter.encode([order, None, b"raw", 3, "text"])
    assert payloads[0].metadata["encoding"] == b"json/plain"
    assert msgspec.json.decode(payloads[0].data)["tenant_id"] == str(order.tenant_id)
    back = await data_converter.decode(payloads, [Order, type(None), bytes, int, str])
    assert back == [order, None, b"raw", 3, "text"]


async def test_a_payload_of_another_shape_is_refused() -> None:
    payloads = await data_converter.encode([{"tenant_id": "no id"}])
    with pytest.raises(msgspec.ValidationError):
        await data_converter.decode(payloads, [Order])


async def test_no_server_is_said_within_the_deadline() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    connection = TemporalConnection(
        TemporalSettings(temporal_address=address, temporal_connect_timeout=1)
    )
    with pytest.raises(TemporalAway):
        await connection.client()
    assert not await connection.healthy()
    async with WorkflowWorker(
        connection, task_queue="nobody", workflows=[Purchase], activities=[price]
    ) as worker:
        assert not worker.ready


async def test_a_workflow_runs_and_its_history_replays(temporal: str, tmp_path: Path) -> None:
    queue = f"test-{uuid4()}"
    connection = TemporalConnection(TemporalSettings(temporal_address=temporal))
    order = _order()
    path = tmp_path / "purchase.json"
    async with WorkflowWorker(
        connection,
        task_queue=queue,
        workflows=[Purchase],
        activities=[price],
        passthrough=[__name__],
    ) as worker:
        await eventually(lambda: worker.ready)
        client = await connection.client()
        handle = await client.start_workflow(
            Purchase.run, order, id=queue, task_queue=queue, rpc_timeout=connection.rpc_timeout
        )
        await handle.signal(Purchase.pay)
        assert await handle.result() == Receipt(tenant_id=order.tenant_id, total=21)
        await keep(handle, path)
    assert not worker.ready
    await replay(path, [Purchase], [__name__])
    with pytest.raises(workflow.NondeterminismError):
        await replay(path, [ChangedPurchase], [__name__])


async def test_a_worker_waits_for_a_server_and_survives_its_loss(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    connection = TemporalConnection(
        TemporalSettings(
            temporal_address=f"127.0.0.1:{port}",
            temporal_connect_timeout=2,
            temporal_rpc_timeout=2,
        )
    )
    queue = f"test-{uuid4()}"
    order = _order()
    async with WorkflowWorker(
        connection,
        task_queue=queue,
        workflows=[Purchase],
        activities=[price],
        passthrough=[__name__],
    ) as worker:
        assert not worker.ready
        async with _dev_server(port, tmp_path):
            await eventually(lambda: worker.ready, timeout=20)
            client = await connection.client()
            await client.start_workflow(Purchase.run, order, id=queue, task_queue=queue)
        await eventually(lambda: not worker.ready, timeout=20)
        async with _dev_server(port, tmp_path):
            await eventually(lambda: worker.ready, timeout=20)
            handle = client.get_workflow_handle_for(Purchase.run, queue)
            await handle.signal(Purchase.pay)
            assert (await handle.result()).total == 21


@contextlib.asynccontextmanager
async def _dev_server(port: int, folder: Path) -> AsyncIterator[None]:
    """The real server on a port of our own; leaving kills it, its state stays in the folder."""
    program = Path(sys.executable).with_name("temporal")
    process = await asyncio.create_subprocess_exec(
        *(program, "server", "start-dev", "--headless", "--log-level", "error"),
        *("--ip", "127.0.0.1", "--port", str(port), "--db-filename", str(folder / "temporal.db")),
        env={"HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()
