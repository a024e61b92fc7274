"""Processes are known by more than their pid, and nothing of a session outlives its stop."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from platform_devstack import process

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(60)"
)
# Starts a child, says its pid, and dies of the signal without a word to the child.
PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)"
)


class Spawner:
    """Starts Python programs and ends them after the test."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self._folder = folder
        self._spawned: list[process.Identity] = []

    def __call__(self, program: str, **environment: str) -> process.Identity:
        spawned = process.spawn(
            [sys.executable, "-c", program], env=environment, cwd=self._folder, log=self.log
        )
        self._spawned.append(spawned)
        deadline = time.monotonic() + 20
        while not self.log.read_text().endswith("\n"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return spawned

    def end(self) -> None:
        for each in self._spawned:
            process.kill(each)


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawner]:
    spawner = Spawner(tmp_path)
    yield spawner
    spawner.end()


def test_a_spawned_process_is_alive_until_it_is_stopped(spawn: Spawner) -> None:
    sleeper = spawn(SLEEPER)

    assert process.alive(sleeper)
    assert process.stop(sleeper, how=signal.SIGTERM, within=5)
    assert not process.alive(sleeper)


def test_what_does_not_stop_in_time_is_killed(spawn: Spawner) -> None:
    stubborn = spawn(STUBBORN)

    assert not process.stop(stubborn, how=signal.SIGTERM, within=0.2)
    assert not process.alive(stubborn)


def test_another_process_with_the_same_pid_is_left_alone(spawn: Spawner) -> None:
    sleeper = spawn(SLEEPER)
    earlier = msgspec.structs.replace(sleeper, started=sleeper.started - 1)

    assert not process.alive(earlier)
    process.stop(earlier, how=signal.SIGKILL, within=1)
    # It leads the session of that pid, but it is younger than what was asked to stop; a member of
    # a session is never older than its leader.
    assert process.identity_of(sleeper.pid) in {sleeper, None}


def test_a_process_of_another_boot_is_left_alone(spawn: Spawner) -> None:
    sleeper = spawn(SLEEPER)
    before_reboot = msgspec.structs.replace(sleeper, boot="another")

    assert not process.alive(before_reboot)
    assert process.stop(before_reboot, how=signal.SIGKILL, within=1)
    assert process.alive(sleeper)


def test_children_of_the_session_do_not_outlive_the_stop(spawn: Spawner) -> None:
    parent = spawn(PARENT)
    child = process.identity_of(int(spawn.log.read_text()))
    assert child is not None

    process.stop(parent, how=signal.SIGTERM, within=5)

    assert not process.alive(child)


def test_children_are_found_when_the_parent_is_gone_already(spawn: Spawner) -> None:
    parent = spawn(PARENT)
    child = process.identity_of(int(spawn.log.read_text()))
    assert child is not None
    os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while process.alive(parent):
        assert time.monotonic() < deadline
    assert process.alive(child)

    process.stop(parent, how=signal.SIGTERM, within=5)

    assert not process.alive(child)


def test_a_marked_process_is_found_by_its_mark(spawn: Spawner, tmp_path: Path) -> None:
    sleeper = spawn(SLEEPER, VENTROS_STACK=str(tmp_path))

    assert process.marked("VENTROS_STACK", str(tmp_path)) == [sleeper]
    assert process.marked("VENTROS_STACK", f"{tmp_path}/other") == []


def test_a_zombie_is_not_alive(spawn: Spawner) -> None:
    sleeper = spawn(SLEEPER)
    # Its parent, this process, has not waited for it.
    os.kill(sleeper.pid, signal.SIGKILL)

    deadline = time.monotonic() + 5
    while process.alive(sleeper):
        assert time.monotonic() < deadline
    assert process.identity_of(sleeper.pid) is not None
