"""What an operator does: events that failed (look, replay, drop), history, the number of lanes.

Parked events lie in the consumer's own database (`deferred`), what could not even be decoded in
the dead-letter queue beside its queue. A thin front: the rules are platform_bus's.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

import aiohttp
import msgspec

from platform_bus import BusSettings, deferral, state
from platform_bus.dead_letters import DeadLetter, list_dead, replay_dead
from platform_bus.event_log import Wanted, replay
from platform_bus.lane_change import NotDrained, change_lanes
from platform_bus.one_queue import QueueRefused, QueueUnknown
from platform_devstack.errors import StackError
from platform_devstack.provision import service_database
from platform_devstack.services import DATABASE, WITH_DATABASE, Surroundings
from platform_postgres import Database, PostgresSettings

_DEAD = ".dlq"


class DeadQueue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that has dead letters."""

    queue: str
    messages: int


def services_named(name: str | None) -> Sequence[str]:
    """One service, or all that have a database."""
    return WITH_DATABASE if name is None else (name,)


async def parked(
    around: Surroundings, service: str, *, consumer: str | None, waiting: bool, limit: int
) -> list[deferral.Kept]:
    """What a service has kept, oldest first; with `waiting` also what it will retry by itself."""
    database = _database(around, service)
    try:
        async with database.system() as tx:
            return await deferral.list_kept(tx, consumer=consumer, parked=not waiting, limit=limit)
    finally:
        await database.close()


async def replay_parked(
    around: Surroundings, service: str, *, consumer: str | None, event_ids: list[UUID] | None
) -> int:
    """Let a service handle parked events again; returns how many."""
    database = _database(around, service)
    try:
        async with database.system() as tx:
            return await deferral.replay(tx, consumer=consumer, event_ids=event_ids)
    finally:
        await database.close()


async def drop_parked(
    around: Surroundings, service: str, *, consumer: str, event_ids: list[UUID]
) -> int:
    """Remove parked events for good; returns how many."""
    database = _database(around, service)
    try:
        async with database.system() as tx:
            return await deferral.drop(tx, consumer=consumer, event_ids=event_ids)
    finally:
        await database.close()


async def dead_queues(around: Surroundings) -> list[DeadQueue]:
    """Every queue with dead letters, by the management API.

    Raises:
        StackError: the broker's management API is not known or does not answer.
    """
    address = urlsplit(around.endpoints.amqp_management_url)
    if not address.hostname:
        raise StackError(
            "rabbitmq", "its management API is not known (VENTROS_AMQP_MANAGEMENT_URL)"
        )
    vhost = unquote(urlsplit(around.endpoints.amqp_url).path.removeprefix("/")) or "/"
    url = (
        f"{address.scheme}://{address.hostname}:{address.port}/api/queues/"
        f"{quote(vhost, safe='')}?columns=name,messages"
    )
    login = aiohttp.encode_basic_auth(address.username or "", address.password or "")
    try:
        async with (
            aiohttp.ClientSession(
                headers={"Authorization": login}, timeout=aiohttp.ClientTimeout(total=10)
            ) as session,
            session.get(url, raise_for_status=True) as answer,
        ):
            listed = msgspec.json.decode(await answer.read(), type=list[_Queue])
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StackError("rabbitmq", f"its management API does not answer: {error}") from error
    return [
        DeadQueue(queue=one.name.removesuffix(_DEAD), messages=one.messages)
        for one in listed
        if one.name.endswith(_DEAD) and one.messages
    ]


async def dead_letters(around: Surroundings, queue: str, limit: int) -> list[DeadLetter]:
    """Look at the dead letters of one queue; they stay there."""
    return await list_dead(BusSettings(amqp_url=around.endpoints.amqp_url), queue, limit)


async def replay_dead_letters(around: Surroundings, queue: str) -> int:
    """Put the dead letters of a queue back into it; returns how many."""
    return await replay_dead(BusSettings(amqp_url=around.endpoints.amqp_url), queue)


async def replay_events(
    around: Surroundings, queue: str, wanted: Wanted, say: Callable[[str], None]
) -> int:
    """Send what all services published, as far as it is wanted, to one queue; returns how many.

    Raises:
        StackError: there is no such queue (nothing was sent), or it took no more.
    """
    settings = BusSettings(amqp_url=around.endpoints.amqp_url)
    async with AsyncExitStack() as stack:
        databases = [_database(around, service) for service in WITH_DATABASE]
        for database in databases:
            stack.push_async_callback(database.close)
        try:
            return await replay(databases, settings, queue, wanted, say=say)
        except (QueueUnknown, QueueRefused) as error:
            raise StackError("events", str(error)) from error


async def lanes(around: Surroundings) -> dict[str, int]:
    """The number of lanes of each service; they differ only while a change is under way.

    Raises:
        StackError: a service has never run, so that its number is not known.
    """
    found: dict[str, int] = {}
    for service in WITH_DATABASE:
        database = _database(around, service)
        try:
            async with database.system() as tx:
                found[service] = (await state.read(tx)).lanes
        except LookupError as error:
            raise StackError(service, str(error)) from error
        finally:
            await database.close()
    return found


async def set_lanes(around: Surroundings, number: int, say: Callable[[str], None]) -> None:
    """Change the number of lanes while messages flow.

    Raises:
        StackError: a service has never run, or the lanes did not run empty in time; everything goes
            on as before.
    """
    await lanes(around)
    settings = BusSettings(amqp_url=around.endpoints.amqp_url)
    async with AsyncExitStack() as stack:
        databases = [_database(around, service) for service in WITH_DATABASE]
        for database in databases:
            stack.push_async_callback(database.close)
        try:
            await change_lanes(databases, settings, number, say=say)
        except NotDrained as error:
            raise StackError("lanes", f"did not run empty: {error}; nothing was changed") from error


class _Queue(msgspec.Struct):
    name: str
    messages: int = 0


def _database(around: Surroundings, service: str) -> Database:
    urls = service_database(
        around.endpoints.postgres_admin_url, DATABASE, service, around.secrets.get
    )
    settings = PostgresSettings(
        database_app_url=urls.app_url,
        database_relay_url=urls.relay_url,
        database_system_url=urls.system_url,
        database_pool_size=1,
    )
    return Database(settings, service=service)
