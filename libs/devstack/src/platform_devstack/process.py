"""Child processes that outlive the command that started them, and how to recognise them later.

A pid alone proves nothing: the kernel hands it out again. A process is known by its pid, its
start time in clock ticks since boot, and the boot (field 22 of /proc/<pid>/stat, proc(5)).
Every child leads a session of its own, so that what it starts can be found by the session.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from platform_devstack.layout import Account

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One process of one boot of this machine."""

    pid: int
    started: int
    boot: str


class _Stat(msgspec.Struct, frozen=True):
    state: str
    session: int
    started: int


# The handles are kept: a dropped one would warn that its child still runs, and it shall.
_children: list[subprocess.Popen[bytes]] = []


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    account: Account | None = None,
) -> Identity:
    """Start a child in a session of its own, its output appended to `log`.

    Raises:
        OSError: the program cannot be executed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(word) for word in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            umask=0o077,
        )
    _children.append(child)
    stat = _stat(child.pid)
    return Identity(pid=child.pid, started=stat.started if stat else 0, boot=boot_id())


def boot_id() -> str:
    """The kernel's id of the running boot."""
    return BOOT_ID.read_text().strip()


def identity_of(pid: int) -> Identity | None:
    """The process that has this pid now, or None."""
    stat = _stat(pid)
    return Identity(pid=pid, started=stat.started, boot=boot_id()) if stat else None


def alive(process: Identity) -> bool:
    """Whether this very process still runs. A zombie does not."""
    stat = _stat(process.pid)
    return (
        stat is not None
        and stat.started == process.started
        and stat.state not in "ZX"
        and process.boot == boot_id()
    )


def stop(process: Identity, *, how: signal.Signals, within: float) -> bool:
    """Ask it to stop, wait at most `within` seconds, then kill it and its whole session.

    Returns whether it stopped when asked. A process that is gone already counts as stopped; what
    it left behind in its session is killed either way.
    """
    if process.boot != boot_id():
        return True
    orderly = True
    if alive(process):
        _signal(process.pid, how)
        orderly = _wait_gone([process], within)
        if not orderly:
            _signal(process.pid, signal.SIGKILL)
    left = _session(process)
    for member in left:
        _signal(member.pid, signal.SIGKILL)
    _wait_gone([process, *left], 10)
    return orderly


def kill(process: Identity) -> None:
    """End it at once, with everything in the session that it leads."""
    stop(process, how=signal.SIGKILL, within=5)


def _session(leader: Identity) -> list[Identity]:
    """What still runs of the session that `leader` led, youngest first.

    A session keeps its number as long as it has members, and the kernel does not reuse that
    number as a pid meanwhile; members older than the leader belong to somebody else.
    """
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        stat = _stat(int(entry.name))
        if stat and stat.session == leader.pid and stat.started >= leader.started:
            found = Identity(pid=int(entry.name), started=stat.started, boot=leader.boot)
            if alive(found):
                members.append(found)
    return sorted(members, key=lambda member: member.started, reverse=True)


def marked(variable: str, value: str) -> list[Identity]:
    """Running processes whose environment says `variable=value`, as far as we may look.

    It finds a child whose start was not recorded because the command died in between.
    """
    needle = f"{variable}={value}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if needle in environment.split(b"\0"):
            process = identity_of(int(entry.name))
            if process is not None and alive(process):
                found.append(process)
    return found


def _wait_gone(processes: Sequence[Identity], within: float) -> bool:
    deadline = time.monotonic() + within
    while any(alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    _reap()
    return True


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name stands in parentheses and may itself hold spaces and parentheses.
    fields = text[text.rindex(")") + 2 :].split()
    return _Stat(state=fields[0], session=int(fields[3]), started=int(fields[19]))
