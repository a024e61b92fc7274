"""An import-linter contract that says what a layer may import, instead of what it may not.

A list of what is forbidden is never complete; `domain` is free of I/O because everything that it
may import is named.
"""

import sys
from collections.abc import Iterable
from typing import Any, Final

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

INPUT_OUTPUT: Final = frozenset(
    {
        "asyncio",
        "concurrent",
        "ftplib",
        "http",
        "imaplib",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "select",
        "selectors",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "urllib",
    }
)
"""Modules of the standard library that touch the world outside the process, or wait for it."""


class AllowedImports(Contract):
    """The package `layer` of each of `containers` imports itself and what is in `allowed`.

    A container without the layer keeps the contract. The standard library is allowed but for
    `INPUT_OUTPUT`; of `urllib`, `urllib.parse` is not told apart from the rest, so name it in
    `allowed` where an address is taken apart. Only direct imports are looked at: what an allowed
    module imports in turn is its own affair.
    """

    type_name = "allowed_imports"

    # import-linter puts the values in the place of the fields.
    containers: Any = fields.ListField(subfield=fields.StringField())
    layer: Any = fields.StringField()
    allowed: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import out of every module of the layer."""
        broken = [
            details
            for container in self.containers
            for module in _package(graph, f"{container}.{self.layer}")
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if not self._allows(f"{container}.{self.layer}", imported)
            for details in graph.get_import_details(importer=module, imported=imported)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Each import with its file's module and line."""
        for details in check.metadata["broken"]:
            output.print_error(_sentence(details))
        output.new_line()

    def _allows(self, layer: str, imported: str) -> bool:
        if any(_within(imported, allowed) for allowed in [layer, *self.allowed]):
            return True
        top = imported.partition(".")[0]
        return top in sys.stdlib_module_names and top not in INPUT_OUTPUT


def _package(graph: ImportGraph, name: str) -> Iterable[str]:
    if name not in graph.modules:
        return []
    return sorted({name, *graph.find_descendants(name)})


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _sentence(details: Any) -> str:
    return f"{details['importer']} imports {details['imported']} (l.{details['line_number']})"
