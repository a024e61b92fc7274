"""What a member of a project may do there: four roles, 23 permissions, beside the tenant's matrix.

A user's role in the tenant is the ceiling. Admins and managers of the tenant act in every project
of it. Everybody else needs a membership, and has what both allow: the role in the tenant and the
role in the project.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from platform_auth.matrix import permissions_of
from platform_auth.principal import Role


class ProjectRole(StrEnum):
    """A member's role in one project."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    VIEWER = "viewer"


_VIEW: Final = ("read", "list")
_MANAGE: Final = ("create", "update", "delete")


def _of(resource: str, operations: tuple[str, ...]) -> frozenset[str]:
    return frozenset(f"{resource}:{operation}" for operation in operations)


_LETTERS: Final[Mapping[str, ProjectRole]] = {
    "A": ProjectRole.ADMIN,
    "S": ProjectRole.SUPERVISOR,
    "G": ProjectRole.AGENT,
    "V": ProjectRole.VIEWER,
}

# One row per permission: who has it (Admin, Supervisor, aGent, Viewer), and what of the tenant's
# matrix it stands for. A row without the latter waits for its resource.
_CELLS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "sessions.view": ("ASGV", _of("session", _VIEW)),
    "sessions.manage": ("ASG", _of("session", _MANAGE)),
    "messages.send": ("ASG", _of("message", _MANAGE)),
    "messages.view": ("ASGV", _of("message", _VIEW)),
    "contacts.view": ("ASGV", _of("contact", _VIEW)),
    "contacts.manage": ("ASG", _of("contact", _MANAGE)),
    "contacts.export": ("AS", _of("contact", ("export",))),
    "pipelines.view": ("ASGV", _of("pipeline", _VIEW)),
    "pipelines.manage": ("AS", _of("pipeline", _MANAGE)),
    "campaigns.view": ("ASGV", frozenset()),
    "campaigns.manage": ("AS", frozenset()),
    "sequences.view": ("ASGV", frozenset()),
    "sequences.manage": ("AS", frozenset()),
    "analytics.view": ("ASV", _of("analytics", _VIEW)),
    "analytics.export": ("AS", _of("analytics", ("export",))),
    "members.view": ("ASGV", _of("member", _VIEW)),
    "members.manage": ("A", _of("member", _MANAGE)),
    "channels.view": ("ASGV", _of("channel", _VIEW)),
    "channels.manage": ("A", _of("channel", _MANAGE)),
    "billing.view": ("", frozenset()),
    "billing.manage": ("", frozenset()),
    # A webhook tells others what happens in the project: a setting of it.
    "settings.view": ("ASV", _of("webhook", _VIEW)),
    "settings.manage": ("A", _of("webhook", _MANAGE) | _of("project", _MANAGE)),
}

PROJECT_PERMISSIONS: Final[tuple[str, ...]] = tuple(_CELLS)

OF_THE_PERSON: Final[frozenset[str]] = frozenset(
    {
        "me:read",
        "me:update",
        "event:read",
        "tenant:read",
        "user:read",
        "user:update",
        "project:read",
        "project:list",
    }
)
"""What no project role takes away: oneself, and the names of the places one is in."""

_PROJECT_PERMISSIONS_OF: Final[Mapping[ProjectRole, frozenset[str]]] = {
    role: frozenset(name for name, (holders, _) in _CELLS.items() if letter in holders)
    for letter, role in _LETTERS.items()
}

_EVERYWHERE: Final = frozenset({Role.ADMIN, Role.MANAGER})


def project_permissions_of(role: ProjectRole) -> frozenset[str]:
    """All permissions of a project role, by the names of the project roles."""
    return _PROJECT_PERMISSIONS_OF[role]


def granted_by(permission: str) -> frozenset[str]:
    """What of the tenant's matrix a project permission stands for. Raises KeyError."""
    return _CELLS[permission][1]


def needs_membership(role: Role | None) -> bool:
    """Whether this role enters no project that its user is not a member of.

    A program has no role, and works in its own project alone.
    """
    return role not in _EVERYWHERE


def permissions_in_project(role: Role, project_role: ProjectRole | None) -> frozenset[str]:
    """What a user may do in one project, by `resource:operation`."""
    return _IN_PROJECT[role, project_role]


def _in_project(role: Role, project_role: ProjectRole | None) -> frozenset[str]:
    ceiling = permissions_of(role)
    if not needs_membership(role):
        return ceiling
    names = frozenset[str]() if project_role is None else project_permissions_of(project_role)
    return ceiling & OF_THE_PERSON.union(*(granted_by(name) for name in names))


_IN_PROJECT: Final = {
    (role, project_role): _in_project(role, project_role)
    for role in Role
    for project_role in (None, *ProjectRole)
}
