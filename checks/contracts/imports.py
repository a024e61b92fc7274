"""Which events a service's code knows: those of its own that it can say, those of others."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from proto_events.registry import info_of

PACKAGE = "proto_events"


class Known(msgspec.Struct, frozen=True):
    """The types of events that a service imports, by whether it is their producer."""

    own: frozenset[str]
    others: frozenset[str]


def known(service: str, sources: Path) -> Known:
    """The events that the Python files below `sources` import.

    An event of one's own is imported to be said, or to be heard after one said it; an event of
    another service is imported to be heard.
    """
    infos = [
        info_of(struct)
        for path in sorted(sources.rglob("*.py"))
        for struct in _structs(ast.parse(path.read_text()))
    ]
    return Known(
        own=frozenset(info.type for info in infos if info.producer == service),
        others=frozenset(info.type for info in infos if info.producer != service),
    )


def _structs(tree: ast.Module) -> Iterator[type[msgspec.Struct]]:
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module == PACKAGE:
            modules |= {one.asname or one.name: f"{PACKAGE}.{one.name}" for one in node.names}
        elif node.module.startswith(f"{PACKAGE}."):
            for one in node.names:
                yield from _event(node.module, one.name)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in modules:
                yield from _event(modules[name], attribute)


def _event(module: str, name: str) -> Iterator[type[msgspec.Struct]]:
    """The Struct of this name, when it is an event; those of WAHA are no events of ours."""
    found = getattr(importlib.import_module(module), name, None)
    try:
        info_of(found)  # type: ignore[arg-type]
    except (KeyError, TypeError):
        return
    assert isinstance(found, type)
    yield found
