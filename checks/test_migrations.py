"""Migrations: plain SQL that locks nobody out, in files that dbmate orders rightly."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from checks.workspace import ROOT

MIGRATIONS = sorted(
    [*ROOT.glob("services/*/migrations/*.sql"), *ROOT.glob("libs/*/src/*/migrations/*.sql")]
)
_NAME = re.compile(r"\d{14}_[a-z0-9_]+\.sql")

BAD = {
    "a column that old rows cannot have": "ALTER TABLE message ADD COLUMN x int NOT NULL;",
    "an index that stops writes": "CREATE INDEX x ON message (tenant_id, status);",
    "a foreign key that checks under a lock": (
        "ALTER TABLE message ADD CONSTRAINT x"
        " FOREIGN KEY (tenant_id, id) REFERENCES y (tenant_id, id);"
    ),
    "a type that rewrites the table": "ALTER TABLE message ALTER COLUMN status TYPE int;",
    "a column that old code reads": "ALTER TABLE message DROP COLUMN status;",
    "a time without its zone": "ALTER TABLE message ADD COLUMN x timestamp;",
    "a name that old code knows": "ALTER TABLE message RENAME COLUMN status TO state;",
}


def squawk(sql: str) -> subprocess.CompletedProcess[str]:
    """What squawk says of this migration."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "squawk"), "--stdin-filepath", "planted.sql"],
        input=f"SET LOCAL lock_timeout = '5s';\n{sql}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_every_migration_passes_the_linter() -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "lint-migrations.sh"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("sql", BAD.values(), ids=BAD.keys())
def test_what_would_hurt_a_running_system_is_found(sql: str) -> None:
    assert squawk(sql).returncode != 0


def test_what_hurts_nobody_is_not() -> None:
    done = squawk("ALTER TABLE message ADD COLUMN language text;")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_a_migration_is_one_that_dbmate_runs_safely(path: Path) -> None:
    assert _NAME.fullmatch(path.name)
    text = path.read_text()
    up, _, down = text.partition("-- migrate:down")
    assert up.startswith("-- migrate:up")
    assert down.strip(), "no way back"
    if "transaction:false" not in up.splitlines()[0]:
        assert "SET LOCAL lock_timeout" in up


def test_versions_are_unique_within_a_schema() -> None:
    """The bus's tables are in every schema, so its versions count with each service's."""
    shared = [path.name[:14] for path in MIGRATIONS if "libs" in path.parts]
    for service in ROOT.glob("services/*"):
        versions = shared + [path.name[:14] for path in service.glob("migrations/*.sql")]
        assert len(set(versions)) == len(versions), service.name
