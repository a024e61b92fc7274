"""Migrations: plain SQL, applied by dbmate as the owner of the schema."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

_DEADLINE_SECONDS = 300


class MigrationError(Exception):
    """dbmate failed; the message is what it printed."""


def migrate(owner_url: str, service: str, directories: Sequence[Path]) -> str:
    """Apply what is pending in `directories` (in order of version over all) to the schema.

    Runs may overlap: dbmate holds a lock in the database. Returns what dbmate printed.

    Raises:
        MigrationError: with dbmate's own words.
    """
    command = [str(_dbmate()), "--url", _with_plain_connection(owner_url)]
    for directory in directories:
        command += ["--migrations-dir", str(directory)]
    command += ["--migrations-table", f"{service}.schema_migrations"]
    command += ["--no-dump-schema", "--migration-lock", "--migration-lock-timeout", "60s"]
    command += ["migrate", "--strict"]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            command, capture_output=True, text=True, check=False, timeout=_DEADLINE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise MigrationError(f"{service}: no end after {_DEADLINE_SECONDS} s") from error
    if done.returncode != 0:
        raise MigrationError(f"{service}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _dbmate() -> Path:
    return Path(sys.executable).parent / "dbmate"


def _with_plain_connection(url: str) -> str:
    """dbmate asks for TLS unless told otherwise; an address that says so itself is kept."""
    parts = urlsplit(url)
    if "sslmode=" in parts.query:
        return url
    query = f"{parts.query}&sslmode=disable" if parts.query else "sslmode=disable"
    return urlunsplit(parts._replace(scheme="postgres", query=query))
