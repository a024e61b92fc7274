"""Wires what imports history: the workflows, what begins them, the net under them."""

import msgspec

from platform_bus import Bell, Consumer
from platform_crypto import Vault
from platform_http.process import Part
from platform_outbound import Outbound
from platform_postgres import Database
from platform_workflows import TemporalConnection, WorkflowWorker
from ventros_channels.adapters import Adapters
from ventros_channels.history.work import Historian
from ventros_channels.settings import Settings
from ventros_channels.workflows.activities import HistoryActivities
from ventros_channels.workflows.contract import TASK_QUEUE
from ventros_channels.workflows.importers import Importers, importing, net
from ventros_channels.workflows.workflows import ImportHistory


class Importing(msgspec.Struct, frozen=True):
    """`consumer` begins imports; `parts` do them."""

    consumer: Consumer
    parts: list[Part]


def make_importing(
    settings: Settings,
    database: Database,
    vault: Vault,
    adapters: Adapters,
    calls: Outbound,
    bell: Bell,
) -> Importing:
    """Nothing is opened before a part starts."""
    connection = TemporalConnection(settings.temporal)
    queue = settings.temporal.temporal_task_queue or TASK_QUEUE
    importers = Importers(connection, queue)
    per_second = settings.history_messages_per_second
    historian = Historian(database, vault, adapters, calls, bell, per_second=per_second)
    return Importing(
        importing(importers),
        [make_worker(connection, historian, task_queue=queue), net(database, importers)],
    )


def make_worker(
    connection: TemporalConnection, historian: Historian, *, task_queue: str
) -> WorkflowWorker:
    """The worker that imports. Webhooks are taken whether or not Temporal is there."""
    activities = HistoryActivities(historian)
    return WorkflowWorker(
        connection,
        task_queue=task_queue,
        workflows=[ImportHistory],
        activities=[activities.begin, activities.carry_on, activities.end],
        passthrough=["ventros_channels.workflows.contract"],
        vital=False,
    )
