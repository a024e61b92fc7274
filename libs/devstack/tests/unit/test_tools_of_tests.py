"""What the tests need is found, installed, or named."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from platform_devstack import debian, tools_of_tests
from platform_devstack.errors import StackError
from platform_devstack.tools_of_tests import Tool

TOOLS = (Tool(("one", "uno"), "package-one"), Tool(("two",), "package-two"))


class Machine:
    """A machine by what lies in its one folder of programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[list[str], list[str]]] = []

    def add(self, name: str) -> None:
        (self.folder / name).write_text("#!/bin/sh\n")
        (self.folder / name).chmod(0o755)

    def install(self, packages: Sequence[str], before: Sequence[str], *, part: str) -> None:
        """Stands where apt stands."""
        self.asked.append((list(packages), list(before)))
        for package in packages:
            self.add(package.removeprefix("package-"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(debian, "install", machine.install)
    return machine


def test_nothing_is_installed_where_nothing_is_missing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.add("uno")
    machine.add("two")
    assert tools_of_tests.install_missing(print, TOOLS) == []
    assert machine.asked == []


def test_what_is_missing_is_installed_and_said(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.add("one")
    monkeypatch.setattr(debian, "prefix", lambda: ["sudo", "-n"])
    said: list[str] = []
    assert tools_of_tests.install_missing(said.append, TOOLS) == []
    assert machine.asked == [(["package-two"], ["sudo", "-n"])]
    assert said == ["installing package-two with sudo apt"]


def test_who_may_not_install_is_told_what_is_missing(machine: Machine) -> None:
    # There is no apt-get in this machine's folder, whoever asks.
    assert tools_of_tests.install_missing(print, TOOLS) == ["package-one", "package-two"]
    assert machine.asked == []


def test_a_command_that_fails_says_why_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="ended with 7; install it with: apt-get install x") as at:
        debian.run(
            ["sh", "-c", "echo no such package; exit 7"], part="tests", hint=debian.by_hand(["x"])
        )
    assert at.value.tail == ("no such package",)


def test_what_the_tests_look_for_is_in_the_list() -> None:
    assert {tool.package for tool in tools_of_tests.TOOLS} == {"nodejs", "npm", "chromium"}
