"""The only place that wires sessions together."""

from pathlib import Path
from typing import Final

from litestar import Litestar

import platform_bus
import platform_http
from platform_auth.internal import InternalTokenVerifier
from platform_auth.keys import read_public_keys
from platform_bus import Bell, ConsumersPart, RelayPart
from platform_http import Health, create_app
from platform_http.process import Part, Process
from platform_http.serve import Roles
from platform_postgres import Database
from platform_workflows import TemporalConnection, WorkflowWorker
from ventros_sessions.events.subscribe import CONSUMERS
from ventros_sessions.http.sessions import CONTROLLERS
from ventros_sessions.settings import Settings
from ventros_sessions.workflows.activities import SessionActivities
from ventros_sessions.workflows.contract import TASK_QUEUE
from ventros_sessions.workflows.subscribe import lifecycle
from ventros_sessions.workflows.sweep import Sweep
from ventros_sessions.workflows.timers import Timers
from ventros_sessions.workflows.workflows import SessionLifecycle

SERVICE: Final = "sessions"
MIGRATIONS: Final = (
    platform_bus.MIGRATIONS,
    platform_http.MIGRATIONS,
    Path(__file__).resolve().parents[2] / "migrations",
)
"""The tables of the bus and of the edge, then our own."""


async def build(settings: Settings, roles: Roles) -> Process:
    """The process for these roles. All of them write, so all of them run the relay."""
    database = Database(settings.postgres, service=SERVICE)
    verifier = InternalTokenVerifier(read_public_keys(settings.http.internal_token_public_key))
    health = Health()
    bell = Bell()
    app = make_app(database, verifier, bell=bell, health=health, api=roles.api)
    connection = TemporalConnection(settings.temporal)
    queue = settings.temporal.temporal_task_queue or TASK_QUEUE
    timers = Timers(connection, queue)
    parts: list[Part] = [RelayPart(database, settings.bus, bell)]
    if roles.workflows:
        parts += [
            make_worker(connection, database, bell, task_queue=queue),
            Sweep(database, timers, settings.sweep),
        ]
    if roles.worker:
        consumers = [*CONSUMERS, lifecycle(timers)]
        parts.append(ConsumersPart(database, settings.bus, bell, consumers))
    return Process(app, health, parts, close=database.close)


def make_app(
    database: Database,
    verifier: InternalTokenVerifier,
    *,
    bell: Bell | None = None,
    health: Health | None = None,
    api: bool = True,
) -> Litestar:
    """The HTTP side; without `api` only health and metrics."""
    return create_app(
        SERVICE, CONTROLLERS if api else (), auth=verifier, db=database, bell=bell, health=health
    )


def make_worker(
    connection: TemporalConnection,
    database: Database,
    bell: Bell,
    *,
    task_queue: str = TASK_QUEUE,
) -> WorkflowWorker:
    """The worker that runs the timers."""
    activities = SessionActivities(database, bell)
    return WorkflowWorker(
        connection,
        task_queue=task_queue,
        workflows=[SessionLifecycle],
        activities=[activities.end_if_idle],
        passthrough=["ventros_sessions.workflows.contract"],
    )
