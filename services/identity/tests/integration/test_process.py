"""The service as it is run: commands, a real broker, and PostgreSQL going away."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiormq
import httpx
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Bell
from platform_crypto import new_key_ring_file
from platform_devstack.provision import ServiceDatabase
from platform_postgres import Database, PostgresSettings
from ventros_identity.app import make_app
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.signing_keys import SigningKeys

from ..conftest import ISSUER, LIFETIMES, VAULT

SEED = ["seed", "--tenant-name", "Demo", "--project-name", "Demo", "--email", "Demo@x.example",
        "--password", "a long password", "--session-timeout-minutes", "0.2"]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environ(
    database: ServiceDatabase, amqp_vhost: str, internal_tokens: InternalTokens, tmp_path: Path
) -> dict[str, str]:
    public = tmp_path / "internal.pem"
    public.write_bytes(internal_tokens.public_pem)
    ring = tmp_path / "ring.json"
    ring.write_bytes(new_key_ring_file("1"))
    settings = {
        "DATABASE_OWNER_URL": database.owner_url,
        "DATABASE_APP_URL": database.app_url,
        "DATABASE_RELAY_URL": database.relay_url,
        "DATABASE_SYSTEM_URL": database.system_url,
        "AMQP_URL": amqp_vhost,
        "INTERNAL_TOKEN_PUBLIC_KEY": str(public),
        "KEY_RING": str(ring),
        "HTTP_PORT": str(free_port()),
        "ISSUER": ISSUER,
    }
    return {**os.environ, **{f"VENTROS_{name}": value for name, value in settings.items()}}


async def command(environ: dict[str, str], *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventros_identity", *arguments, env=environ, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_from_nothing_to_a_sign_in_and_an_event(
    environ: dict[str, str], amqp_vhost: str, eventually: Callable[..., Awaitable[Any]]
) -> None:
    for _ in range(2):
        assert (await command(environ, "migrate"))[0] == 0
    code, out, err = await command(environ, *SEED)
    assert code == 0, err
    seeded = json.loads(out)
    assert seeded["created"]
    again = json.loads((await command(environ, *SEED))[1])
    assert again == {**seeded, "created": False}

    connection = await aiormq.connect(amqp_vhost)
    channel = await connection.channel()
    await channel.exchange_declare("ventros.events", exchange_type="topic", durable=True)
    queue = (await channel.queue_declare(exclusive=True)).queue
    assert queue is not None
    await channel.queue_bind(queue, "ventros.events", "project.*.v1")

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventros_identity", "all", env=environ, stdout=PIPE
    )
    try:
        url = f"http://127.0.0.1:{environ['VENTROS_HTTP_PORT']}"
        async with httpx.AsyncClient(base_url=url) as http:

            async def ready() -> bool:
                try:
                    return (await http.get("/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(ready, timeout=30)
            credentials = {"email": "demo@x.example", "password": "a long password"}
            signed_in = await http.post("/v1/auth/sign-in", json=credentials)
            assert signed_in.json()["project_id"] == seeded["project_id"]
            await keys_are_rotated(environ)

        async def published() -> Any:
            return (await channel.basic_get(queue, no_ack=True)).body

        event = json.loads(await eventually(published, timeout=20))
        assert event["type"] == "project.created.v1"
        assert event["data"]["session_timeout_minutes"] == 0.2
        assert event["tenantid"] == seeded["tenant_id"]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        await connection.close()
    assert process.returncode == 0


async def keys_are_rotated(environ: dict[str, str]) -> None:
    """By the commands, beside a process that made the first key."""

    async def keys(*arguments: str) -> dict[str, str]:
        code, out, err = await command(environ, "keys", *arguments)
        assert code == 0, err
        lines = [line.split() for line in out.splitlines() if " published=" in line]
        return {line[0]: line[1] for line in lines}

    (first,) = await keys("list")
    rotated = await keys("rotate")
    assert (rotated[first], sorted(rotated.values())) == ("signs", ["signs", "waits"])
    handed_over = await keys("retire", first)
    assert (handed_over[first], sorted(handed_over.values())) == ("retired", ["retired", "signs"])
    after_leak = await keys("rotate", "--now")
    assert list(after_leak.values()) == ["signs"]
    assert not set(after_leak) & set(rotated)
    (only,) = after_leak
    code, _, err = await command(environ, "keys", "retire", only)
    assert (code, err.count("\n")) == (1, 1)
    assert "rotate first" in err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"--email": "nobody"}, "email"),
        ({"--session-timeout-minutes": "0"}, "session_timeout_minutes"),
        ({"--time-zone": "Mars/Olympus"}, "time zone"),
    ],
)
async def test_a_wrong_seed_is_told_in_one_line(
    environ: dict[str, str], change: dict[str, str], reason: str
) -> None:
    arguments = [*SEED, *(word for pair in change.items() for word in pair)]
    code, out, err = await command(environ, *arguments)
    assert code in {1, 2}
    assert out == ""
    assert reason in err
    assert err.count("\n") == 1


async def test_without_its_database_identity_answers_503_and_is_not_ready(
    passwords: Passwords, internal_tokens: InternalTokens, signing_keys: list[Any]
) -> None:
    nowhere = f"postgresql://a:secret-canary@127.0.0.1:{free_port()}/x"
    db = Database(
        PostgresSettings(
            database_app_url=nowhere, database_relay_url=nowhere, database_system_url=nowhere
        ),
        service="identity",
    )
    app = make_app(
        db=db, bell=Bell(), auth=internal_tokens.verifier,
        signing_keys=SigningKeys.of(*signing_keys), issuer=ISSUER, passwords=passwords,
        lifetimes=LIFETIMES, vault=VAULT,
    )  # fmt: skip
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as http:
        answer = await http.post("/v1/auth/sign-in", json={"email": "a@b.example", "password": "x"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert "canary" not in answer.text
        assert (await http.get("/health/ready")).status_code == 503
        assert (await http.get("/health/live")).status_code == 200
