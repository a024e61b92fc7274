"""The one permission matrix: role to `resource:operation`. What is not in it is denied."""

from collections.abc import Mapping
from typing import Final, Literal

from platform_auth.principal import Role

Operation = Literal["create", "read", "update", "delete", "list", "export"]

_LETTERS: Final[Mapping[str, Operation]] = {
    "C": "create",
    "R": "read",
    "U": "update",
    "D": "delete",
    "L": "list",
    "E": "export",
}
OPERATIONS: Final[tuple[Operation, ...]] = tuple(_LETTERS.values())

# One row per resource: admin, manager, user, readonly.
_CELLS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "project": ("CRUDLE", "CRUDLE", "CRUL", "RL"),
    "contact": ("CRUDLE", "CRUDLE", "CRUDL", "RL"),
    "message": ("CRUDLE", "CRUDLE", "CRUL", "RL"),
    "webhook": ("CRUDL", "CRUDL", "CRUDL", "RL"),
    "pipeline": ("CRUDL", "CRUDL", "CRUL", "RL"),
    "user": ("CRUDL", "RL", "RU", "R"),
    "analytics": ("RLE", "RLE", "R", "RL"),
    # A channel is the company's number and its credential: whoever can change it can read along
    # or silence it, so managing is the admin's, as in the project roles (`channels.manage`).
    # Everybody has to see which number a conversation came by (`channels.view`).
    "channel": ("CRUDL", "RL", "RL", "RL"),
    # Sessions are opened by messages and never deleted: nobody creates or deletes one by hand.
    # To close one is an update and is an agent's daily work (`sessions.manage`); a viewer reads.
    "session": ("RUL", "RUL", "RUL", "RL"),
    # Who changed who may do what: for those alone who answer for it.
    "audit": ("RLE", "", "", ""),
    # Who may become a user: for who makes users.
    "invitation": ("CDL", "", "", ""),
    # Who works in a project. A user manages members where the project role lets them.
    "member": ("CRUDL", "CRUDL", "CRUDL", "RL"),
    # One's own company: everybody sees its name, its admin changes it, there is nothing to list.
    "tenant": ("RU", "R", "R", "R"),
    # Who I am signed in as, where, and how I prove it: everybody's own, in every role.
    "me": ("RU", "RU", "RU", "RU"),
    # Programs of the company's own, and of others that it lets in: both are ways in.
    "api_key": ("CRUDL", "RL", "", ""),
    "application": ("CRUDL", "RL", "", ""),
    # With whom the company's people may sign in instead of with a password here.
    "identity_provider": ("CRUDL", "", "", ""),
    # The live stream; each event in it needs the permission to read what it tells of.
    "event": ("R", "R", "R", "R"),
    # Where others are signed in: for those who answer for who has access.
    "sign_in": ("DL", "", "", ""),
}

RESOURCES: Final[tuple[str, ...]] = tuple(_CELLS)


def _expand(column: int) -> frozenset[str]:
    return frozenset(
        f"{resource}:{_LETTERS[letter]}"
        for resource, cells in _CELLS.items()
        for letter in cells[column]
    )


_PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = {
    role: _expand(column) for column, role in enumerate(Role)
}

PERMISSIONS: Final[frozenset[str]] = frozenset().union(*_PERMISSIONS.values())
"""Every permission that some role has; a route can require no other."""


def permissions_of(role: Role) -> frozenset[str]:
    """All permissions of a role."""
    return _PERMISSIONS[role]
