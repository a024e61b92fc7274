"""Wires what puts files into words: the provider, the workflows, the net under them."""

from collections.abc import Awaitable, Callable

import msgspec

from platform_bus import Bell, Consumer
from platform_http.process import Part
from platform_outbound import Outbound
from platform_postgres import Database
from platform_storage import Storage
from platform_workflows import TemporalConnection, WorkflowWorker
from ventros_messaging.ai.openai_compatible import OpenAiCompatible
from ventros_messaging.settings import Settings
from ventros_messaging.workflows.activities import EnrichmentActivities
from ventros_messaging.workflows.contract import TASK_QUEUE
from ventros_messaging.workflows.readers import Readers, reading
from ventros_messaging.workflows.sweep import EnrichmentSweep
from ventros_messaging.workflows.workflows import EnrichMessage


class Enriching(msgspec.Struct, frozen=True):
    """`consumer` has files read; `parts` read them."""

    consumer: Consumer
    parts: list[Part]
    close: Callable[[], Awaitable[None]]


def make_enriching(settings: Settings, database: Database, bell: Bell) -> Enriching:
    """Nothing is opened before a part starts. Raises `SettingsError`."""
    outbound = Outbound(
        allow=settings.ai.networks(settings.outbound), timeout=settings.ai.ai_timeout
    )
    provider = OpenAiCompatible(settings.ai, outbound) if settings.ai.ai_base_url else None
    connection = TemporalConnection(settings.temporal)
    queue = settings.temporal.temporal_task_queue or TASK_QUEUE
    readers = Readers(connection, queue)
    activities = EnrichmentActivities(
        database, bell, Storage(settings.storage), provider, settings.ai
    )
    return Enriching(
        reading(readers),
        [
            make_worker(connection, activities, task_queue=queue),
            EnrichmentSweep(database, readers, bell),
        ],
        outbound.close,
    )


def make_worker(
    connection: TemporalConnection, activities: EnrichmentActivities, *, task_queue: str
) -> WorkflowWorker:
    """The worker that puts files into words."""
    return WorkflowWorker(
        connection,
        task_queue=task_queue,
        workflows=[EnrichMessage],
        activities=[activities.enrich, activities.give_up],
        passthrough=["ventros_messaging.workflows.contract"],
    )
