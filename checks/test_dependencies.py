"""Every import of a member is declared in its pyproject: one shared environment hides what is not.

The reverse is not asked: some dependencies are programs (dbmate, Temporal) or plugins.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

from checks.workspace import Member, member, members, names

_NAME = re.compile(r"[A-Za-z0-9._-]+")


@cache
def distributions() -> dict[str, set[str]]:
    """Which distributions give a top-level module, members included, by normalised name."""
    found = {
        module: {normalised(name) for name in given}
        for module, given in metadata.packages_distributions().items()
    }
    for one in members():
        for package in one.packages:
            found.setdefault(package.name, set()).add(normalised(one.distribution))
    return found


def normalised(requirement: str) -> str:
    """The name in a requirement, as PEP 503 spells it."""
    name = _NAME.match(requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def imports(source: str) -> Iterator[tuple[str, int]]:
    """Every top-level module that is imported anywhere in the source, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0], node.lineno


def undeclared(checked: Member) -> list[str]:
    """`file:line module` of each import of another distribution that is not declared."""
    own = {package.name for package in checked.packages}
    declared = {normalised(requirement) for requirement in checked.dependencies}
    return [
        f"{path.relative_to(checked.folder)}:{line} {module}"
        for package in checked.packages
        for path in sorted(package.rglob("*.py"))
        for module, line in imports(path.read_text())
        if module not in own
        and module not in sys.stdlib_module_names
        and not distributions().get(module, set()) & declared
    ]


@pytest.mark.parametrize("checked", members(), ids=names(members()))
def test_what_is_imported_is_declared(checked: Member) -> None:
    assert undeclared(checked) == []


def test_an_undeclared_import_is_found(tmp_path: Path) -> None:
    package = tmp_path / "src" / "planted"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "planted"\ndependencies = ["msgspec>=0.19", "PyJWT"]\n'
    )
    (package / "__init__.py").write_text(
        "import json\nimport msgspec\nimport jwt\nfrom planted import inner\n"
    )
    (package / "inner.py").write_text(
        "def late():\n    import asyncpg.pool\n    from platform_core import ids\n"
        "    import nowhere\n"
    )
    assert undeclared(member(tmp_path)) == [
        "src/planted/inner.py:2 asyncpg",
        "src/planted/inner.py:3 platform_core",
        "src/planted/inner.py:4 nowhere",
    ]
