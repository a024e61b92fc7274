"""One part of the stack: how it is started, when it is ready, how it is stopped.

Every server and every service is described in this one shape; `start` and `wait_ready` know
nothing else about it.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

from platform_devstack import process
from platform_devstack.errors import NotReadyError, StackError
from platform_devstack.layout import Account, Layout

# Every child carries the state folder of its stack under this name.
MARK = "VENTROS_STACK"
# A stack answers within seconds; what is slower is worth an error, not patience.
TAIL_LINES = 15

Probe = Callable[[], Awaitable[None]]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What to run. `probe` raises `NotReadyError` until the part answers."""

    name: str
    argv: tuple[str | Path, ...]
    env: Mapping[str, str]
    cwd: Path
    probe: Probe
    account: Account | None = None
    ready_within: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 20.0


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A part that was started, as the state file remembers it."""

    name: str
    process: process.Identity
    stop_signal: int
    stop_within: float


def start(part: Part, layout: Layout) -> Started:
    """Start a part. Its log begins with a line that separates this run from the one before.

    Raises:
        StackError: its program cannot be executed.
    """
    log = layout.log(part.name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(f"--- started {time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n")
    try:
        identity = process.spawn(
            part.argv,
            env={**part.env, MARK: str(layout.state)},
            cwd=part.cwd,
            log=log,
            account=part.account,
        )
    except OSError as error:
        raise StackError(part.name, f"cannot run {part.argv[0]}: {error}", log=log) from error
    return Started(
        name=part.name,
        process=identity,
        stop_signal=part.stop_signal,
        stop_within=part.stop_within,
    )


async def wait_ready(part: Part, started: Started, layout: Layout) -> None:
    """Wait until the part answers.

    Raises:
        StackError: it ended, or did not answer in time.
    """
    log = layout.log(part.name)
    deadline = time.monotonic() + part.ready_within
    seen = "it did not answer"
    while True:
        if not process.alive(started.process):
            raise StackError(part.name, "it ended while starting", log=log, tail=tail(log))
        try:
            async with asyncio.timeout(5):
                await part.probe()
        except NotReadyError as error:
            seen = str(error)
        except TimeoutError:
            seen = "its answer took longer than 5 s"
        else:
            return
        if time.monotonic() > deadline:
            why = f"not ready after {part.ready_within:.0f} s: {seen}"
            raise StackError(part.name, why, log=log, tail=tail(log))
        await asyncio.sleep(0.05)


def stop(started: Started) -> bool:
    """Stop a part; see `process.stop`. Returns whether it stopped when asked."""
    return process.stop(
        started.process,
        how=signal.Signals(started.stop_signal),
        within=started.stop_within,
    )


def tail(log: Path, lines: int = TAIL_LINES) -> tuple[str, ...]:
    """The last lines of the log's last run."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError:
        return ()
    kept: list[str] = []
    for line in reversed(text.splitlines()):
        if line.startswith("--- started ") or len(kept) == lines:
            break
        kept.append(line)
    return tuple(reversed(kept))
