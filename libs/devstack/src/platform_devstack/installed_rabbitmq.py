"""Find RabbitMQ on this machine, or get it from the distribution's packages.

As root, and as a user who may use sudo, it is installed with apt; without either, the packages
are downloaded and unpacked under the state folder, which needs no rights at all.
"""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from platform_devstack.errors import StackError

PART = "rabbitmq"
SYSTEM_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
SYSTEM_ERLANG = Path("/usr/lib/erlang")
POLICY = Path("/usr/sbin/policy-rc.d")
BY_HAND = "install it with: apt-get install rabbitmq-server"


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
    if os.geteuid() == 0:
        say("installing rabbitmq-server with apt")
        _apt_install([])
    elif _may_sudo():
        say("installing rabbitmq-server with sudo apt")
        _apt_install(["sudo", "-n"])
    else:
        say("downloading rabbitmq-server (no root, no sudo: unpacked under .ventros)")
        _unpack(unpacked)
    found = find(unpacked)
    if found is None:
        raise StackError(PART, f"it was installed but {SYSTEM_SERVER} is not there; {BY_HAND}")
    return found


def _may_sudo() -> bool:
    if shutil.which("sudo") is None:
        return False
    return _run(["sudo", "-n", "true"], check=False).returncode == 0


def _apt_install(prefix: Sequence[str]) -> None:
    """Install the package without letting it start a service of its own.

    Debian's packages ask /usr/sbin/policy-rc.d whether they may; 101 means no
    (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
    """
    ours = not POLICY.exists()
    if ours:
        script = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
        _run([*prefix, "sh", "-c", script])
    try:
        apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
        # Another run of apt may hold the lock, e.g. the one that a fresh machine starts itself.
        apt += ["-o", "DPkg::Lock::Timeout=120"]
        if _run([*apt, *_INSTALL], check=False).returncode != 0:
            # A fresh image has no package lists yet.
            _run([*apt, "update"])
            _run([*apt, *_INSTALL])
    finally:
        if ours:
            _run([*prefix, "rm", "-f", str(POLICY)])


_INSTALL = ("install", "--no-install-recommends", "rabbitmq-server")


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


def _run(
    argv: Sequence[str], *, check: bool = True, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        argv,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    if check and done.returncode != 0:
        last = tuple(done.stdout.splitlines()[-10:])
        raise StackError(
            PART, f"`{' '.join(argv)}` ended with {done.returncode}; {BY_HAND}", tail=last
        )
    return done
