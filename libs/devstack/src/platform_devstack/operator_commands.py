"""`ventros parked`, `dead-letters`, `raw`, `events`, `lanes`, `signing-keys`: what an operator asks
for."""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from uuid import UUID

from rich.console import Console

from platform_bus.events_command import add_replay_arguments, wanted_of
from platform_bus.outbox import SHARDS
from platform_devstack import operate
from platform_devstack.services import (
    IDENTITY,
    WITH_DATABASE,
    Surroundings,
    by_name,
    environment_of,
)

Run = Callable[[Surroundings, Console, argparse.Namespace], int]


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; `operate` of the result is the `Run` that they ask for."""
    parser = argparse.ArgumentParser(prog="ventros", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_parked(commands.add_parser("parked", help="events that a consumer gave up on"))
    _add_dead_letters(commands.add_parser("dead-letters", help="what nobody could read"))
    raw = commands.add_parser("raw", help="raw provider events: tell them again")
    raw.add_argument("action", choices=["replay"])
    raw.add_argument("rest", nargs=argparse.REMAINDER, help="for `ventros_channels replay`")
    raw.set_defaults(operate=_raw)
    _add_events(commands.add_parser("events", help="history or a snapshot, to one queue alone"))
    lanes = commands.add_parser("lanes", help="how many lanes the pipeline has, or change it")
    lanes.add_argument("number", nargs="?", type=int, choices=range(1, SHARDS + 1))
    lanes.set_defaults(operate=_lanes)
    keys = commands.add_parser("signing-keys", help="keys that tokens are signed with")
    keys.add_argument("action", choices=["list", "rotate", "retire"])
    keys.add_argument("rest", nargs=argparse.REMAINDER, help="for `ventros_identity keys`")
    keys.set_defaults(operate=_signing_keys)
    return parser.parse_args(argv)


def _add_parked(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action")
    show = actions.add_parser("list", help="what is parked, with its reason")
    show.add_argument("service", nargs="?", choices=WITH_DATABASE)
    show.add_argument("--consumer")
    show.add_argument("--waiting", action="store_true", help="also what is retried by itself")
    show.add_argument("--limit", type=int, default=100)
    show.set_defaults(operate=_parked_list)
    replay = actions.add_parser("replay", help="let the consumer handle them again")
    replay.add_argument("service", choices=WITH_DATABASE)
    replay.add_argument("--consumer")
    replay.add_argument("--id", type=UUID, action="append", help="only this event")
    replay.set_defaults(operate=_parked_replay)
    drop = actions.add_parser("drop", help="remove them for good")
    drop.add_argument("service", choices=WITH_DATABASE)
    drop.add_argument("--consumer", required=True)
    drop.add_argument("--id", type=UUID, action="append", required=True)
    drop.set_defaults(operate=_parked_drop)


def _add_dead_letters(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action")
    show = actions.add_parser("list", help="queues with dead letters, or one queue's letters")
    show.add_argument("queue", nargs="?")
    show.add_argument("--limit", type=int, default=100)
    show.set_defaults(operate=_dead_list)
    replay = actions.add_parser("replay", help="put them back into their queue")
    replay.add_argument("queue")
    replay.set_defaults(operate=_dead_replay)


def _add_events(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action")
    replay = actions.add_parser("replay", help="what the services published, again, oldest first")
    add_replay_arguments(replay)
    replay.set_defaults(operate=_events_replay)
    snapshot = actions.add_parser("snapshot", help="all of one aggregate, to fill a copy")
    snapshot.add_argument("service", choices=WITH_DATABASE)
    snapshot.add_argument("aggregate", help="e.g. contact; the service says what it has")
    snapshot.add_argument("--to-queue", required=True, help="the queue that gets it, alone")
    snapshot.add_argument("--tenant", type=UUID, help="only this tenant's")
    snapshot.set_defaults(operate=_events_snapshot)


def _parked_list(around: Surroundings, console: Console, given: argparse.Namespace) -> int:
    found = 0
    for service in operate.services_named(given.service):
        for one in asyncio.run(
            operate.parked(
                around,
                service,
                consumer=given.consumer,
                waiting=given.waiting,
                limit=given.limit,
            )
        ):
            found += 1
            when = "parked" if one.next_at is None else f"next {one.next_at:%H:%M:%S}"
            _print(
                console,
                f"{service} {one.consumer} {one.event_id} {one.type} attempts={one.attempts} "
                f"{when} {one.code}: {one.reason}",
            )
    if not found:
        _print(console, "nothing is parked")
    return 0


def _parked_replay(around: Surroundings, console: Console, given: argparse.Namespace) -> int:
    count = asyncio.run(
        operate.replay_parked(around, given.service, consumer=given.consumer, event_ids=given.id)
    )
    _print(console, f"{given.service}: {count} events are due now")
    return 0


def _parked_drop(around: Surroundings, console: Console, given: argparse.Namespace) -> int:
    count = asyncio.run(
        operate.drop_parked(around, given.service, consumer=given.consumer, event_ids=given.id)
    )
    _print(console, f"{given.service}: {count} events dropped")
    return 0


def _dead_list(around: Surroundings, console: Console, given: argparse.Namespace) -> int:
    if given.queue is None:
        queues = asyncio.run(operate.dead_queues(around))
        for one in queues:
            _print(console, f"{one.queue} {one.messages}")
        if not queues:
            _print(console, "there are no dead letters")
        return 0
    for letter in asyncio.run(operate.dead_letters(around, given.queue, given.limit)):
        # Never the body: it may hold what people wrote.
        died = letter.died_at.isoformat() if letter.died_at else ""
        _print(console, f"{letter.queue} {len(letter.body)} bytes {died} {letter.reason}")
    return 0


def _dead_replay(around: Surroundings, console: Console, given: argparse.Namespace) -> int:
    count = asyncio.run(operate.replay_dead_letters(around, given.queue))
    _print(console, f"{given.queue}: {count} put back")
    return 0


def _raw(around: Surroundings, _: Console, given: argparse.Namespace) -> int:
    return _of_service(around, "channels", [given.action, *given.rest])


def _signing_keys(around: Surroundings, _: Console, given: argparse.Namespace) -> int:
    return _of_service(around, IDENTITY, ["keys", given.action, *given.rest])


def _of_service(around: Surroundings, service: str, words: Sequence[str]) -> int:
    """Run a command of a service; its exit code. What only it can read, only it reads."""
    argv = [sys.executable, "-m", f"ventros_{service}", *words]
    done = subprocess.run(argv, env=environment_of(by_name(service), around), check=False)
    return done.returncode


def _events_replay(around: Surroundings, console: Console, given: argparse.Namespace) -> int:
    count = asyncio.run(
        operate.replay_events(
            around, given.to_queue, wanted_of(given), lambda line: _print(console, line)
        )
    )
    _print(console, f"{count} events sent to {given.to_queue}")
    return 0


def _events_snapshot(around: Surroundings, _: Console, given: argparse.Namespace) -> int:
    asked = ["events", "snapshot", given.aggregate, "--to-queue", given.to_queue]
    if given.tenant is not None:
        asked += ["--tenant", str(given.tenant)]
    return _of_service(around, given.service, asked)


def _lanes(around: Surroundings, console: Console, given: argparse.Namespace) -> int:
    if given.number is not None:
        asyncio.run(operate.set_lanes(around, given.number, lambda line: _print(console, line)))
    found = asyncio.run(operate.lanes(around))
    for service, number in found.items():
        _print(console, f"{service} {number}")
    return 0 if len(set(found.values())) == 1 else 1


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
