"""Folders of a stack: found from anywhere in the clone, and removed without the tools."""

from pathlib import Path

import pytest

from platform_devstack.layout import Layout, find_root, shared_folder


def test_the_root_is_found_from_below(tmp_path: Path) -> None:
    (tmp_path / "libs" / "devstack").mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    below = tmp_path / "services" / "contacts"
    below.mkdir(parents=True)

    assert find_root(below) == tmp_path


def test_outside_a_clone_there_is_no_root(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="not inside a clone"):
        find_root(tmp_path)


def test_two_clones_never_share_a_folder(tmp_path: Path) -> None:
    assert shared_folder(tmp_path / "a") != shared_folder(tmp_path / "b")


def test_cleaning_keeps_the_tools(tmp_path: Path) -> None:
    state = tmp_path / ".ventros"
    layout = Layout(
        root=tmp_path,
        state=state,
        data=tmp_path / "shared" / "data",
        programs=tmp_path / "shared" / "programs",
        account=None,
    )
    layout.make()
    (state / "uv" / "bin").mkdir(parents=True)
    (state / "secrets.json").touch()
    assert layout.programs is not None
    layout.programs.mkdir()

    layout.remove()

    assert [entry.name for entry in state.iterdir()] == ["uv"]
    assert not (tmp_path / "shared").exists()


def test_a_servers_file_is_for_its_account_only(tmp_path: Path) -> None:
    layout = Layout(root=tmp_path, state=tmp_path, data=tmp_path, programs=None, account=None)

    path = layout.write(tmp_path / "conf", "requirepass x")
    path = layout.write(path, "requirepass y")

    assert path.read_text() == "requirepass y"
    assert path.stat().st_mode & 0o777 == 0o600
