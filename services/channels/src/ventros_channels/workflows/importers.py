"""Start the workflows of imports: when one is asked for, and when nobody works on one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from platform_bus import Consumer, Received
from platform_core.errors import Unavailable
from platform_postgres import Database, is_transient
from platform_workflows import Net, TemporalAway, TemporalConnection, is_away
from proto_events.channels import ChannelHistoryImportRequested
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_channels.store import history_imports
from ventros_channels.workflows.contract import TASK_QUEUE, Order, workflow_id
from ventros_channels.workflows.workflows import ImportHistory

QUIET: Final = timedelta(minutes=5)
"""Longer than any stretch of work goes on without a word in the database."""

_BATCH: Final = 50


class Importers:
    """One workflow for each import. Every call may be repeated."""

    def __init__(self, connection: TemporalConnection, task_queue: str = TASK_QUEUE) -> None:
        self._connection = connection
        self._task_queue = task_queue

    async def start(self, tenant_id: UUID, import_id: UUID) -> None:
        """Have it worked on; one that is worked on is left alone. Raises `TemporalAway`."""
        client = await self._connection.client()
        try:
            await client.start_workflow(
                ImportHistory.run,
                Order(tenant_id=tenant_id, import_id=import_id),
                id=workflow_id(import_id),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                rpc_timeout=self._connection.rpc_timeout,
            )
        except RPCError as error:
            if is_away(error):
                raise TemporalAway("Temporal does not answer.") from error
            raise


def importing(importers: Importers) -> Consumer:
    """The consumer that begins an import as soon as it is asked for."""

    async def call(events: Sequence[Received[ChannelHistoryImportRequested]]) -> None:
        """Raises `TemporalAway`: deferred with a back-off."""
        for received in events:
            await importers.start(received.envelope.tenant_id, received.data.correlation_id)

    return Consumer(
        name="channels.importing",
        types={"channel.history_import.requested.v1": ChannelHistoryImportRequested},
        call=call,
        exchange=DOMAIN_EXCHANGE,
    )


def net(database: Database, importers: Importers) -> Net:
    """An import that nobody works on is given to somebody again: Temporal lost its data, or
    somebody ended a workflow by hand."""
    return Net("import-net", lambda: restart(database, importers), _passes)


async def restart(database: Database, importers: Importers, quiet: timedelta = QUIET) -> int:
    """Look once; how many nobody worked on."""
    async with database.system() as tx:
        found = await history_imports.left(tx, quiet, _BATCH)
    for each in found:
        await importers.start(each.tenant_id, each.id)
    return len(found)


def _passes(error: Exception) -> bool:
    return isinstance(error, Unavailable) or is_transient(error)
