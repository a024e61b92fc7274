"""Every cell of the project roles, written out a second time on purpose."""

import pytest

from platform_auth import Role
from platform_auth.matrix import PERMISSIONS, permissions_of
from platform_auth.project_matrix import (
    OF_THE_PERSON,
    PROJECT_PERMISSIONS,
    ProjectRole,
    granted_by,
    needs_membership,
    permissions_in_project,
    project_permissions_of,
)

ALL = {
    "sessions.view", "sessions.manage", "messages.send", "messages.view", "contacts.view",
    "contacts.manage", "contacts.export", "pipelines.view", "pipelines.manage", "campaigns.view",
    "campaigns.manage", "sequences.view", "sequences.manage", "analytics.view",
    "analytics.export", "members.view", "members.manage", "channels.view", "channels.manage",
    "billing.view", "billing.manage", "settings.view", "settings.manage",
}  # fmt: skip
BILLING = {"billing.view", "billing.manage"}
TABLE = {
    ProjectRole.ADMIN: ALL - BILLING,
    ProjectRole.SUPERVISOR: ALL
    - BILLING
    - {"members.manage", "channels.manage", "settings.manage"},
    ProjectRole.AGENT: {
        "sessions.view", "sessions.manage", "messages.send", "messages.view", "contacts.view",
        "contacts.manage", "pipelines.view", "campaigns.view", "sequences.view", "members.view",
        "channels.view",
    },
    ProjectRole.VIEWER: {name for name in ALL if name.endswith(".view")} - BILLING,
}  # fmt: skip
CELLS = [(role, permission) for role in ProjectRole for permission in sorted(ALL)]


def test_the_table_has_92_cells() -> None:
    assert len(CELLS) == 4 * 23
    assert set(PROJECT_PERMISSIONS) == ALL


@pytest.mark.parametrize(("role", "permission"), CELLS)
def test_a_cell(role: ProjectRole, permission: str) -> None:
    assert (permission in project_permissions_of(role)) == (permission in TABLE[role])


@pytest.mark.parametrize("permission", PROJECT_PERMISSIONS)
def test_a_permission_stands_for_what_the_matrix_knows(permission: str) -> None:
    unknown = granted_by(permission) - PERMISSIONS
    # Nobody opens or deletes a session by hand, or deletes a message: there is no such operation.
    assert unknown <= {"session:create", "session:delete"}


@pytest.mark.parametrize("project_role", [None, *ProjectRole])
@pytest.mark.parametrize("role", list(Role))
def test_the_role_in_the_tenant_is_the_ceiling(
    role: Role, project_role: ProjectRole | None
) -> None:
    assert permissions_in_project(role, project_role) <= permissions_of(role)


@pytest.mark.parametrize("project_role", [None, *ProjectRole])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER])
def test_admins_and_managers_of_the_tenant_are_not_narrowed(
    role: Role, project_role: ProjectRole | None
) -> None:
    assert not needs_membership(role)
    assert permissions_in_project(role, project_role) == permissions_of(role)


@pytest.mark.parametrize("role", [Role.USER, Role.READONLY])
def test_without_a_membership_only_what_is_of_the_person_is_left(role: Role) -> None:
    assert needs_membership(role)
    assert permissions_in_project(role, None) == permissions_of(role) & OF_THE_PERSON


@pytest.mark.parametrize("role", [Role.USER, Role.READONLY])
def test_a_project_admin_has_all_that_the_ceiling_allows(role: Role) -> None:
    """So no permission is forgotten: each is of the person, or of some project permission."""
    assert permissions_in_project(role, ProjectRole.ADMIN) == permissions_of(role)


@pytest.mark.parametrize(
    ("role", "project_role", "may", "may_not"),
    [
        (Role.USER, ProjectRole.AGENT, "contact:update", "pipeline:update"),
        (Role.USER, ProjectRole.SUPERVISOR, "pipeline:update", "member:create"),
        (Role.USER, ProjectRole.VIEWER, "contact:read", "contact:update"),
        (Role.USER, ProjectRole.ADMIN, "member:create", "user:create"),
        (Role.USER, ProjectRole.AGENT, "message:create", "project:update"),
        (Role.READONLY, ProjectRole.ADMIN, "contact:read", "contact:update"),
    ],
)
def test_both_have_to_allow_it(
    role: Role, project_role: ProjectRole, may: str, may_not: str
) -> None:
    allowed = permissions_in_project(role, project_role)
    assert may in allowed
    assert may_not not in allowed
