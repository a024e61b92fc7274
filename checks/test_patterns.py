"""What the APIs' documents say of texts means what Python makes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from platform_devstack.layout import find_root

DOCUMENTS = sorted((find_root(Path(__file__)) / "services").glob("*/openapi.json"))


def patterns(node: Any) -> Iterator[str]:
    """Every pattern in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for value in node.values():
            yield from patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns(value)


def open_ended(document: Any) -> list[str]:
    """Patterns whose end lets a newline follow: Python's `$` matches before a last one."""
    return sorted({pattern for pattern in patterns(document) if pattern.endswith("$")})


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_no_pattern_lets_a_newline_follow(path: Path) -> None:
    assert open_ended(msgspec.json.decode(path.read_bytes())) == []


def test_an_open_end_is_found() -> None:
    planted = {"paths": [{"schema": {"pattern": "^[0-9]+$"}}, {"pattern": r"^a(?![\s\S])"}]}
    assert open_ended(planted) == ["^[0-9]+$"]
