"""Commands of an operator: tell raw events again, fetch what never came, look at dead letters,
rotate the key ring."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from platform_bus import Bell, BusSettings
from platform_bus.dead_letters import list_dead, replay_dead
from platform_core import settings as core_settings
from platform_core.clock import utc_now
from platform_core.errors import DomainError
from platform_crypto import KeyRing, Vault
from platform_http.serve import run
from platform_outbound import Outbound, OutboundSettings, read_networks
from platform_postgres import Database, PostgresSettings
from ventros_channels.commands.rewrap_credentials import rewrap_credentials
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.waha.events import KNOWN_EVENTS
from ventros_channels.events.raw_types import RAW_KINDS
from ventros_channels.events.replay import replay
from ventros_channels.reconcile import Reconciler
from ventros_channels.store.raw_events import Wanted
from ventros_channels.watch.by_hand import reconcile

_SLACK = timedelta(seconds=5)
_QUEUES = {
    **{event: RAW_KINDS["waha"].type_of(event) for event in (*sorted(KNOWN_EVENTS), "unknown")},
    **{queue: queue for queue in RAW_KINDS["whatsapp_cloud"].queues},
}
"""Queues of raw events by what an operator calls them: WAHA's by their events, others in full."""


class _DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    postgres: PostgresSettings


class _BusOnly(msgspec.Struct, frozen=True, kw_only=True):
    bus: BusSettings


class _CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    postgres: PostgresSettings
    outbound: OutboundSettings = msgspec.field(default_factory=OutboundSettings)
    credential_keys: Path
    waha_networks: str = ""
    provider_timeout: float = 25.0


class _KeySettings(msgspec.Struct, frozen=True, kw_only=True):
    postgres: PostgresSettings
    credential_keys: Path


def replay_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`replay --since … [--until …] [--channel …] [--event …] [--id …]`: raw events, again."""
    parser = argparse.ArgumentParser(prog="ventros_channels replay", description=__doc__)
    parser.add_argument("--since", type=_moment, help="received at or after (RFC 3339 with zone)")
    parser.add_argument("--until", type=_moment, help="received before; now if left out")
    parser.add_argument("--channel", type=UUID, action="append", help="only this channel's")
    parser.add_argument("--event", action="append", help="only this event, e.g. message.any")
    parser.add_argument("--id", type=UUID, action="append", help="only this raw event")
    given = parser.parse_args(list(argv))
    if given.since is None and given.id is None:
        parser.error("--since or --id is needed")
    wanted = wanted_of(given.since, given.until, given.channel, given.event, given.id)
    settings = core_settings.load(_DatabaseSettings, environ)

    async def work() -> int:
        database = Database(settings.postgres, service="channels")
        try:
            told = await replay(database, wanted)
        finally:
            await database.close()
        sys.stdout.write(f"{told} raw events are in the outbox again\n")
        return 0

    return run(work())


def wanted_of(
    since: datetime | None,
    until: datetime | None,
    channels: list[UUID] | None,
    events: list[str] | None,
    ids: list[UUID] | None,
) -> Wanted:
    """The span of time; ids carry theirs, which narrows the search to it."""
    if since is None and ids:
        moments = [datetime.fromtimestamp((one.int >> 80) / 1000, UTC) for one in ids]
        since, until = min(moments) - _SLACK, until or max(moments) + _SLACK
    if since is None:
        raise ValueError("since or ids are needed")
    return Wanted(since=since, until=until or utc_now(), channels=channels, events=events, ids=ids)


def reconcile_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`reconcile --channel … --since …`: what webhooks did not bring, from the provider's history.

    It ends with 1 when something could not be read or stored, and names it; the service goes on
    trying that.
    """
    parser = argparse.ArgumentParser(prog="ventros_channels reconcile")
    parser.add_argument("--channel", type=UUID, required=True)
    parser.add_argument("--since", type=_moment, required=True, help="at most 24 hours ago")
    given = parser.parse_args(list(argv))
    settings = core_settings.load(_CallSettings, environ)

    async def work() -> int:
        database = Database(settings.postgres, service="channels")
        calls = Outbound(
            allow=settings.outbound.allowed
            + read_networks("VENTROS_WAHA_NETWORKS", settings.waha_networks),
            timeout=settings.provider_timeout,
        )
        vault = Vault(KeyRing.from_file(settings.credential_keys))
        reconciler = Reconciler(database, vault, calls, Bell())
        await reconciler.start()
        try:
            done = await reconcile(database, reconciler, given.channel, given.since, utc_now())
        except (DomainError, NotSent) as error:
            sys.stderr.write(f"it did not come to its end: {error}\n")
            return 1
        finally:
            await reconciler.stop()
            await calls.close()
            await database.close()
        sys.stdout.write(f"{done.found} messages of {done.chats} chats are stored\n")
        for what, reason in [*done.unread, *done.refused]:
            sys.stderr.write(f"{what}: {reason}\n")
        return 1 if done.unread or done.refused else 0

    return run(work())


def dead_letters_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`dead-letters list|replay [--event …]`: what the normaliser could not read."""
    parser = argparse.ArgumentParser(prog="ventros_channels dead-letters")
    parser.add_argument("action", choices=["list", "replay"])
    parser.add_argument("--event", choices=list(_QUEUES), action="append")
    given = parser.parse_args(list(argv))
    settings = core_settings.load(_BusOnly, environ).bus
    queues = [_QUEUES[event] for event in given.event or _QUEUES]

    async def work() -> int:
        for queue in queues:
            if given.action == "replay":
                moved = await replay_dead(settings, queue)
                sys.stdout.write(f"{queue}: {moved} put back\n")
                continue
            for letter in await list_dead(settings, queue):
                event_id = _id_of(letter.body)
                sys.stdout.write(f"{queue} {event_id} {letter.reason}\n")
        return 0

    return run(work())


def rewrap_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`rewrap`: wrap every secret with the key ring's active key; the last step before an old
    key is taken out."""
    argparse.ArgumentParser(prog="ventros_channels rewrap").parse_args(list(argv))
    settings = core_settings.load(_KeySettings, environ)

    async def work() -> int:
        database = Database(settings.postgres, service="channels")
        try:
            changed = await rewrap_credentials(
                database, Vault(KeyRing.from_file(settings.credential_keys))
            )
        finally:
            await database.close()
        sys.stdout.write(f"{changed} credentials re-wrapped\n")
        return 0

    return run(work())


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("a time zone is needed, e.g. 2026-01-31T08:00:00Z")
    return moment


class _Identified(msgspec.Struct):
    id: str = "?"


def _id_of(body: bytes) -> str:
    """The envelope's id; bodies are never printed."""
    try:
        return msgspec.json.decode(body, type=_Identified).id
    except (msgspec.MsgspecError, RecursionError):
        return "?"
