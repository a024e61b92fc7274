"""The state file is whole at every moment, and one command changes it at a time."""

from pathlib import Path

import pytest

from platform_devstack.part import Started
from platform_devstack.process import Identity
from platform_devstack.state import State, StateFile


def started(name: str) -> Started:
    return Started(
        name=name,
        process=Identity(pid=1, started=2, boot="b"),
        stop_signal=15,
        stop_within=1.0,
    )


def test_an_absent_file_is_an_empty_state(tmp_path: Path) -> None:
    assert StateFile(tmp_path).read() == State()


def test_what_is_recorded_is_read_by_another_command(tmp_path: Path) -> None:
    StateFile(tmp_path).record(started("postgres"))
    StateFile(tmp_path).record(started("valkey"))
    StateFile(tmp_path).forget("postgres")

    assert StateFile(tmp_path).read().started == {"valkey": started("valkey")}


def test_a_change_that_fails_is_not_written(tmp_path: Path) -> None:
    file = StateFile(tmp_path)

    def change() -> None:
        with file.change() as state:
            state.ports["amqp"] = 5672
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert file.read() == State()


def test_a_second_command_is_kept_out(tmp_path: Path) -> None:
    with StateFile(tmp_path).lock("command", wait=False):
        with pytest.raises(BlockingIOError), StateFile(tmp_path).lock("command", wait=False):
            pass
        with StateFile(tmp_path).lock("another", wait=False):
            pass

    with StateFile(tmp_path).lock("command", wait=False):
        pass
