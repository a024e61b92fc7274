"""Every event that a service can say has a golden file: its own tests have seen it said."""

from collections.abc import Mapping
from pathlib import Path

from checks.contracts.imports import known
from checks.contracts.places import HOME, produced
from checks.workspace import ROOT

Sayable = Mapping[str, frozenset[str]]
"""The types that each service's code can build."""


def sayable(services: frozenset[str], root: Path = ROOT) -> Sayable:
    """The events of its own that each service's code imports."""
    return {name: known(name, root / "services" / name / "src").own for name in sorted(services)}


def problems(said: Sayable, home: Path = HOME) -> list[str]:
    """Events that can be said and were never seen, and golden files that nobody can say."""
    kept = produced(home)
    unseen = [
        f"{service} can say {type_name} and has no golden file: let its story in"
        f" services/{service}/tests/contract/test_golden.py say it,"
        f" then `pytest services/{service} --update-golden`"
        for service, types in said.items()
        for type_name in sorted(types - kept)
    ]
    every = frozenset().union(*said.values())
    stale = [f"nobody can say {type_name}: remove its golden file" for type_name in kept - every]
    return [*unseen, *sorted(stale)]
