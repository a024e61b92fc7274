"""What may change of a user, and who may change it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from platform_core.errors import Forbidden
from ventros_identity.commands.users import loses
from ventros_identity.domain.user import (
    LastAdmin,
    User,
    UserChange,
    changed,
    check_admin_left,
    check_may_change,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ANA = User(
    tenant_id=uuid4(), id=uuid4(), email="a@x.example", name="Ana", role="admin", active=True,
    version=1, created_at=NOW, updated_at=NOW,
)  # fmt: skip


def but(**fields: Any) -> User:
    return msgspec.structs.replace(ANA, **fields)


def test_a_change_that_changes_nothing_is_the_very_same() -> None:
    assert changed(ANA, UserChange(name="Ana", role="admin", active=True)) is ANA
    assert changed(ANA, UserChange(name="Bia")) == but(name="Bia")


@pytest.mark.parametrize(
    ("before", "after", "others", "kept"),
    [
        (but(), but(role="manager"), 0, True), (but(), but(active=False), 0, True),
        (but(), but(role="manager"), 1, False), (but(), but(active=False), 1, False),
        (but(), but(name="Bia"), 0, False), (but(role="user"), but(active=False), 0, False),
        # One that is disabled is no admin that could be lost.
        (but(active=False), but(active=False, role="user"), 0, False),
        (but(active=False), but(), 0, False),
    ],
)  # fmt: skip
def test_an_active_admin_is_left(before: User, after: User, others: int, kept: bool) -> None:
    if kept:
        with pytest.raises(LastAdmin):
            check_admin_left(before, after, others)
    else:
        check_admin_left(before, after, others)


@pytest.mark.parametrize(
    ("own", "manages", "after", "allowed"),
    [
        (True, False, but(name="Bia"), True), (True, False, but(role="manager"), False),
        (True, False, but(active=False), False), (False, False, but(name="Bia"), False),
        (False, False, but(), False), (False, True, but(role="user", name="Bia"), True),
        (True, True, but(role="user"), True),
    ],
)  # fmt: skip
def test_who_changes_what(own: bool, manages: bool, after: User, allowed: bool) -> None:
    by = ANA.id if own else uuid4()
    if allowed:
        check_may_change(by, ANA, after, manages=manages)
    else:
        with pytest.raises(Forbidden):
            check_may_change(by, ANA, after, manages=manages)


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        (but(), but(role="manager"), True), (but(role="manager"), but(), False),
        (but(role="user"), but(role="readonly"), True), (but(), but(name="Bia"), False),
        (but(), but(active=False), True), (but(active=False), but(), False),
        # Nothing that was made before is good any more.
        (but(active=False), but(active=False, role="user"), False),
    ],
)  # fmt: skip
def test_what_is_less_than_before(before: User, after: User, less: bool) -> None:
    assert loses(before, after) == less
