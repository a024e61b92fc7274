"""What runs and how it is, without changing anything."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from platform_devstack import process
from platform_devstack.errors import NotReadyError
from platform_devstack.fleet import SERVER_PORTS
from platform_devstack.probes import http_ok, listens
from platform_devstack.services import CLOUD, SERVICES, WAHA
from platform_devstack.stack import Stack


class PartStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One part. `state` is ready, not ready, ended, or not started; memory is PSS in MiB."""

    name: str
    state: str
    why: str = ""
    pid: int | None = None
    port: int | None = None
    memory: float | None = None
    log: Path

    @property
    def well(self) -> bool:
        """Whether it does its work."""
        return self.state == "ready"


async def of_stack(stack: Stack) -> list[PartStatus]:
    """Every part that the stack has, servers first."""
    return list(await asyncio.gather(*(_of_part(stack, name) for name in _names(stack))))


def memory_of(pid: int) -> float | None:
    """Proportional set size of a process and of its children, in MiB.

    Shared pages are divided among those that share them: PostgreSQL's shared memory is in every
    backend's resident size.
    """
    total = 0
    for member in _tree(pid):
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(row.split()[1]) for row in text.splitlines() if row.startswith("Pss:"))
    return total / 1024 if total else None


def _tree(pid: int) -> list[int]:
    members = [pid]
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        for task in tasks:
            for child in (task / "children").read_text().split():
                members += _tree(int(child))
    except OSError:
        pass
    return members


def _names(stack: Stack) -> list[str]:
    started = stack.state.read().started
    servers = [name for name in ("epmd", *stack.fleet.ours) if name != "epmd" or name in started]
    asked_for = [CLOUD] if CLOUD in started else []
    return [*servers, *(service.name for service in SERVICES), WAHA, *asked_for]


async def _of_part(stack: Stack, name: str) -> PartStatus:
    state = stack.state.read()
    started = state.started.get(name)
    log = stack.layout.log(name)
    if started is None:
        return PartStatus(name=name, state="not started", log=log)
    port = _port(stack, name)
    if not process.alive(started.process):
        return PartStatus(name=name, state="ended", port=port, log=log)
    why = await _trouble(_probe(name, port))
    return PartStatus(
        name=name,
        state="not ready" if why else "ready",
        why=why,
        pid=started.process.pid,
        port=port,
        memory=memory_of(started.process.pid),
        log=log,
    )


def _port(stack: Stack, name: str) -> int:
    ports = stack.state.read().ports
    owned = [port for port, (_, owner) in SERVER_PORTS.items() if owner == name]
    return ports[owned[0] if owned else name]


def _probe(name: str, port: int) -> Callable[[], Awaitable[None]]:
    async def probe() -> None:
        if any(owner == name for _, owner in SERVER_PORTS.values()):
            await listens(port)
        elif name in {WAHA, CLOUD}:
            await http_ok(f"http://127.0.0.1:{port}/ping")
        else:
            await http_ok(f"http://127.0.0.1:{port}/health/ready")

    return probe


async def _trouble(probe: Callable[[], Awaitable[None]]) -> str:
    try:
        async with asyncio.timeout(5):
            await probe()
    except NotReadyError as error:
        return str(error)
    except TimeoutError:
        return "no answer within 5 s"
    return ""
