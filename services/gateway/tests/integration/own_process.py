"""A gateway in a process of its own, as an operator runs it: its memory and its end can be seen."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from platform_auth.keys import private_pem
from platform_devstack.ports import choose
from platform_testkit.waiting import eventually

from ..conftest import ISSUER, NOWHERE

Gateway = tuple[str, Process]
EXIT_SECONDS = 20


@contextlib.asynccontextmanager
async def own_process(folder: Path, internal_key: Any, **settings: str) -> AsyncIterator[Gateway]:
    """Its address and the process, once it is ready. It has to end well when it is told to."""
    key_file = folder / "internal.pem"
    key_file.write_bytes(private_pem(internal_key))
    port = choose({"gateway": None})["gateway"]
    away = {f"{name}_url": NOWHERE for name in ("channels", "contacts", "sessions", "messaging")}
    given = {
        **away,
        "http_port": str(port),
        "internal_token_private_key": str(key_file),
        "issuer": ISSUER,
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventros_gateway",
        env={
            "PATH": os.environ["PATH"],
            **{f"VENTROS_{name.upper()}": value for name, value in given.items()},
        },
        stdout=DEVNULL, stderr=DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url) as http:

            async def up() -> bool:
                try:
                    return (await http.get("/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(up, timeout=40)
        yield url, process
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), EXIT_SECONDS) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
