"""Find RabbitMQ on this machine, or get it from the distribution's packages.

As root, and as a user who may use sudo, it is installed with apt; without either, the packages
are downloaded and unpacked under the state folder, which needs no rights at all.
"""

import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from platform_devstack import debian
from platform_devstack.errors import StackError

PART = "rabbitmq"
SYSTEM_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
SYSTEM_ERLANG = Path("/usr/lib/erlang")
PACKAGE = "rabbitmq-server"
BY_HAND = debian.by_hand([PACKAGE])


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """Where the programs are. `path` is the folder with `erl`, for PATH."""

    server: Path
    epmd: Path
    path: Path


def find(unpacked: Path) -> Installation | None:
    """The system's RabbitMQ, or the one unpacked under the state folder."""
    if SYSTEM_SERVER.exists() and (SYSTEM_ERLANG / "bin" / "erl").exists():
        return Installation(
            server=SYSTEM_SERVER,
            epmd=SYSTEM_ERLANG / "bin" / "epmd",
            path=SYSTEM_ERLANG / "bin",
        )
    return _find_unpacked(unpacked)


def find_or_install(unpacked: Path, say: Callable[[str], None]) -> Installation:
    """RabbitMQ, installed now when it is missing.

    Raises:
        StackError: it is missing and cannot be installed.
    """
    found = find(unpacked)
    if found is not None:
        return found
    if shutil.which("apt-get") is None:
        raise StackError(PART, f"it is not installed, and there is no apt-get; {BY_HAND}")
    before = debian.prefix()
    if before is not None:
        say(f"installing {PACKAGE} with {' '.join([*before[:1], 'apt'])}")
        debian.install([PACKAGE], before, part=PART)
    else:
        say("downloading rabbitmq-server (no root, no sudo: unpacked under .ventros)")
        _unpack(unpacked)
    found = find(unpacked)
    if found is None:
        raise StackError(PART, f"it was installed but {SYSTEM_SERVER} is not there; {BY_HAND}")
    return found


def _unpack(unpacked: Path) -> None:
    """Download the package with what it needs of Erlang, and unpack both without installing."""
    downloads = unpacked.with_name("rabbitmq-packages")
    shutil.rmtree(downloads, ignore_errors=True)
    shutil.rmtree(unpacked, ignore_errors=True)
    downloads.mkdir(parents=True)
    listed = _run(["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests",
                   "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances",
                   "rabbitmq-server"]).stdout  # fmt: skip
    wanted = sorted(
        {
            name
            for name in re.findall(r"^([a-z0-9][a-z0-9+.-]+)$", listed, re.MULTILINE)
            if name.startswith("erlang-") and name != "erlang-base-hipe"
        }
        | {"rabbitmq-server", "libsctp1"}
    )
    _run(["apt-get", "-q", "download", *wanted], cwd=downloads)
    beside = unpacked.with_name(unpacked.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    for package in sorted(downloads.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(beside)])
    beside.rename(unpacked)
    shutil.rmtree(downloads)
    _write_erl(unpacked)


def _write_erl(unpacked: Path) -> None:
    """`erl` has its folder written into it: put one that knows the new place before it."""
    erlang = unpacked / "usr" / "lib" / "erlang"
    runtime = next(erlang.glob("erts-*"))
    shim = unpacked / "bin" / "erl"
    shim.parent.mkdir(exist_ok=True)
    libraries = sorted({str(path.parent) for path in (unpacked / "usr" / "lib").glob("*/*.so.*")})
    shim.write_text(
        "#!/bin/sh\n"
        f"export ROOTDIR='{erlang}' BINDIR='{runtime / 'bin'}' EMU=beam PROGNAME=erl\n"
        f"export LD_LIBRARY_PATH='{':'.join(libraries)}'\n"
        'exec "$BINDIR/erlexec" "$@"\n'
    )
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)


def _find_unpacked(unpacked: Path) -> Installation | None:
    shim = unpacked / "bin" / "erl"
    servers = sorted(unpacked.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"))
    mappers = sorted(unpacked.glob("usr/lib/erlang/erts-*/bin/epmd"))
    if not (shim.exists() and servers and mappers):
        return None
    return Installation(server=servers[-1], epmd=mappers[-1], path=shim.parent)


def _run(argv: Sequence[str], *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return debian.run(argv, part=PART, hint=BY_HAND, cwd=cwd)
