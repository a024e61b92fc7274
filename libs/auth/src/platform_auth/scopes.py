"""What a program may be given: scopes, which are permissions by their own names.

A program never gets what makes ways in: people, invitations, keys, applications, roles. Who could
take over a program could otherwise stay for good.
"""

from collections.abc import Iterable
from typing import Final

from platform_auth.matrix import PERMISSIONS
from platform_auth.principal import Role
from platform_auth.project_matrix import ProjectRole, permissions_in_project

_WAYS_IN: Final = frozenset(
    {"api_key", "application", "audit", "identity_provider", "invitation", "me", "sign_in"}
)
_OF_THE_COMPANY: Final = frozenset({"member", "project", "tenant", "user"})
_READING: Final = frozenset({"read", "list"})


def _grantable(permission: str) -> bool:
    resource, _, operation = permission.partition(":")
    if resource in _WAYS_IN:
        return False
    return resource not in _OF_THE_COMPANY or operation in _READING


SCOPES: Final[frozenset[str]] = frozenset(filter(_grantable, PERMISSIONS))
"""Everything that an API key or an application can be given."""


_THINGS: Final = {
    "analytics": "figures",
    "channel": "channels",
    "contact": "contacts",
    "event": "the live stream of events, of what it may read",
    "member": "the members of projects",
    "message": "messages",
    "pipeline": "pipelines",
    "project": "projects",
    "session": "sessions",
    "tenant": "the company",
    "user": "users",
    "webhook": "webhooks",
}
_VERBS: Final = {
    "create": "Create",
    "read": "Read",
    "update": "Change",
    "delete": "Delete",
    "list": "List",
    "export": "Export",
}


def described(scope: str) -> str:
    """What a scope lets a program do, for people, such as `Read contacts`."""
    resource, _, operation = scope.partition(":")
    return f"{_VERBS[operation]} {_THINGS.get(resource, resource.replace('_', ' '))}"


def granted(scopes: Iterable[str]) -> frozenset[str]:
    """What of these can be given at all; what no longer can is left out, never an error."""
    return SCOPES.intersection(scopes)


def granted_by_person(
    scopes: Iterable[str], role: Role, project_role: ProjectRole | None
) -> frozenset[str]:
    """What an application may do for a person: what it was given, and the person may."""
    return granted(scopes) & permissions_in_project(role, project_role)
