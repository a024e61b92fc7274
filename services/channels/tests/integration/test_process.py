"""The service as a process: starts, takes webhooks, stops cleanly, and its commands."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from platform_auth.testing import InternalTokens
from platform_crypto import new_key_ring_file
from platform_devstack.ports import choose
from platform_postgres import Database
from platform_testkit import ServiceDatabase, TestTenant

from ..conftest import Api, Webhooks, fixture


@pytest.fixture
def environ(
    service_database: ServiceDatabase,
    amqp_vhost: str,
    internal_tokens: InternalTokens,
    tmp_path: Path,
) -> dict[str, str]:
    """What an operator would set."""
    (tmp_path / "ring.json").write_bytes(new_key_ring_file("one"))
    (tmp_path / "key.pem").write_bytes(internal_tokens.public_pem)
    return {
        **os.environ,
        "VENTROS_DATABASE_OWNER_URL": service_database.owner_url,
        "VENTROS_DATABASE_APP_URL": service_database.app_url,
        "VENTROS_DATABASE_RELAY_URL": service_database.relay_url,
        "VENTROS_DATABASE_SYSTEM_URL": service_database.system_url,
        "VENTROS_AMQP_URL": amqp_vhost,
        "VENTROS_HTTP_PORT": str(choose({"http": None})["http"]),
        "VENTROS_INTERNAL_TOKEN_PUBLIC_KEY": str(tmp_path / "key.pem"),
        "VENTROS_CREDENTIAL_KEYS": str(tmp_path / "ring.json"),
        "VENTROS_PUBLIC_URL": "https://crm.example",
        "VENTROS_STORAGE_URL": (tmp_path / "files").as_uri(),
        # Nobody is there: webhooks are taken all the same.
        "VENTROS_TEMPORAL_ADDRESS": "127.0.0.1:1",
    }


async def start(environ: dict[str, str], *arguments: str) -> Process:
    program = [sys.executable, "-m", "ventros_channels", *arguments]
    return await asyncio.create_subprocess_exec(*program, env=environ, stdout=PIPE, stderr=STDOUT)


async def outcome(process: Process) -> tuple[int | None, str]:
    async with asyncio.timeout(30):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.fixture
async def running(
    environ: dict[str, str], eventually: Callable[..., Any]
) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """`all`, ready."""
    process = await start(environ, "all")
    base = f"http://127.0.0.1:{environ['VENTROS_HTTP_PORT']}"
    async with httpx.AsyncClient(base_url=base) as client:

        async def ready() -> None:
            assert process.returncode is None, (await outcome(process))[1]
            try:
                answer = await client.get("/health/ready")
            except httpx.TransportError as error:
                raise AssertionError("not yet") from error
            assert answer.status_code == 200, answer.text

        await eventually(ready, timeout=30)
        yield process, client
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_it_takes_webhooks_and_stops_without_losing_one(
    running: tuple[Process, httpx.AsyncClient],
    environ: dict[str, str],
    internal_tokens: InternalTokens,
    tenant: TestTenant,
    database: Database,
) -> None:
    process, client = running
    api = Api(client, internal_tokens.header(tenant.tenant_id, tenant.project_id))
    channel = await api.create()
    webhooks = Webhooks(client)
    body = fixture("message")
    assert (await webhooks.post(channel, body)).status_code == 200
    posts = [
        asyncio.create_task(webhooks.post(channel, body.replace(b"00006", b"%05d" % number)))
        for number in range(1000, 1100)
    ]
    await posts[0]
    process.send_signal(signal.SIGTERM)
    answers = await asyncio.gather(*posts, return_exceptions=True)
    code, output = await outcome(process)
    assert code == 0, output
    confirmed = sum(isinstance(a, httpx.Response) and a.status_code == 200 for a in answers)
    async with database.system() as tx:
        assert await tx.fetchval("SELECT count(*) FROM raw_event") >= confirmed + 1
    told = await outcome(await start(environ, "replay", "--since", "2020-01-01T00:00:00Z"))
    assert told[0] == 0
    assert "raw events are in the outbox again" in told[1]


async def test_a_missing_setting_is_said_in_one_line(environ: dict[str, str]) -> None:
    del environ["VENTROS_PUBLIC_URL"]
    code, output = await outcome(await start(environ, "all"))
    assert code == 1
    assert "VENTROS_PUBLIC_URL" in output.strip().splitlines()[-1]


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "--since", "2020-01-01"]])
async def test_a_replay_of_everything_must_be_meant(
    environ: dict[str, str], arguments: list[str]
) -> None:
    code, output = await outcome(await start(environ, *arguments))
    assert code == 2
    assert "usage" in output
