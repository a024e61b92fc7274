"""A Valkey of one test's own, to be killed and started again on the same port."""

import asyncio
import subprocess
from pathlib import Path

from platform_devstack import programs
from platform_devstack.errors import NotReadyError
from platform_devstack.layout import Layout, find_root
from platform_devstack.ports import choose
from platform_devstack.probes import listens

READY_SECONDS = 10.0


class OwnValkey:
    """Started with `start`; `stop` when the test ends, however it ends."""

    def __init__(self) -> None:
        self.port = choose({"valkey": None})["valkey"]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        layout = Layout.of_project(find_root(Path(__file__)))
        self._program = programs.valkey_server(layout)
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it, empty, and wait until it listens."""
        self._spawn()
        async with asyncio.timeout(READY_SECONDS):
            while True:
                try:
                    return await listens(self.port)
                except NotReadyError:
                    await asyncio.sleep(0.02)

    def _spawn(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Kill it with all that it holds."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(10)

    stop = kill
