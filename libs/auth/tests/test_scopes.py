"""What programs may be given, and what of it they may do for a person."""

import pytest

from platform_auth.matrix import PERMISSIONS, RESOURCES, permissions_of
from platform_auth.principal import Role
from platform_auth.project_matrix import ProjectRole, permissions_in_project
from platform_auth.scopes import SCOPES, granted, granted_by_person

NEVER = {"api_key", "application", "audit", "identity_provider", "invitation", "me", "sign_in"}
ONLY_READ = {"member", "project", "tenant", "user"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_no_scope_makes_a_way_in(resource: str) -> None:
    operations = {scope.partition(":")[2] for scope in SCOPES if scope.startswith(f"{resource}:")}
    held = {each.partition(":")[2] for each in PERMISSIONS if each.startswith(f"{resource}:")}
    if resource in NEVER:
        assert operations == set()
    elif resource in ONLY_READ:
        assert operations == held & {"read", "list"}
    else:
        assert operations == held


def test_what_cannot_be_given_is_left_out() -> None:
    asked = ["contact:read", "user:create", "me:update", "no:thing", "contact:read"]
    assert granted(asked) == {"contact:read"}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("project_role", [None, *ProjectRole])
def test_an_application_never_does_more_than_its_person(
    role: Role, project_role: ProjectRole | None
) -> None:
    everything = granted_by_person(SCOPES, role, project_role)
    assert everything == SCOPES & permissions_in_project(role, project_role)
    assert everything < permissions_of(role)
    assert granted_by_person([], role, project_role) == frozenset()
