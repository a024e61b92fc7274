"""The only place that wires channels together."""

from pathlib import Path
from typing import Final

import msgspec
from litestar import Litestar
from litestar.di import Provide

import platform_bus
import platform_http
from platform_auth.internal import InternalTokenVerifier
from platform_auth.keys import read_public_keys
from platform_bus import Bell, ConsumersPart, RelayPart
from platform_crypto import KeyRing, Vault
from platform_http import Health, create_app
from platform_http.process import Part, Process
from platform_http.serve import Roles
from platform_outbound import Outbound
from platform_postgres import Database
from platform_storage import Storage
from ventros_channels.actions.loop import ActionsPart
from ventros_channels.actions.subscribe import ACTIONS
from ventros_channels.adapters import actors, adapters, file_sources
from ventros_channels.connections.acts import Acts
from ventros_channels.delivery.loop import DeliveryPart
from ventros_channels.delivery.subscribe import SENDING
from ventros_channels.events.subscribe import consumers
from ventros_channels.http.channels import Channels, Sealing
from ventros_channels.http.connections import Connections
from ventros_channels.http.gaps import Gaps
from ventros_channels.http.history_imports import HistoryImports
from ventros_channels.http.ingress import Ingress
from ventros_channels.http.look_ups import LookUpRoutes
from ventros_channels.http.pairing import Pairing
from ventros_channels.http.templates import TemplateRoutes
from ventros_channels.http.webhooks import handshake_route, webhook_route
from ventros_channels.importing import make_importing
from ventros_channels.media.fetch import Fetching
from ventros_channels.media.loop import FilesPart
from ventros_channels.pictures.loop import PicturesPart
from ventros_channels.pictures.subscribe import CONSUMERS as PICTURES
from ventros_channels.reconcile import Reconciler
from ventros_channels.retention import RetentionPart
from ventros_channels.settings import Settings
from ventros_channels.templates.authoring import Authoring
from ventros_channels.templates.listing import Listing
from ventros_channels.templates.loop import TemplatesPart
from ventros_channels.watch.loop import WatchPart

SERVICE: Final = "channels"
MIGRATIONS: Final = (
    platform_bus.MIGRATIONS,
    platform_http.MIGRATIONS,
    Path(__file__).resolve().parents[2] / "migrations",
)
"""The tables of the bus and of the edge, then our own."""

_KEPT_SECONDS: Final = 2.0
"""How long a connection waits for the next call: WAHA's server closes what was idle for five."""


async def build(settings: Settings, roles: Roles) -> Process:
    """The process for these roles. All of them write, so all of them run the relay."""
    database = Database(settings.postgres, service=SERVICE)
    vault = Vault(KeyRing.from_file(settings.credential_keys))
    verifier = InternalTokenVerifier(read_public_keys(settings.http.internal_token_public_key))
    bell = Bell()
    health = Health()
    parts: list[Part] = [RelayPart(database, settings.bus, bell)]
    calls = Outbound(
        allow=settings.callable_networks, timeout=settings.provider_timeout, keep=_KEPT_SECONDS
    )
    providers = adapters(calls)
    importing = make_importing(settings, database, vault, providers, calls, bell)
    if roles.workflows:
        parts += importing.parts
    if roles.worker:
        asked = Bell()
        sending = msgspec.structs.replace(SENDING, rings=asked)
        heard = [*consumers(), importing.consumer, sending, ACTIONS, *PICTURES]
        parts.append(ConsumersPart(database, settings.bus, bell, heard))
        storage = Storage(settings.storage)
        parts.append(DeliveryPart(database, vault, providers, bell, storage, asked))
        parts.append(ActionsPart(database, vault, actors(calls), bell))
        parts.append(PicturesPart(database, vault, providers, bell))
        parts.append(TemplatesPart(database, Listing(database, bell, vault, providers)))
        fetching = Fetching(
            database,
            vault,
            file_sources(calls),
            storage,
            limit=settings.media_max_bytes,
        )
        parts.append(FilesPart(database, fetching, bell))
        parts.append(RetentionPart(database, settings.keep))
        if settings.watch_interval_seconds:
            parts.append(
                WatchPart(
                    database,
                    Reconciler(database, vault, calls, bell),
                    bell,
                    interval=settings.watch_interval_seconds,
                    patience=settings.patience,
                )
            )

    async def close() -> None:
        for provider in providers.values():
            await provider.close()
        await database.close()

    if not roles.api:
        app = create_app(SERVICE, [], auth=verifier, db=database, health=health)
        return Process(app, health, parts, close=close)
    ingress = Ingress(database, vault, bell)
    acts = Acts(database, bell, vault, providers, settings.public_url)
    app = make_app(settings, database, vault, verifier, ingress, bell, acts, health)
    return Process(app, health, [*parts, *ingress.parts], close=close)


def make_app(
    settings: Settings,
    database: Database,
    vault: Vault,
    verifier: InternalTokenVerifier,
    ingress: Ingress,
    bell: Bell,
    acts: Acts,
    health: Health | None = None,
) -> Litestar:
    """The HTTP side. The loops of `ingress` run beside it."""
    sealing = Sealing(vault, settings.public_url)
    listing = Listing(database, bell, vault, acts.adapters)
    authoring = Authoring(database, vault, acts.adapters, Storage(settings.storage))
    return create_app(
        SERVICE,
        [
            Channels,
            Connections,
            Pairing,
            LookUpRoutes,
            TemplateRoutes,
            HistoryImports,
            Gaps,
            webhook_route(ingress, settings.webhook_max_bytes),
            handshake_route(ingress),
        ],
        auth=verifier,
        db=database,
        bell=bell,
        health=health,
        dependencies={
            "sealing": Provide(lambda: sealing, sync_to_thread=False),
            "acts": Provide(lambda: acts, sync_to_thread=False),
            "listing": Provide(lambda: listing, sync_to_thread=False),
            "authoring": Provide(lambda: authoring, sync_to_thread=False),
        },
    )
