"""Every cell of the catalogue's table of roles, written out a second time on purpose."""

import pytest

from platform_auth import Role
from platform_auth.matrix import OPERATIONS, PERMISSIONS, RESOURCES, permissions_of
from platform_auth.routes import ROUTES, Matcher, shape

CATALOGUE = {
    Role.ADMIN: """
        project    create read update delete list export
        contact    create read update delete list export
        message    create read update delete list export
        webhook    create read update delete list
        pipeline   create read update delete list
        user       create read update delete list
        analytics  read list export""",
    Role.MANAGER: """
        project    create read update delete list export
        contact    create read update delete list export
        message    create read update delete list export
        webhook    create read update delete list
        pipeline   create read update delete list
        user       read list
        analytics  read list export""",
    Role.USER: """
        project    create read update list
        contact    create read update delete list
        message    create read update list
        webhook    create read update delete list
        pipeline   create read update list
        user       read update
        analytics  read""",
    Role.READONLY: """
        project    read list
        contact    read list
        message    read list
        webhook    read list
        pipeline   read list
        user       read
        analytics  read list""",
}
TABLE = {
    role: {line.split()[0]: set(line.split()[1:]) for line in text.strip().splitlines()}
    for role, text in CATALOGUE.items()
}
CELLS = [
    (role, resource, operation)
    for role in Role
    for resource in TABLE[Role.ADMIN]
    for operation in OPERATIONS
]


def test_the_table_has_168_cells() -> None:
    assert len(CELLS) == 4 * 7 * 6


@pytest.mark.parametrize(("role", "resource", "operation"), CELLS)
def test_a_cell(role: Role, resource: str, operation: str) -> None:
    allowed = f"{resource}:{operation}" in permissions_of(role)
    assert allowed == (operation in TABLE[role][resource])


def test_what_is_not_in_the_matrix_is_denied() -> None:
    for role in Role:
        assert not {"contact:purge", "billing:read", "", "contact"} & permissions_of(role)


def test_nobody_may_more_than_an_admin() -> None:
    for role in Role:
        assert permissions_of(role) <= permissions_of(Role.ADMIN) == PERMISSIONS


def test_only_an_admin_manages_channels() -> None:
    for operation in ("create", "update", "delete"):
        holders = [role for role in Role if f"channel:{operation}" in permissions_of(role)]
        assert holders == [Role.ADMIN]


def test_every_route_needs_a_permission_that_somebody_has_or_is_one_of_the_public_ones() -> None:
    public = {(route.method, route.path) for route in ROUTES if route.public}
    assert public == {
        ("POST", "/v1/sign-up"),
        ("POST", "/v1/auth/email-confirmation/confirm"),
        ("POST", "/v1/invitations/accept"),
        ("POST", "/v1/auth/sign-in"),
        ("POST", "/v1/auth/refresh"),
        ("POST", "/v1/auth/password-reset"),
        ("POST", "/v1/auth/second-factor"),
        ("POST", "/v1/auth/password-reset/confirm"),
        ("GET", "/.well-known/jwks.json"),
        ("POST", "/v1/auth/external"),
        ("POST", "/v1/auth/external/finish"),
        ("GET", "/v1/auth/external/providers"),
        ("GET", "/oauth/authorize"),
        ("GET", "/oauth/authorize/{asset}"),
        ("POST", "/oauth/token"),
        ("POST", "/oauth/revoke"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/oauth-protected-resource"),
        ("POST", "/webhooks/{webhook_id}"),
        ("GET", "/v1/files/{link}"),
        ("GET", "/webhooks/{webhook_id}"),
        ("GET", "/health"),
        ("GET", "/docs"),
        ("GET", "/docs/permissions"),
        ("GET", "/docs/permissions.json"),
        ("GET", "/docs/{asset}"),
    }
    for route in ROUTES:
        if route.permission is not None:
            assert route.permission in PERMISSIONS, route
            assert route.permission.split(":")[0] in RESOURCES


def test_no_two_routes_answer_the_same_request() -> None:
    keys = [(route.method, shape(route.path)) for route in ROUTES]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_matcher_finds_every_route(route: object) -> None:
    found = Matcher().match(shape(route.path).replace("{}", "0190"))
    assert found[route.method] is route


@pytest.mark.parametrize(
    "path",
    ["/", "", "/v1", "/v1/", "/v1/contacts/", "/v1/contacts//merge", "/v1/contacts/1/merge/2",
     "/V1/contacts", "/webhooks/", "/health/live", "/metrics", "v1/contacts", "/v1/auth"],
)  # fmt: skip
def test_the_matcher_finds_nothing_else(path: str) -> None:
    assert Matcher().match(path) == {}
