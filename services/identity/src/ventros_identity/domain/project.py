"""A project: one business of a tenant, with its time zone and its sessions' timeout."""

import zoneinfo
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from platform_core.errors import Conflict, Invalid, NotFound


class UnknownTimeZone(Invalid):
    """The name is not one of the IANA time zone database."""

    code = "unknown_time_zone"


class LastProject(Conflict):
    """A tenant keeps at least one project: nobody could sign in without one."""

    code = "last_project"


class ProjectNotFound(NotFound):
    """No project of this tenant has this id."""

    code = "project_not_found"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project as it is stored. The timeout is in minutes; None means the installation's."""

    tenant_id: UUID
    id: UUID
    name: str
    description: str
    time_zone: str
    session_timeout_minutes: float | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ProjectChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; what is unset stays."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    session_timeout_minutes: float | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def check_time_zone(name: str) -> None:
    """Raises `UnknownTimeZone`."""
    if name not in _time_zones():
        raise UnknownTimeZone("The time zone is not a name of the IANA database.")


def changed(project: Project, change: ProjectChange) -> Project:
    """The project after a change; the very same when nothing is different.

    Raises:
        UnknownTimeZone: the change names one that is not known.
    """
    different = {
        name: value
        for name in change.__struct_fields__
        if (value := getattr(change, name)) is not UNSET and value != getattr(project, name)
    }
    if not different:
        return project
    if "time_zone" in different:
        check_time_zone(different["time_zone"])
    return msgspec.structs.replace(project, **different)
