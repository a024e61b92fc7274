"""Who a verified access token speaks for."""

import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from platform_auth.access import AccessClaims
from platform_auth.errors import TokenInvalid
from platform_auth.principal import Role
from platform_auth.project_matrix import ProjectRole, permissions_in_project
from ventros_gateway.callers import principal_of

APPLICATION = UUID("0192d3a4-0000-7000-8000-00000000000a")


def claims(**change: Any) -> AccessClaims:
    now = int(time.time())
    given: dict[str, Any] = {
        "iss": "i", "aud": "a", "sub": uuid4(), "tid": uuid4(), "pid": uuid4(), "role": Role.USER,
        "iat": now, "nbf": now, "exp": now + 600, "jti": uuid4(), **change,
    }  # fmt: skip
    return AccessClaims(**given)


def test_a_person_has_what_both_roles_allow() -> None:
    principal = principal_of(claims(project_role=ProjectRole.AGENT))
    assert principal.kind == "user"
    assert principal.application_id is None
    assert principal.permissions == permissions_in_project(Role.USER, ProjectRole.AGENT)


def test_an_application_does_for_a_person_what_it_was_given_and_the_person_may() -> None:
    principal = principal_of(
        claims(role=Role.READONLY, project_role=ProjectRole.VIEWER, client_id=APPLICATION,
               scope="contact:read contact:delete me:update")
    )  # fmt: skip
    assert principal.kind == "user"
    assert principal.application_id == APPLICATION
    assert principal.permissions == {"contact:read"}


def test_an_application_without_scopes_may_nothing() -> None:
    assert principal_of(claims(role=Role.ADMIN, client_id=APPLICATION)).permissions == frozenset()


def test_an_application_of_its_own_has_its_scopes_and_no_role() -> None:
    principal = principal_of(
        claims(kind="application", sub=APPLICATION, client_id=APPLICATION, role=None,
               scope="contact:read user:delete")
    )  # fmt: skip
    assert (principal.kind, principal.subject) == ("application", APPLICATION)
    assert principal.role is None
    assert principal.permissions == {"contact:read"}


@pytest.mark.parametrize(
    "change",
    [
        {"role": None},
        {"kind": "application", "role": None},
        {"kind": "application", "role": None, "client_id": APPLICATION},
        {"kind": "application", "sub": APPLICATION, "client_id": APPLICATION},
        {"scope": "contact:read"},
        {"scope": ""},
    ],
)
def test_claims_that_do_not_go_together_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        principal_of(claims(**change))
