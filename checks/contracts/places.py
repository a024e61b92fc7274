"""Where the contracts are kept below the folder `proto-events`, and how their files look."""

import json
from pathlib import Path
from typing import Any, Final

from checks.workspace import ROOT

HOME: Final = ROOT / "proto-events"

SCHEMAS: Final = "schemas"
"""`<type>.json`: the schema of each event. Generated."""

ASYNCAPI: Final = "asyncapi.yaml"
"""Channels, messages and operations of the broker. Generated."""

PAGE: Final = "catalogue.html"
"""The page for people. Generated."""

RELEASED: Final = "released"
"""The last release, in the same layout, with `version` and `history.json`."""

CONTRACTS: Final = "contracts"
"""`<consumer>/<type>.json`: what each consumer reads. Written by its team."""

GOLDEN: Final = "golden"
"""`<type>.json`: what the producing code really said in its tests."""

Document = dict[str, Any]
"""A JSON document."""


def text_of(document: Document) -> str:
    """A document as it is kept: two spaces, the order of its making, a newline at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_folder(folder: Path) -> dict[str, Document]:
    """Every `<name>.json` in a folder, by name; none when there is no folder."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def consumers(home: Path = HOME) -> dict[str, list[str]]:
    """Who reads each type, by the contracts that they keep."""
    found: dict[str, list[str]] = {}
    for path in sorted((home / CONTRACTS).glob("*/*.json")):
        found.setdefault(path.stem, []).append(path.parent.name)
    return found


def produced(home: Path = HOME) -> set[str]:
    """The types that a producer's tests have seen come out of it; the others are planned."""
    return {path.stem for path in (home / GOLDEN).glob("*.json")}
