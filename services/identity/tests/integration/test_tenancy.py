"""Every route, every role, own and other tenant, and every table."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import asyncpg
import pytest
from litestar import Litestar

from platform_auth import routes
from platform_auth.guard import unserved
from platform_auth.matrix import permissions_of
from platform_auth.principal import Role
from platform_postgres import Database, catalogue

from ..conftest import PASSWORD, Tenant
from ..provider import Provider, come, register, running

VERSIONED = ("tenant", "project", "user_account", "project_member", "identity_provider")
GUARDED = [route for route in routes.ROUTES if route.service == "identity" and route.permission]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/projects": {"name": "Nova"},
    "/v1/me/email-confirmation": {"language": "en"},
    "/v1/me/second-factor": {"password": PASSWORD},
    "/v1/me/second-factor/confirm": {"code": "000000"},
    "/v1/me/second-factor/recovery-codes": {"code": "000000"},
    "/v1/me/second-factor/disable": {"password": PASSWORD},
    "/v1/me/password": {"old_password": PASSWORD, "new_password": "another long password"},
    "/v1/projects/{project_id}": {"name": "Outra"},
    "/v1/users": {
        "email": "bia@ana.example", "name": "Bia", "password": "a long password", "role": "user",
    },
    "/v1/users/{user_id}": {"name": "Outra"},
    "/v1/tenant": {"name": "Outra Ltda"},
    "/v1/invitations": {"email": "eva@x.example", "role": "user"},
    "/v1/projects/{project_id}/members/{member_id}": {"role": "viewer"},
    "/v1/identity-providers/{identity_provider_id}": {"name": "Outro"},
    "/v1/api-keys": {"name": "Loja virtual", "scopes": ["contact:read"]},
    "/v1/api-keys/{api_key_id}": {"name": "Outra"},
    "/v1/applications": {
        "name": "Livros", "kind": "confidential", "scopes": ["contact:read"],
        "redirect_uris": ["https://books.example/callback"],
    },
    "/v1/applications/{application_id}": {"name": "Contas"},
}  # fmt: skip


CONSENT = "/v1/oauth/authorizations"


class Place:
    """What a tenant has that paths and bodies speak of."""

    def __init__(self, tenant: Tenant, guest_id: str, member_id: str, invitation_id: str) -> None:
        self.ids = {
            "project_id": str(tenant.project_id),
            "user_id": str(tenant.seeded.user_id),
            "sign_in_id": str(tenant.sign_in_id),
            "member_id": member_id,
            "invitation_id": invitation_id,
        }
        self.guest_id = guest_id
        self.provider: dict[str, Any] = {}

    async def join(self, tenant: Tenant, provider: Provider) -> None:
        """The tenant's admin has signed in at a provider."""
        provider.knows("s-1", email=tenant.seeded.email, email_verified=True)
        self.ids["identity_provider_id"] = await register(tenant, provider)
        await come(tenant, provider, self.ids["identity_provider_id"], "s-1")
        found = (await tenant.call("GET", "/v1/me/external-identities")).json()["items"]
        self.ids["external_identity_id"] = found[0]["id"]
        self.provider = {
            "name": "Outro", "issuer": provider.issuer, "client_id": "x", "client_secret": "x",
        }  # fmt: skip

    @property
    def asked(self) -> dict[str, str]:
        """What the tenant's application asks of a person."""
        return {
            "client_id": self.ids["application_id"],
            "redirect_uri": "https://books.example/callback",
            "response_type": "code",
            "scope": "contact:read",
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
        }

    def path(self, route: routes.Route) -> str:
        # The only admin cannot be disabled, nor lose the own second factor: the guest can.
        others = route.path.endswith(("able", "{user_id}/second-factor"))
        guest = {"user_id": self.guest_id} if others else {}
        path = route.path.format(**self.ids | guest)
        if route.path == CONSENT and route.method == "GET":
            return f"{path}?{urlencode(self.asked)}"
        return path

    def body(self, route: routes.Route) -> dict[str, Any]:
        if route.path == "/v1/identity-providers" and route.method == "POST":
            return {"json": self.provider}
        if route.path == CONSENT and route.method == "POST":
            return {"json": {**self.asked, "decision": "allow"}}
        if route.path == "/v1/auth/switch-project":
            return {"json": {"project_id": self.ids["project_id"]}}
        if route.path.endswith("/members") and route.method == "POST":
            return {"json": {"user_id": self.ids["user_id"], "role": "agent"}}
        if route.path.endswith("/secrets") and route.method == "POST":
            return {"headers": {"Idempotency-Key": str(uuid4())}}
        if route.path in BODIES and route.method in {"POST", "PATCH"}:
            return {"json": BODIES[route.path], "headers": {"Idempotency-Key": str(uuid4())}}
        return {}


async def place_of(tenant: Tenant, provider: Provider | None = None) -> Place:
    await tenant.sign_in()
    guest = {"email": "caio@x.example", "name": "Caio", "password": PASSWORD, "role": "user"}
    guest_id = (await tenant.call("POST", "/v1/users", json=guest)).json()["id"]
    path, body = f"/v1/projects/{tenant.project_id}/members", {"user_id": guest_id, "role": "agent"}
    member_id = (await tenant.call("POST", path, json=body)).json()["id"]
    invited = {"email": "davi@x.example", "role": "user"}
    invitation_id = (await tenant.call("POST", "/v1/invitations", json=invited)).json()["id"]
    place = Place(tenant, guest_id, member_id, invitation_id)
    once = {"Idempotency-Key": "a-key-of-a-test"}
    key = await tenant.call("POST", "/v1/api-keys", json=BODIES["/v1/api-keys"], headers=once)
    place.ids["api_key_id"] = key.json()["key"]["id"]
    once = {"Idempotency-Key": str(uuid4())}
    path = "/v1/applications"
    made = (await tenant.call("POST", path, json=BODIES[path], headers=once)).json()
    place.ids["application_id"] = made["application"]["id"]
    place.ids["secret_id"] = made["secret"]["id"]
    decision = {**place.asked, "decision": "allow"}
    assert (await tenant.call("POST", CONSENT, json=decision)).is_success
    if provider is not None:
        await place.join(tenant, provider)
    return place


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


def needed(route: routes.Route, provider: Provider) -> Provider | None:
    return provider if "identit" in route.path else None


def test_every_promised_route_is_served(app: Litestar) -> None:
    assert unserved(app, "identity") == []


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
async def test_a_route_follows_the_matrix_and_shows_nothing_of_another_tenant(
    route: routes.Route, ana: Tenant, rui: Tenant, provider: Provider
) -> None:
    asked = needed(route, provider)
    mine, theirs = await place_of(ana, asked), await place_of(rui, asked)
    for headers in (
        {"Authorization": ""},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "", "X-Ventros-Tenant-Id": str(ana.id), "X-Ventros-Role": "admin"},
    ):
        body = {**mine.body(route), "headers": headers}
        answer = await ana.call(route.method, mine.path(route), **body)
        assert answer.status_code == 401
    allowed = [role for role in Role if route.permission in permissions_of(role)]
    for role in Role:
        if "{" in route.path:
            other = await ana.call(route.method, theirs.path(route), role=role, **mine.body(route))
            assert other.status_code == (404 if role in allowed else 403), role
        if role not in allowed:
            own = await ana.call(route.method, mine.path(route), role=role, **mine.body(route))
            assert (own.status_code, own.json()["code"]) == (403, "forbidden"), role
    for role in allowed:
        own = await ana.call(route.method, mine.path(route), role=role, **mine.body(route))
        if route.path == "/v1/projects/{project_id}" and route.method == "DELETE":
            assert (own.status_code, own.json()["code"]) == (409, "last_project")
        elif "/second-factor" in route.path and route.path != "/v1/me/second-factor":
            assert (own.status_code, own.json()["code"]) == (404, "second_factor_not_found")
        elif role == allowed[0]:
            assert own.status_code in {200, 201, 204}, own.text
        else:
            # What can be done once was done as the first role.
            assert own.status_code != 401, own.text
            assert "lacks the permission" not in own.text
        assert str(rui.id) not in own.text
        assert str(rui.project_id) not in own.text


async def test_the_schema_has_no_hole(db: Database) -> None:
    async with db.system() as tx:
        assert await catalogue.check(tx, "identity") == []


async def test_no_table_shows_a_tenant_to_another(
    db: Database, ana: Tenant, rui: Tenant, provider: Provider
) -> None:
    for tenant in (ana, rui):
        place = await place_of(tenant, provider)
        begun = {"provider_id": place.ids["identity_provider_id"]}
        assert (await tenant.call("POST", "/v1/auth/external", json=begun)).is_success
    others = ("invitation", "external_identity", "external_flow", "outbox")
    async with db.tenant(ana.id) as tx:
        for table in (*VERSIONED, *others):
            tenants = await tx.fetch(f"SELECT DISTINCT tenant_id FROM {table}")
            assert [row["tenant_id"] for row in tenants] == [ana.id], table
        for table in VERSIONED:
            done = await tx.execute(f"UPDATE {table} SET version = 9 WHERE tenant_id = $1", rui.id)
            assert done == "UPDATE 0", table


async def test_a_row_cannot_be_written_for_another_tenant(
    db: Database, ana: Tenant, rui: Tenant
) -> None:
    async with db.tenant(ana.id) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await tx.execute(
                "INSERT INTO project (tenant_id, id, name, time_zone) "
                "VALUES ($1, gen_random_uuid(), 'x', 'UTC')",
                rui.id,
            )


async def test_sign_ins_role_reads_no_more_than_it_needs(db: Database, ana: Tenant) -> None:
    for statement in (
        "SELECT name FROM user_account",
        "SELECT * FROM project",
        "UPDATE user_account SET active = true",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.system() as tx:
                await tx.execute(statement)
