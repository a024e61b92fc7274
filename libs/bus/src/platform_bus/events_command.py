"""`python -m ventros_<service> events replay|snapshot`: history and snapshots to one queue.

What an operator does where services are deployed one by one; on one machine `ventros events` does
the same for all of them.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_bus.event_log import Wanted, replay
from platform_bus.settings import BusSettings
from platform_bus.snapshot import Source, send_snapshot
from platform_core import settings as core_settings
from platform_postgres import Database, PostgresSettings
from proto_events import catalogue as _catalogue  # noqa: F401 - registers every type
from proto_events.registry import struct_of


class _Settings(msgspec.Struct, frozen=True, kw_only=True):
    postgres: PostgresSettings
    bus: BusSettings


def events_command(
    service: str, sources: Sequence[Source] = ()
) -> Callable[[Sequence[str], Mapping[str, str]], int]:
    """The command `events` of a service: arguments and environment to an exit code."""
    known = {source.aggregate: source for source in sources}

    def command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
        given = _parse(service, sorted(known), argv)
        settings = core_settings.load(_Settings, environ)

        async def work() -> int:
            database = Database(settings.postgres, service=service)
            try:
                if given.action == "replay":
                    wanted = wanted_of(given)
                    return await replay(
                        [database], settings.bus, given.to_queue, wanted, say=_print
                    )
                return await send_snapshot(
                    database,
                    settings.bus,
                    known[given.aggregate],
                    given.to_queue,
                    tenant_id=given.tenant,
                    say=_print,
                )
            finally:
                await database.close()

        _print(f"{asyncio.run(work())} events sent to {given.to_queue}")
        return 0

    return command


def add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    """What to replay, from when, and to which queue."""
    parser.add_argument("--to-queue", required=True, help="the queue that gets them, alone")
    parser.add_argument(
        "--since", type=moment, required=True, help="published at or after (RFC 3339 with zone)"
    )
    parser.add_argument("--until", type=moment, help="published before; now if left out")
    parser.add_argument(
        "--type", type=known_type, action="append", help="only this, e.g. contact.created.v1"
    )
    parser.add_argument("--tenant", type=UUID, help="only this tenant's")


def wanted_of(given: argparse.Namespace) -> Wanted:
    """What the arguments of `add_replay_arguments` ask for."""
    return Wanted(since=given.since, until=given.until, types=given.type, tenant_id=given.tenant)


def moment(text: str) -> datetime:
    """A time with its zone. Raises what argparse shows."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a time: {text}") from error
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError("a time zone is needed, e.g. 2026-01-31T08:00:00Z")
    return found


def known_type(text: str) -> str:
    """A type of the catalogue. Raises what argparse shows."""
    if struct_of(text) is None:
        raise argparse.ArgumentTypeError(f"there is no event {text}; say e.g. contact.created.v1")
    return text


def _parse(service: str, aggregates: Sequence[str], argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"ventros_{service} events", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="action", dest="action")
    add_replay_arguments(actions.add_parser("replay", help="what this service published, again"))
    if aggregates:
        snapshot = actions.add_parser("snapshot", help="all of one aggregate, to fill a copy")
        snapshot.add_argument("aggregate", choices=aggregates)
        snapshot.add_argument("--to-queue", required=True, help="the queue that gets it, alone")
        snapshot.add_argument("--tenant", type=UUID, help="only this tenant's")
    return parser.parse_args(list(argv))


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
