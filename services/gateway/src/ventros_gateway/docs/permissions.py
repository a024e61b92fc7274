"""`/docs/permissions`: who may do what, from the tables that decide it."""

from html import escape
from typing import Final

import msgspec
from litestar import Response, get

from platform_auth.matrix import OPERATIONS, PERMISSIONS, RESOURCES, permissions_of
from platform_auth.principal import Role
from platform_auth.project_matrix import (
    PROJECT_PERMISSIONS,
    ProjectRole,
    granted_by,
    project_permissions_of,
)
from platform_auth.routes import ROUTES
from ventros_gateway.docs.page import PAGE_HEADERS

YES: Final = '<td class="yes">yes</td>'
NO: Final = '<td class="no">no</td>'


class ResourcePermissions(msgspec.Struct, frozen=True, kw_only=True):
    """What each role may do with one resource."""

    resource: str
    operations: dict[Role, list[str]]


class ProjectPermission(msgspec.Struct, frozen=True, kw_only=True):
    """One permission of the project roles, and what of the resources it stands for."""

    permission: str
    roles: list[ProjectRole]
    grants: list[str]


class RoutePermission(msgspec.Struct, frozen=True, kw_only=True):
    """One route; without a permission anybody may call it."""

    method: str
    path: str
    permission: str | None
    roles: list[Role]


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows."""

    resources: list[ResourcePermissions]
    project_roles: list[ProjectPermission]
    routes: list[RoutePermission]


def permissions() -> Permissions:
    """The tables."""
    return Permissions(
        resources=[
            ResourcePermissions(
                resource=resource,
                operations={role: _operations(resource, role) for role in Role},
            )
            for resource in RESOURCES
        ],
        project_roles=[
            ProjectPermission(
                permission=name,
                roles=[role for role in ProjectRole if name in project_permissions_of(role)],
                grants=sorted(granted_by(name) & PERMISSIONS),
            )
            for name in PROJECT_PERMISSIONS
        ],
        routes=[
            RoutePermission(
                method=route.method,
                path=route.path,
                permission=route.permission,
                roles=[
                    role
                    for role in Role
                    if route.permission is None or route.permission in permissions_of(role)
                ],
            )
            for route in ROUTES
        ],
    )


def page(shown: Permissions) -> str:
    """The tables as one HTML page without scripts."""
    return _PAGE.format(
        roles=_heads(Role),
        resources="\n".join(_resource(one) for one in shown.resources),
        project_roles=_heads(ProjectRole),
        project_permissions="\n".join(_project_permission(one) for one in shown.project_roles),
        routes="\n".join(_route(one) for one in shown.routes),
    )


@get("/docs/permissions", include_in_schema=False, operation_id="docs_permissions")
async def permissions_page() -> Response[str]:
    """The page."""
    return Response(_MADE, media_type="text/html; charset=utf-8", headers=dict(PAGE_HEADERS))


@get("/docs/permissions.json", include_in_schema=False, operation_id="permissions")
async def permissions_document() -> Response[bytes]:
    """The same for programs."""
    return Response(msgspec.json.encode(permissions()), media_type="application/json")


def _operations(resource: str, role: Role) -> list[str]:
    allowed = permissions_of(role)
    return [operation for operation in OPERATIONS if f"{resource}:{operation}" in allowed]


def _heads(roles: type[Role] | type[ProjectRole]) -> str:
    return "".join(f'<th scope="col">{escape(role)}</th>' for role in roles)


def _resource(one: ResourcePermissions) -> str:
    cells = "".join(
        f"<td>{', '.join(operations)}</td>" if operations else NO
        for operations in one.operations.values()
    )
    return f'<tr><th scope="row">{escape(one.resource)}</th>{cells}</tr>'


def _project_permission(one: ProjectPermission) -> str:
    cells = "".join(YES if role in one.roles else NO for role in ProjectRole)
    grants = escape(", ".join(one.grants)) or "nothing yet"
    return f'<tr><th scope="row">{escape(one.permission)}</th>{cells}<td>{grants}</td></tr>'


def _route(one: RoutePermission) -> str:
    cells = "".join(YES if role in one.roles else NO for role in Role)
    needs = f"<code>{escape(one.permission)}</code>" if one.permission else "anybody"
    return (
        f'<tr><td>{escape(one.method)}</td><th scope="row"><code>{escape(one.path)}</code></th>'
        f"<td>{needs}</td>{cells}</tr>"
    )


_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>Ventros permissions</title>
<link rel="icon" href="data:," />
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  color: #1b1f24; background: #fff; }}
nav a {{ margin-right: 1.5rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; margin-bottom: 2.5rem; }}
th, td {{ text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #d5dae0;
  vertical-align: top; }}
thead th {{ background: #f3f5f7; white-space: nowrap; }}
tbody th {{ font-weight: 600; white-space: nowrap; }}
.yes {{ color: #0a6b2d; }}
.no {{ color: #6b7280; }}
code {{ font-size: .92em; }}
</style>
</head>
<body>
<h1>Permissions</h1>
<nav><a href="#resources">Roles</a><a href="#projects">Project roles</a><a href="#routes">Routes</a>
<a href="/docs">API</a><a href="/docs/permissions.json">JSON</a></nav>
<p>What is not named here is denied. Another tenant's things are not found, whoever asks.</p>
<h2 id="resources">Roles</h2>
<div class="wide"><table><thead><tr><th scope="col">resource</th>{roles}</tr></thead><tbody>
{resources}
</tbody></table></div>
<h2 id="projects">Project roles</h2>
<p>Admins and managers act in every project of their tenant. Everybody else needs a membership, and
may do what both the role and the project role allow.</p>
<div class="wide"><table><thead><tr><th scope="col">permission</th>{project_roles}
<th scope="col">stands for</th></tr></thead><tbody>
{project_permissions}
</tbody></table></div>
<h2 id="routes">Routes</h2>
<div class="wide"><table><thead><tr><th scope="col">method</th><th scope="col">path</th>
<th scope="col">needs</th>{roles}</tr></thead><tbody>
{routes}
</tbody></table></div>
</body>
</html>
"""
_MADE: Final = page(permissions())
