"""What every member has, what no file is called, and what no committed file says."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from checks.workspace import ROOT, Member, members, names

VAGUE = frozenset({"utils", "util", "common", "helpers", "helper", "misc", "base", "manager"})
"""Names that say nothing of what is inside (the style's first rule)."""

# Where this clone is, when that is a path that cannot be meant otherwise.
_HERE = re.escape(str(ROOT)) if len(ROOT.parts) > 2 else "(?!)"

FORBIDDEN = {
    "a developer's own folder": re.compile(rf"(?<![\w.])/(?:home|Users)/[A-Za-z]|{_HERE}\b"),
    "a package host": re.compile(
        r"https?://[^\s\"')]*(?:artifactory|nexus|devpi|pypi\.org/simple|files\.pythonhosted)",
        re.IGNORECASE,
    ),
    "an unfinished mark": re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b"),
    "a merge's remains": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
    "a private key": re.compile(r"-----BEGIN (?:EC |RSA )?PRIVATE KEY-----\n[A-Za-z0-9+/]{20}"),
}


MADE_ELSEWHERE = frozenset({".js", ".css", ".lock"})
"""Suffixes of files that others wrote and that we serve or pin as they are."""


def committed() -> list[Path]:
    """Every file that git tracks, that is there, and that we wrote."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in MADE_ELSEWHERE]


def said(paths: Iterable[Path], root: Path = ROOT) -> list[str]:
    """`file:line what` of each forbidden thing that a text file says."""
    found: list[str] = []
    for path in paths:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(root)}:{text.count(chr(10), 0, hit.start()) + 1} {what}"
            for what, pattern in FORBIDDEN.items()
            for hit in pattern.finditer(text)
        ]
    return found


def vague(paths: Iterable[Path]) -> list[Path]:
    """Files and folders with a name that says nothing."""
    return sorted(
        path for path in paths if VAGUE & {part.lower().split(".")[0] for part in path.parts}
    )


@pytest.mark.parametrize("checked", members(), ids=names(members()))
def test_a_member_is_whole(checked: Member) -> None:
    assert checked.packages, "no package under src/"
    for package in checked.packages:
        assert (package / "py.typed").exists(), f"{package.name} has no py.typed"
        assert package.joinpath("__init__.py").read_text().startswith('"""')
    readme = checked.folder / "README.md"
    assert readme.exists(), "no README.md"
    assert len(readme.read_text().strip().splitlines()) > 1
    assert list(checked.folder.glob("tests/**/test_*.py")), "no tests"


@pytest.mark.parametrize("folder", ["libs", "services"])
def test_a_folder_of_members_holds_members_alone(folder: str) -> None:
    known = {member.folder for member in members()}
    there = {path for path in (ROOT / folder).iterdir() if path.is_dir()}
    assert there <= known, f"not members: {sorted(there - known)}"


def test_no_committed_file_says_what_it_must_not() -> None:
    assert said(committed()) == []


def test_what_must_not_be_said_is_found(tmp_path: Path) -> None:
    lines = [
        "/home" + "/ana/ventros",
        "fine",
        "# TO" + "DO: later",
        "https:" + "//nexus.corp/simple",
    ]
    planted = tmp_path / "planted.md"
    planted.write_text("\n".join(lines))
    assert said([planted], tmp_path) == [
        "planted.md:1 a developer's own folder",
        "planted.md:4 a package host",
        "planted.md:3 an unfinished mark",
    ]


def test_names_say_what_is_inside() -> None:
    assert vague(path.relative_to(ROOT) for path in committed()) == []


def test_a_name_that_says_nothing_is_found() -> None:
    paths = [Path("libs/a/src/a/utils.py"), Path("common/x.py"), Path("services/a/commands.py")]
    assert vague(paths) == sorted(paths[:2])
