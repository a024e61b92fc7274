"""Which consumers are tried with events that come twice: those that the tests of what a service
hears are generated for."""

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checks.workspace import ROOT
from platform_bus import Consumer

TESTS = "tests/contract/test_heard.py"


def tried(service: str, root: Path = ROOT) -> frozenset[str]:
    """The names of the consumers for which some test of `TESTS` is generated."""
    path = root / "services" / service / TESTS
    if not path.exists():
        return frozenset()
    spec = importlib.util.spec_from_file_location(f"heard_by_{service}", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return frozenset(
        each.name if isinstance(each, Consumer) else str(each)
        for test in vars(module).values()
        for values in _generated(test)
        for each in values
    )


def problems(wired: Mapping[str, frozenset[str]], root: Path = ROOT) -> list[str]:
    """What is heard by a process (`wired`: names of consumers by service) and tried by nobody."""
    return [
        f"{consumer} is not tried with events that come twice: {service}/{TESTS}"
        for service, names in sorted(wired.items())
        for consumer in sorted(names - tried(service, root))
    ]


def _generated(test: Any) -> Iterator[list[Any]]:
    """The values of each `parametrize` over consumers; only of tests with generated events."""
    if not getattr(test, "is_hypothesis_test", False):
        return
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize" and mark.args[0] in {"consumer", "name"}:
            yield list(mark.args[1])
