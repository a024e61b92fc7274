"""The servers as containers, where a Docker engine answers.

They are shared by the processes of one run, so none of these may own them: they are found again
by the run's label, and removed by whoever ends the run.
"""

import os
import time
from pathlib import Path
from typing import Any

# docker has no types.
import docker  # type: ignore[import-untyped]
import docker.errors  # type: ignore[import-untyped]
import msgspec
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from platform_devstack.endpoints import Endpoints

LABEL = "dev.ventros.test-run"
PASSWORD = "ventros-test"
_SOCKET = Path("/var/run/docker.sock")
_READY_WITHIN = 120


class _Image(msgspec.Struct, frozen=True):
    image: str
    ports: tuple[int, ...]
    environment: dict[str, str] = {}
    command: str = ""
    check: tuple[str, ...] = ()


_IMAGES = {
    "postgres": _Image(
        "postgres:18",
        (5432,),
        {"POSTGRES_PASSWORD": PASSWORD},
        "-c max_connections=400 -c fsync=off -c full_page_writes=off",
        ("pg_isready", "-h", "127.0.0.1", "-U", "postgres"),
    ),
    "rabbitmq": _Image(
        "rabbitmq:4-management",
        (5672, 15672),
        {"RABBITMQ_DEFAULT_USER": "ventros", "RABBITMQ_DEFAULT_PASS": PASSWORD},
        "",
        ("rabbitmq-diagnostics", "-q", "check_port_connectivity"),
    ),
    "valkey": _Image("valkey/valkey:9", (6379,), {}, "", ("valkey-cli", "ping")),
    "temporal": _Image(
        "temporalio/temporal:latest",
        (7233,),
        {},
        "server start-dev --ip 0.0.0.0 --headless --log-level warn",
        ("temporal", "operator", "cluster", "health"),
    ),
}


def engine_answers() -> bool:
    """Whether a Docker engine answers within two seconds."""
    if not (os.environ.get("DOCKER_HOST") or _SOCKET.exists()):
        return False
    try:
        engine = docker.from_env(timeout=2)
        try:
            return bool(engine.ping())
        finally:
            engine.close()
    except (docker.errors.DockerException, OSError):
        return False


def ensure(folder: Path, server: str) -> Endpoints:
    """Have this server's container running and ready; callers hold the run's lock.

    Raises:
        TimeoutError: it does not become ready.
    """
    record = folder / "containers.json"
    known: dict[str, dict[str, str]] = (
        msgspec.json.decode(record.read_bytes()) if record.exists() else {}
    )
    if server not in known:
        known[server] = _start(folder, server)
        record.write_bytes(msgspec.json.encode(known))
    amqp = known.get("rabbitmq", {})
    return Endpoints(
        postgres_admin_url=f"postgresql://postgres:{PASSWORD}@{known['postgres']['5432']}/postgres"
        if "postgres" in known
        else "",
        amqp_url=f"amqp://ventros:{PASSWORD}@{amqp['5672']}/%2F" if amqp else "",
        amqp_management_url=f"http://ventros:{PASSWORD}@{amqp['15672']}" if amqp else "",
        redis_url=f"redis://{known['valkey']['6379']}/0" if "valkey" in known else "",
        temporal_address=known["temporal"]["7233"] if "temporal" in known else "",
        temporal_ui_url="",
    )


def remove(folder: Path) -> None:
    """Remove the containers of the run in `folder`."""
    if not (folder / "containers.json").exists():
        return
    engine = docker.from_env()
    try:
        for container in engine.containers.list(
            all=True, filters={"label": f"{LABEL}={folder.name}"}
        ):
            container.remove(force=True, v=True)
    finally:
        engine.close()


def _start(folder: Path, server: str) -> dict[str, str]:
    # Its own clean-up would end the containers with the process that started them.
    testcontainers_config.ryuk_disabled = True
    wanted = _IMAGES[server]
    container = DockerContainer(wanted.image).with_exposed_ports(*wanted.ports)
    for name, value in wanted.environment.items():
        container = container.with_env(name, value)
    if wanted.command:
        container = container.with_command(wanted.command)
    container = container.with_kwargs(labels={LABEL: folder.name})
    container.start()
    _wait_until_ready(container, wanted)
    host = container.get_container_host_ip()
    return {str(port): f"{host}:{container.get_exposed_port(port)}" for port in wanted.ports}


def _wait_until_ready(container: Any, wanted: _Image) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        code, output = container.exec(list(wanted.check))
        if code == 0:
            return
        if time.monotonic() > deadline:
            said = output.decode(errors="replace")[-500:]
            raise TimeoutError(f"{wanted.image} is not ready after {_READY_WITHIN} s: {said}")
        time.sleep(0.2)
