from typing import Any

import pytest

from platform_auth.matrix import permissions_of
from platform_auth.principal import Role

from ..conftest import Tenant

NEW = {"email": "Bia@Ana.example", "name": "Bia", "password": "a long password", "role": "user"}


async def test_a_user_is_made_read_and_listed_without_the_password(ana: Tenant) -> None:
    made = await ana.call("POST", "/v1/users", json=NEW)
    assert made.status_code == 201
    assert made.json()["email"] == "bia@ana.example"
    read = await ana.call("GET", f"/v1/users/{made.json()['id']}")
    assert read.json() == made.json()
    listed = await ana.call("GET", "/v1/users")
    assert [user["email"] for user in listed.json()["items"]] == [
        "ana@ana.example", "bia@ana.example",
    ]  # fmt: skip
    for answer in (made, read, listed):
        assert "password" not in answer.text
        assert "argon2" not in answer.text


async def test_an_address_is_taken_within_a_tenant_and_free_in_another(
    ana: Tenant, rui: Tenant
) -> None:
    assert (await ana.call("POST", "/v1/users", json=NEW)).status_code == 201
    again = await ana.call("POST", "/v1/users", json={**NEW, "email": "bia@ana.example"})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    assert (await rui.call("POST", "/v1/users", json=NEW)).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"email": "bia"}, {"email": "bia@x"}, {"email": "b ia@x.example"}, {"password": "short"},
        {"password": "x" * 257}, {"role": "root"}, {"role": None}, {"name": ""}, {"active": True},
    ],
)  # fmt: skip
async def test_what_a_user_may_not_be(ana: Tenant, change: dict[str, Any]) -> None:
    answer = await ana.call("POST", "/v1/users", json={**NEW, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert "root" not in answer.text
    assert "a long password" not in answer.text


@pytest.mark.parametrize("role", list(Role))
async def test_me_is_the_caller_with_what_the_role_may(ana: Tenant, role: Role) -> None:
    me = (await ana.call("GET", "/v1/me", role=role)).json()
    assert me["user"]["id"] == str(ana.seeded.user_id)
    assert (me["tenant_id"], me["project_id"]) == (str(ana.id), str(ana.project_id))
    assert set(me["permissions"]) == permissions_of(role)


async def test_the_tenant_is_ones_own(ana: Tenant, rui: Tenant) -> None:
    assert (await ana.call("GET", "/v1/tenant")).json()["name"] == "Ana Ltda"
    assert (await rui.call("GET", "/v1/tenant")).json()["name"] == "Rui SA"
