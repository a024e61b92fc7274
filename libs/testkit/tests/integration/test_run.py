"""Whole pytest runs: what they start and, above all, what is left of them."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from platform_devstack import process
from platform_devstack.layout import find_root
from platform_devstack.part import MARK

# A pytest of its own takes some seconds to start, on a busy machine a multiple of that.
DEADLINE = 150
pytestmark = pytest.mark.timeout(400)

ROOT = find_root(Path(__file__))

UNIT = "def test_sum(): assert 1 + 1 == 2"

SHARED = """
import asyncpg, os, pathlib, pytest

@pytest.mark.parametrize("number", range(4))
async def test_database(make_database, server_park, number):
    database = make_database("contacts")
    connection = await asyncpg.connect(database.app_url)
    await connection.fetchval("SELECT count(*) FROM outbox")
    await connection.close()
    seen = pathlib.Path(os.environ["SEEN"])
    with seen.open("a") as file:
        file.write(server_park.postgres_admin_url() + "\\n")
"""

HANGING = """
import pathlib, os, time

def test_hang(server_park):
    server_park.postgres_admin_url()
    pathlib.Path(os.environ["SEEN"]).write_text("up")
    time.sleep(60)
"""


class Runner:
    """Runs pytest in a process of its own, with its temporary files in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o711)
        self.temporary = folder / "tmp"
        self.temporary.mkdir(mode=0o711)
        self.seen = folder / "seen"
        self._folder = folder

    def start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        file = self._folder / "test_inner.py"
        file.write_text(program)
        named = {"VENTROS_TEST_SERVERS": "embedded", "SEEN": str(self.seen)}
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "VENTROS_TEST_"))
        }
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", file, *arguments],
            cwd=ROOT,
            env={**environment, **named, "TMPDIR": str(self.temporary)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def folders(self) -> list[Path]:
        return list(self.temporary.glob("ventros-test-*"))

    def processes(self) -> list[process.Identity]:
        return [
            found
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit()
            and (found := process.identity_of(int(entry.name))) is not None
            and process.alive(found)
            and self._is_ours(entry)
        ]

    def _is_ours(self, entry: Path) -> bool:
        try:
            words = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except OSError:
            return False
        return f"{self.temporary}/ventros-test-".encode() in words and MARK.encode() in words


@pytest.fixture
def runner() -> Iterator[Runner]:
    # Not pytest's own folder: the servers' user must be able to pass through to it.
    folder = Path(tempfile.mkdtemp(prefix="ventros-run-"))
    made = Runner(folder)
    yield made
    for left in made.processes():
        process.kill(left)
    shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_of_unit_tests_starts_nothing(runner: Runner) -> None:
    run = runner.start(UNIT)

    assert run.wait(timeout=DEADLINE) == 0
    assert list(runner.temporary.iterdir()) == []


def test_workers_share_one_server_and_leave_nothing(runner: Runner) -> None:
    run = runner.start(SHARED, "-n", "2", "--dist", "load")

    assert run.wait(timeout=DEADLINE) == 0
    seen = runner.seen.read_text().splitlines()
    assert len(seen) == 4
    assert len(set(seen)) == 1
    assert runner.folders == []
    assert runner.processes() == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_a_run_that_is_ended_early_leaves_nothing(runner: Runner, how: signal.Signals) -> None:
    run = runner.start(HANGING)
    wait_until(runner.seen.exists)
    assert runner.processes() != []

    run.send_signal(how)
    run.wait(timeout=DEADLINE)

    wait_until(lambda: runner.folders == [] and runner.processes() == [])
