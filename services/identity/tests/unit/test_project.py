from datetime import UTC, datetime
from uuid import uuid4

import pytest

from ventros_identity.domain.project import (
    Project,
    ProjectChange,
    UnknownTimeZone,
    changed,
    check_time_zone,
)

PROJECT = Project(
    tenant_id=uuid4(), id=uuid4(), name="Loja", description="", time_zone="UTC",
    session_timeout_minutes=5.0, active=True, version=1,
    created_at=datetime(2026, 1, 1, tzinfo=UTC), updated_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip


def test_what_is_unset_stays_and_null_takes_the_timeout_away() -> None:
    assert changed(PROJECT, ProjectChange()) is PROJECT
    assert changed(PROJECT, ProjectChange(name="Loja", session_timeout_minutes=5)) is PROJECT
    after = changed(PROJECT, ProjectChange(session_timeout_minutes=None))
    assert (after.session_timeout_minutes, after.name) == (None, "Loja")


def test_time_zones_are_names_of_the_iana_database() -> None:
    for name in ("America/Sao_Paulo", "UTC", "Asia/Kolkata"):
        check_time_zone(name)
    for name in ("", "-03:00", "BRT3", "America/Sao Paulo", "../etc/passwd"):
        with pytest.raises(UnknownTimeZone):
            check_time_zone(name)
