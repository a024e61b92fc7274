"""What there is to check: the members of the workspace, read from the folders themselves."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One package of the workspace: its folder, its distribution, its import packages."""

    folder: Path
    distribution: str
    dependencies: list[str]
    packages: list[Path]

    @property
    def name(self) -> str:
        """The folder as people say it, for example `services/contacts`."""
        return self.folder.relative_to(ROOT).as_posix()


class _Project(msgspec.Struct, frozen=True):
    name: str
    dependencies: list[str] = []


class _Document(msgspec.Struct, frozen=True):
    project: _Project


def member(folder: Path) -> Member:
    """Read the member in `folder`."""
    text = (folder / "pyproject.toml").read_text()
    project = msgspec.convert(tomllib.loads(text), _Document).project
    return Member(
        folder=folder,
        distribution=project.name,
        dependencies=project.dependencies,
        packages=sorted(path.parent for path in folder.glob("src/*/__init__.py")),
    )


def members(root: Path = ROOT) -> list[Member]:
    """Every member, sorted by folder."""
    folders = [*root.glob("libs/*"), *root.glob("services/*"), root / "proto-events"]
    folders.append(root / "tests-e2e")
    return [member(folder) for folder in sorted(folders) if (folder / "pyproject.toml").exists()]


def services() -> list[Member]:
    """The members that are deployed."""
    return [found for found in members() if found.folder.parent.name == "services"]


def names(found: Sequence[Member]) -> list[str]:
    """Their names, as ids of parametrised tests."""
    return [one.name for one in found]
