"""A service's HTTP side in this process, on a real database with something in it.

What is in it came the way it always comes: from the examples of the events that the service
consumes, or, for what owns its data, from its own seed.
"""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from platform_auth.keys import read_private_key
from platform_auth.testing import InternalTokens
from platform_bus import Bell, Consumer, RelayPart
from platform_bus.processing import Processor
from platform_core import settings as core_settings
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_devstack.provision import ServiceDatabase
from platform_http.serve import ROLES, Roles
from platform_http.server import HttpServer
from platform_postgres import Database, PostgresSettings
from platform_testkit import eventually
from proto_events import envelope as frame
from proto_events.examples import envelope_of, example_of, world
from proto_events.provider_facts import MessageRef

PEOPLE: Final = 6
"""How many people write, each in a conversation of their own."""

EMAIL: Final = "ana@aurora.example"
PASSWORD: Final = "a password for the tests"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A service that can be asked. `known` has ids of what is in it, by their usual names; `caller`
    is whose they are."""

    app: Any
    caller: "Caller"
    token: Callable[[], str]
    known: Mapping[str, Sequence[str]]


@contextlib.asynccontextmanager
async def running(
    service: str, database: ServiceDatabase, environ: Mapping[str, str]
) -> AsyncIterator[Running]:
    """The HTTP side of `service` on `database`, without its relay; see `applications`."""
    wiring = importlib.import_module(f"ventros_{service}.app")
    kind = importlib.import_module(f"ventros_{service}.settings").Settings
    settings = core_settings.load(kind, {**environ, **_addresses(database)})
    process = await wiring.build(settings, Roles(api=True, worker=False, workflows=False))
    parts = [part for part in process.parts if not isinstance(part, RelayPart)]
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(process.close)
        for part in parts:
            await part.start()
            stack.push_async_callback(part.stop)
        known, caller = await _fill(service, settings.postgres)
        key = read_private_key(Path(environ["VENTROS_INTERNAL_TOKEN_PRIVATE_KEY"]))
        tokens = InternalTokens(key)
        yield Running(
            app=process.app,
            caller=caller,
            token=lambda: tokens.mint(caller[0], caller[1], subject=caller[2]),
            known=known,
        )


@contextlib.asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The address of an application that listens."""
    server = HttpServer(app, host="127.0.0.1", port=0, drain_timeout=5)
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def gateway(environ: Mapping[str, str]) -> AsyncIterator[Any]:
    """The gateway before the services whose addresses these settings have."""
    from ventros_gateway.app import build  # noqa: PLC0415
    from ventros_gateway.settings import Settings  # noqa: PLC0415

    process = await build(core_settings.load(Settings, environ), ROLES["all"])
    async with contextlib.AsyncExitStack() as stack:
        for part in process.parts:
            await part.start()
            stack.push_async_callback(part.stop)

        def ready() -> bool:
            assert [part.name for part in process.parts if not part.ready] == []
            return True

        await eventually(ready, timeout=30)
        yield process.app


Caller = tuple[UUID, UUID, UUID | None]
"""Tenant, project, user."""


async def _fill(
    service: str, settings: PostgresSettings
) -> tuple[dict[str, Sequence[str]], Caller]:
    database = Database(settings, service=service)
    try:
        if service == "identity":
            return await _found_company(database)
        await _tell(database, _consumers(service))
        return await _ids(database, service), (world.TENANT, world.PROJECT, None)
    finally:
        await database.close()


async def _found_company(database: Database) -> tuple[dict[str, Sequence[str]], Caller]:
    from ventros_identity.commands.passwords import Passwords  # noqa: PLC0415
    from ventros_identity.seed import Seed, seed  # noqa: PLC0415

    passwords = Passwords()
    try:
        made = await seed(
            database,
            passwords,
            Seed(
                tenant_name="Móveis Aurora",
                project_name="Loja",
                email=EMAIL,
                password=PASSWORD,
            ),
        )
    finally:
        passwords.close()
    known: dict[str, Sequence[str]] = {
        "project_id": [str(made.project_id)],
        "api_key_id": [await _api_key(database, made)],
        "user_id": [str(made.user_id)],
        "email": [EMAIL],
        "password": [PASSWORD],
    }
    return known, (made.tenant_id, made.project_id, made.user_id)


async def _api_key(database: Database, made: Any) -> str:
    from ventros_identity.commands.api_keys import CreateApiKey, create_api_key  # noqa: PLC0415

    wanted = CreateApiKey(
        tenant_id=made.tenant_id,
        project_id=made.project_id,
        name="Shop system",
        scopes=["contact:read"],
        life=None,
        by=made.user_id,
        may=frozenset({"contact:read"}),
    )
    async with database.tenant(made.tenant_id) as tx:
        key, _ = await create_api_key(tx, wanted)
    return str(key.id)


async def _tell(database: Database, consumers: Sequence[Consumer]) -> None:
    """Every event that the consumers read, once for each person, as if it were now."""
    refused: list[str] = []

    async def refuse(_: bytes, reason: str) -> None:
        refused.append(reason)

    for consumer in consumers:
        processor = Processor(
            database,
            consumer,
            Bell(),
            dead_letter=refuse,
            attempts=1,
            stop=asyncio.Event(),
        )
        for type_name in consumer.types:
            told = [_told(type_name, person) for person in range(PEOPLE)]
            await processor.handle([frame.join([frame.encode(one) for one in told])])
    if refused:
        raise ValueError(f"examples that nobody could read: {refused}")


def _told(type_name: str, person: int) -> frame.Envelope:
    """The example, about another person for each number but the first."""
    data: Any = example_of(type_name)
    message = getattr(data, "message", None)
    number = f"{person:02}"
    if isinstance(message, MessageRef):
        named = msgspec.structs.replace(message, stanza=f"{message.stanza}{number}")
        data = msgspec.structs.replace(data, message=named)
    elif message is not None:
        now = utc_now()
        changes: dict[str, Any] = {
            "message": msgspec.structs.replace(
                message,
                id=new_id(),
                provider_message_id=f"{message.provider_message_id}{number}",
                stanza=f"{message.stanza}{number}",
                occurred_at=now,
                received_at=now,
                chat=f"{number}{message.chat}",
                party=[
                    msgspec.structs.replace(one, value=f"{one.value[:-2]}{number}")
                    if one.kind == "phone"
                    else msgspec.structs.replace(one, value=f"{number}{one.value}")
                    for one in message.party
                ],
            )
        }
        if person and hasattr(data, "contact_id"):
            contact_id = new_id()
            changes |= {"contact_id": contact_id, "root_id": contact_id, "aliases": []}
        if person and hasattr(data, "session_id"):
            changes["session_id"] = new_id()
        data = msgspec.structs.replace(data, **changes)
    envelope = envelope_of(type_name)
    return msgspec.structs.replace(
        envelope, id=new_id(), data=msgspec.Raw(msgspec.json.encode(data))
    )


def _consumers(service: str) -> Sequence[Consumer]:
    if service == "channels":
        return ()  # Its channels are made by their owners, in the API.
    found: Sequence[Consumer] = importlib.import_module(
        f"ventros_{service}.events.subscribe"
    ).CONSUMERS
    return found


_VALUES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    # A pattern says less of an address than whoever calls it wants to know.
    "channels": {"base_url": ["http://waha.example:3000", "https://waha.example/api"]},
}
_IDS: Final[Mapping[str, Mapping[str, str]]] = {
    "contacts": {"contact_id": "SELECT id FROM contact"},
    "sessions": {
        "session_id": "SELECT id FROM session",
        "contact_id": "SELECT contact_id AS id FROM session",
        "channel_id": "SELECT channel_id AS id FROM session",
    },
    "messaging": {
        "message_id": "SELECT id FROM message",
        "session_id": "SELECT session_id AS id FROM message",
        "contact_id": "SELECT contact_id AS id FROM message",
        "chat_id": "SELECT id FROM chat",
        "channel_id": "SELECT channel_id AS id FROM chat",
    },
}


async def _ids(database: Database, service: str) -> dict[str, Sequence[str]]:
    """What the service made of what it was told.

    Raises:
        ValueError: it made nothing, so there would be nothing to read.
    """
    known: dict[str, Sequence[str]] = dict(_VALUES.get(service, {}))
    async with database.tenant(world.TENANT) as tx:
        for name, query in _IDS.get(service, {}).items():
            rows = await tx.fetch(query)
            known[name] = sorted({str(row["id"]) for row in rows if row["id"] is not None})
            if not known[name]:
                raise ValueError(f"{service} made nothing of the examples: no {name}")
    if "contact_id" in known:
        known["contact_ids"] = known["contact_id"]
    return known


def _addresses(database: ServiceDatabase) -> Mapping[str, str]:
    return {
        "VENTROS_DATABASE_APP_URL": database.app_url,
        "VENTROS_DATABASE_RELAY_URL": database.relay_url,
        "VENTROS_DATABASE_SYSTEM_URL": database.system_url,
    }
