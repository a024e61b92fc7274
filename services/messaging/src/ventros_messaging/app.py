"""The only place that wires messaging together."""

from pathlib import Path
from typing import Final

from litestar import Litestar
from litestar.di import Provide

import platform_bus
import platform_http
from platform_auth.internal import InternalTokenVerifier
from platform_auth.keys import read_public_keys
from platform_bus import Bell, ConsumersPart, RelayPart
from platform_http import Health, create_app
from platform_http.process import Part, Process
from platform_http.serve import Roles
from platform_postgres import Database
from platform_storage import Links, Storage
from ventros_messaging.enriching import make_enriching
from ventros_messaging.events.subscribe import CONSUMERS
from ventros_messaging.grouping import Grouper
from ventros_messaging.http import (
    actions,
    chat_actions,
    chat_messages,
    chats,
    messages,
    send_extras,
)
from ventros_messaging.http.enrichments import CONTROLLERS as ENRICHMENTS
from ventros_messaging.http.files import FILES, Files
from ventros_messaging.http.message_groups import CONTROLLERS as GROUPS
from ventros_messaging.http.send import SENDING
from ventros_messaging.http.templates import TEMPLATES
from ventros_messaging.http.uploads import UPLOADS
from ventros_messaging.indexing import Indexer
from ventros_messaging.settings import Settings
from ventros_messaging.sweep import Sweep

SERVICE: Final = "messaging"
MIGRATIONS: Final = (
    platform_bus.MIGRATIONS,
    platform_http.MIGRATIONS,
    Path(__file__).resolve().parents[2] / "migrations",
)
"""The tables of the bus and of the edge, then our own."""


async def build(settings: Settings, roles: Roles) -> Process:
    """The process for these roles; both write, so both run a relay."""
    database = Database(settings.postgres, service=SERVICE)
    verifier = InternalTokenVerifier(read_public_keys(settings.http.internal_token_public_key))
    health = Health()
    bell = Bell()
    links = Links(settings.file_link_key.read_bytes())
    storage = Storage(settings.storage)
    files = Files(
        database,
        storage,
        links,
        max_bytes=settings.file_max_bytes,
        public_url=settings.public_url,
    )
    app = make_app(database, verifier, files, health=health, bell=bell, api=roles.api)
    enriching = make_enriching(settings, database, bell)
    parts: list[Part] = [RelayPart(database, settings.bus, bell)]
    if roles.workflows:
        parts += enriching.parts
    if roles.worker:
        parts += [
            ConsumersPart(database, settings.bus, bell, [*CONSUMERS, enriching.consumer]),
            Sweep(database),
            Indexer(database),
            Grouper(database, bell),
        ]

    async def close() -> None:
        await enriching.close()
        await database.close()

    return Process(app, health, parts, close=close)


def make_app(
    database: Database,
    verifier: InternalTokenVerifier,
    files: Files,
    *,
    health: Health | None = None,
    bell: Bell | None = None,
    api: bool = True,
) -> Litestar:
    """The HTTP side; without `api` only health and metrics."""
    controllers = (
        *messages.CONTROLLERS,
        *chats.CONTROLLERS,
        *chat_messages.CONTROLLERS,
        *actions.CONTROLLERS,
        *chat_actions.CONTROLLERS,
        *send_extras.CONTROLLERS,
        *SENDING,
        *TEMPLATES,
    )
    return create_app(
        SERVICE,
        (*controllers, *ENRICHMENTS, *GROUPS, *FILES, *UPLOADS) if api else (),
        auth=verifier,
        db=database,
        bell=bell,
        health=health,
        dependencies={"files": Provide(lambda: files, sync_to_thread=False)},
    )
