"""`docs/guarantees.md` names tests that exist, and a reason where there is none."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from checks.workspace import ROOT

PAGE = ROOT / "docs" / "guarantees.md"
_PROMISE = re.compile(r"^\*\*(?P<promise>.+?)\*\*(?P<rest>.*(?:\n- .*)*)", re.MULTILINE)
_TEST = re.compile(r"^- `(?P<path>[^`:]+)::(?P<name>\w+)`$", re.MULTILINE)
_REASON = "Not held yet: "


def problems(page: str, root: Path = ROOT) -> Iterator[str]:
    """What the page says that is not so."""
    for promise in _PROMISE.finditer(page):
        rest = promise["rest"]
        named = list(_TEST.finditer(rest))
        if len(named) != rest.count("\n- "):
            yield f"{promise['promise']} has a line that names no test"
        if not named and _REASON not in rest:
            yield f"{promise['promise']} has no test and no reason"
        for one in named:
            if one["name"] not in _tests(root / one["path"]):
                yield f"{one['path']} has no test {one['name']}"


def _tests(path: Path) -> set[str]:
    if not path.exists():
        return set()
    body = ast.parse(path.read_text()).body
    return {
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_what_is_named_exists() -> None:
    page = PAGE.read_text()
    assert len(list(_PROMISE.finditer(page))) == page.count("\n**")
    assert list(problems(page)) == []


def test_what_is_not_so_is_found(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_there(): ...\ndef helper(): ...\n")
    page = """# Guarantees

**Kept.**
- `test_it.py::test_there`

**Not kept.** With words.
- `test_it.py::test_gone`
- `test_it.py::helper`
- `no_file.py::test_there`

**Bare.**

**Later.** Not held yet: it is not built.

**Careless.**
- by somebody
"""
    assert list(problems(page, tmp_path)) == [
        "test_it.py has no test test_gone",
        "test_it.py has no test helper",
        "no_file.py has no test test_there",
        "Bare. has no test and no reason",
        "Careless. has a line that names no test",
        "Careless. has no test and no reason",
    ]
