"""The process runner, as a real process: signals, order, deadlines, exit codes."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

PROGRAM = """
import asyncio, sys
import msgspec
from litestar import get
from platform_http import Health, ListenSettings, create_app, serve
from platform_http.process import Process
from platform_auth.testing import InternalTokens
from platform_telemetry import TelemetrySettings

class Settings(msgspec.Struct):
    http: ListenSettings
    telemetry: TelemetrySettings
    part: str = "good"

class Part:
    ready = True
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
    @property
    def alive(self):
        return self.kind != "wedged"
    async def start(self):
        if self.kind == "broken":
            raise ConnectionError("postgresql://user:hunter2@db:5432 is away")
        print("start", self.name, flush=True)
    async def stop(self):
        print("stop", self.name, flush=True)

@get("/v1/contacts", operation_id="listContacts")
async def slow() -> str:
    print("request", flush=True)
    await asyncio.sleep(0.5)
    return "done"

async def build(settings, roles):
    print(roles.api, roles.worker, roles.workflows, flush=True)
    health = Health()
    app = create_app("contacts", [slow], auth=InternalTokens().verifier, health=health)
    app.asgi_handler = unguarded(app.asgi_handler)
    return Process(app, health, [Part("bus", "good"), Part("workflows", settings.part)])

def unguarded(app):
    async def serve(scope, receive, send):
        if scope["path"] == "/slow":
            print("request", flush=True)
            await asyncio.sleep(0.5)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"done"})
            return
        await app(scope, receive, send)
    return serve

sys.exit(serve.main("contacts", Settings, build))
"""


class Running:
    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    async def line(self) -> str:
        assert self.process.stdout
        return (await self.process.stdout.readline()).decode().strip()

    async def until(self, text: str) -> None:
        while text not in (line := await self.line()):
            assert line, f"the process ended before it said {text!r}"

    async def rest(self) -> tuple[int, list[str], str]:
        out, err = await self.process.communicate()
        own = [line for line in out.decode().splitlines() if not line.startswith("{")]
        assert self.process.returncode is not None
        return self.process.returncode, own, err.decode()


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[object]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    started: list[Process] = []

    async def run(*arguments: str, port: int | None = None, **environ: str) -> Running:
        port = port or free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(program), *arguments, stdout=PIPE, stderr=PIPE,
            env={**os.environ, "VENTROS_HTTP_PORT": str(port), **environ},
        )  # fmt: skip
        started.append(process)
        return Running(process, port)

    yield run
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_sigterm_finishes_the_request_and_stops_in_order(start: object) -> None:
    running = await start("all")
    await running.until("process_started")
    async with httpx.AsyncClient(base_url=running.url) as http:
        assert (await http.get("/health/ready")).json()["parts"] == {
            "bus": True, "workflows": True, "http": True,
        }  # fmt: skip
        request = asyncio.create_task(http.get("/slow"))
        await running.until("request")
        running.process.send_signal(signal.SIGTERM)
        assert (await request).text == "done"
    code, lines, _ = await running.rest()
    assert code == 0
    assert [line for line in lines if line.startswith("stop")] == ["stop workflows", "stop bus"]


@pytest.mark.parametrize(
    ("role", "parts"),
    [("all", "True True True"), ("api", "True False False"), ("worker", "False True False"),
     ("workflows", "False False True"), ("", "True True True")],
)  # fmt: skip
async def test_roles(start: object, role: str, parts: str) -> None:
    running = await start(*filter(None, [role]))
    assert await running.line() == parts


async def test_the_watchdog_ends_the_process_with_70(start: object) -> None:
    code, lines, _ = await (await start(VENTROS_PART="wedged")).rest()
    assert code == 70
    assert lines[-2:] == ["stop workflows", "stop bus"]


async def test_a_part_that_cannot_start_stops_the_others_and_tells_in_one_line(
    start: object,
) -> None:
    code, lines, err = await (await start(VENTROS_PART="broken")).rest()
    assert code == 1
    assert lines[-1] == "stop bus"
    assert err.count("\n") == 1
    assert "ConnectionError" in err
    assert "hunter2" not in err


async def test_a_taken_port_is_an_error_at_start(start: object) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = await (await start(port=port)).rest()
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in err


async def test_wrong_settings_are_named(start: object) -> None:
    code, _, err = await (await start(VENTROS_HTTP_PORT="x", VENTROS_LOG_LEVEL="loud")).rest()
    assert code == 1
    assert "VENTROS_HTTP_PORT" in err
    assert "VENTROS_LOG_LEVEL" in err
    assert err.count("\n") == 1


async def test_an_unknown_command_shows_the_usage(start: object) -> None:
    code, _, err = await (await start("fly")).rest()
    assert code == 2
    assert "all|api|worker|workflows|migrate" in err
