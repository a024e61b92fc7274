"""Where a run keeps what it throws away."""

import tempfile
from pathlib import Path

import pytest

from platform_testkit import run


def test_a_run_goes_into_memory_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_MEMORY_NEEDED", 1)

    assert run.room_for_a_run({}, memory=tmp_path) == tmp_path


def test_a_run_goes_among_temporary_files_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_MEMORY_NEEDED", 2**80)

    assert run.room_for_a_run({}, memory=tmp_path) == Path(tempfile.gettempdir())


def test_a_run_goes_among_temporary_files_where_there_is_no_such_memory(tmp_path: Path) -> None:
    assert run.room_for_a_run({}, memory=tmp_path / "none") == Path(tempfile.gettempdir())


def test_a_named_folder_for_temporary_files_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_MEMORY_NEEDED", 1)

    chosen = run.room_for_a_run({"TMPDIR": "/somewhere"}, memory=tmp_path)

    assert chosen == Path(tempfile.gettempdir())
