"""Debian's packages, installed as root or by a user who may use sudo without a password."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from platform_devstack.errors import StackError

POLICY = Path("/usr/sbin/policy-rc.d")


def prefix() -> list[str] | None:
    """What goes before a command that installs; None when this user may not."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    may = run(["sudo", "-n", "true"], part="sudo", check=False).returncode == 0
    return ["sudo", "-n"] if may else None


def by_hand(packages: Sequence[str]) -> str:
    """What a person can do instead."""
    return f"install it with: apt-get install {' '.join(packages)}"


def install(packages: Sequence[str], before: Sequence[str], *, part: str) -> None:
    """Install packages without letting them start services of their own.

    Debian's packages ask /usr/sbin/policy-rc.d whether they may; 101 means no
    (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).

    Raises:
        StackError: apt fails; with its last words, in the name of `part`.
    """
    hint = by_hand(packages)
    ours = not POLICY.exists()
    if ours:
        script = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
        run([*before, "sh", "-c", script], part=part, hint=hint)
    try:
        apt = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
        # Another run of apt may hold the lock, e.g. the one that a fresh machine starts itself.
        apt += ["-o", "DPkg::Lock::Timeout=120"]
        wanted = ["install", "--no-install-recommends", *packages]
        if run([*apt, *wanted], part=part, check=False).returncode != 0:
            # A fresh image has no package lists yet.
            run([*apt, "update"], part=part, hint=hint)
            run([*apt, *wanted], part=part, hint=hint)
    finally:
        if ours:
            run([*before, "rm", "-f", str(POLICY)], part=part, hint=hint)


def run(
    argv: Sequence[str],
    *,
    part: str,
    hint: str = "",
    check: bool = True,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command of the package manager, within ten minutes. Raises StackError with `check`."""
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
            part, f"`{' '.join(argv)}` ended with {done.returncode}; {hint}", tail=last
        )
    return done
