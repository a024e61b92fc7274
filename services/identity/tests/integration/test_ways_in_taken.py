"""What came in by an identity provider ends with it: when it is disabled or deleted, and for one
person when that person is unlinked.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from platform_postgres import Database
from ventros_identity.commands.refresh import start
from ventros_identity.commands.sign_in import SignedIn, mark_of
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.external_sign_in import ExternalIdentityUnknown
from ventros_identity.store import users

from ..conftest import LIFETIMES, PASSWORD, Tenant
from ..provider import Provider, come, register, running

Outbox = Callable[[UUID], Any]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


class Company:
    """A company with two people, both of whom came in by one provider and with a password."""

    def __init__(self, tenant: Tenant, provider: Provider) -> None:
        self.tenant, self.provider = tenant, provider
        self.provider_id = self.bia_id = ""
        self.by_provider: dict[str, dict[str, Any]] = {}
        self.by_password: dict[str, Any] = {}

    async def open(self) -> None:
        email, bia = self.tenant.seeded.email, f"bia@{self.tenant.id}.example"
        body = {"email": bia, "name": "Bia", "password": PASSWORD, "role": "manager"}
        self.bia_id = (await self.tenant.call("POST", "/v1/users", json=body)).json()["id"]
        self.provider_id = await register(self.tenant, self.provider)
        for name, address in (("ana", email), ("bia", bia)):
            subject = f"{name}-{self.tenant.id}"
            self.provider.knows(subject, email=address, email_verified=True)
            answer = await come(self.tenant, self.provider, self.provider_id, subject)
            assert answer.status_code == 200, answer.text
            self.by_provider[name] = answer.json()
        self.by_password = await self.tenant.sign_in()

    async def goes_on(self, signed_in: dict[str, Any]) -> bool:
        """Whether a sign-in still gets access tokens; its next refresh token is kept."""
        body = {"refresh_token": signed_in["refresh_token"]}
        answer = await self.tenant.call("POST", "/v1/auth/refresh", json=body)
        if answer.status_code == 200:
            signed_in["refresh_token"] = answer.json()["refresh_token"]
        return answer.status_code == 200

    async def ended(self, outbox: Outbox) -> set[str]:
        """The sign-ins that gateways were told of."""
        told = [one["data"] for one in await outbox(self.tenant.id)
                if one["type"] == "access.revoked.v1"]  # fmt: skip
        assert {one["what"] for one in told} <= {"sign_in"}
        return {one["id"] for one in told}

    async def reasons(self) -> dict[str, str]:
        params = {"action": "sign_in.ended"}
        log = (await self.tenant.call("GET", "/v1/audit-log", params=params)).json()["items"]
        return {item["target_id"]: item["after"]["reason"] for item in log}

    async def identities(self, user_id: str) -> list[dict[str, Any]]:
        path = f"/v1/users/{user_id}/external-identities"
        items: list[dict[str, Any]] = (await self.tenant.call("GET", path)).json()["items"]
        return items


@pytest.fixture
async def company(ana: Tenant, provider: Provider) -> Company:
    company = Company(ana, provider)
    await company.open()
    return company


@pytest.mark.parametrize("how", ["disabled", "deleted"])
async def test_a_provider_takes_along_who_came_in_by_it_and_nobody_else(
    company: Company, outbox: Outbox, how: str
) -> None:
    path = f"/v1/identity-providers/{company.provider_id}"
    if how == "disabled":
        answer = await company.tenant.call("PATCH", path, json={"enabled": False})
    else:
        answer = await company.tenant.call("DELETE", path)
    assert answer.is_success, answer.text
    gone = {one["sign_in_id"] for one in company.by_provider.values()}
    assert await company.ended(outbox) == gone
    assert await company.reasons() == dict.fromkeys(gone, f"identity_provider_{how}")
    assert [await company.goes_on(one) for one in company.by_provider.values()] == [False, False]
    assert await company.goes_on(company.by_password)


async def test_other_changes_of_a_provider_end_nothing(company: Company, outbox: Outbox) -> None:
    path = f"/v1/identity-providers/{company.provider_id}"
    for change in ({"name": "Other"}, {"enabled": True}, {"client_secret": "another"}):
        assert (await company.tenant.call("PATCH", path, json=change)).status_code == 200
    assert await company.ended(outbox) == set()
    assert all([await company.goes_on(one) for one in company.by_provider.values()])


async def test_another_provider_s_people_stay(company: Company, provider: Provider) -> None:
    other = await register(company.tenant, provider, name="Other")
    subject = f"other-{company.tenant.id}"
    provider.knows(subject, email=company.tenant.seeded.email, email_verified=True)
    came = (await come(company.tenant, provider, other, subject)).json()
    await company.tenant.call("DELETE", f"/v1/identity-providers/{company.provider_id}")
    assert await company.goes_on(came)


async def test_an_admin_unlinks_somebody(company: Company, outbox: Outbox) -> None:
    [linked] = await company.identities(company.bia_id)
    assert linked["identity_provider_id"] == company.provider_id
    path = f"/v1/users/{company.bia_id}/external-identities/{linked['id']}"
    assert (await company.tenant.call("DELETE", path)).status_code == 204
    bia = company.by_provider["bia"]
    assert await company.ended(outbox) == {bia["sign_in_id"]}
    assert await company.reasons() == {bia["sign_in_id"]: "external_identity_unlinked"}
    assert not await company.goes_on(bia)
    assert await company.goes_on(company.by_provider["ana"])
    assert await company.identities(company.bia_id) == []
    said = [one for one in await outbox(company.tenant.id)
            if one["type"] == "external_identity.unlinked.v1"]  # fmt: skip
    assert [(one["data"]["user_id"], one["data"]["unlinked_by"]) for one in said] == [
        (company.bia_id, str(company.tenant.seeded.user_id))
    ]
    params = {"action": "external_identity.unlinked"}
    [told] = (await company.tenant.call("GET", "/v1/audit-log", params=params)).json()["items"]
    assert (told["target_id"], told["before"]["external_identity_id"]) == (
        company.bia_id, linked["id"],
    )  # fmt: skip
    again = await company.tenant.call("DELETE", path)
    assert (again.status_code, again.json()["code"]) == (404, "external_identity_not_found")


async def test_an_identity_is_found_at_its_own_person_alone(company: Company, rui: Tenant) -> None:
    [linked] = await company.identities(company.bia_id)
    own = company.tenant.seeded.user_id
    for tenant, user_id in ((company.tenant, own), (company.tenant, uuid4()), (rui, rui.id)):
        path = f"/v1/users/{user_id}/external-identities/{linked['id']}"
        assert (await tenant.call("DELETE", path)).status_code == 404
    listed = f"/v1/users/{company.bia_id}/external-identities"
    assert (await rui.call("GET", listed)).status_code == 404
    for role in ("manager", "user", "readonly"):
        assert (await company.tenant.call("GET", listed, role=role)).status_code == 403
    assert await company.identities(company.bia_id) == [linked]


async def test_who_unlinks_oneself_stays_where_one_is(company: Company) -> None:
    here = company.by_provider["ana"]
    elsewhere = (
        await come(
            company.tenant, company.provider, company.provider_id, f"ana-{company.tenant.id}"
        )
    ).json()
    company.tenant.sign_in_id = UUID(here["sign_in_id"])
    [mine] = (await company.tenant.call("GET", "/v1/me/external-identities")).json()["items"]
    path = f"/v1/me/external-identities/{mine['id']}"
    assert (await company.tenant.call("DELETE", path)).status_code == 204
    assert await company.goes_on(here)
    assert await company.goes_on(company.by_password)
    assert not await company.goes_on(elsewhere)


async def test_a_list_of_sign_ins_says_by_which_provider(company: Company) -> None:
    answer = await company.tenant.call("GET", "/v1/me/sign-ins")
    found = {one["id"]: one["identity_provider_id"] for one in answer.json()["items"]}
    assert found == {
        company.by_password["sign_in_id"]: None,
        company.by_provider["ana"]["sign_in_id"]: company.provider_id,
    }


@pytest.mark.parametrize("how", ["disabled", "deleted", "unlinked"])
async def test_a_sign_in_that_begins_meanwhile_ends_too(
    app: Litestar, db: Database, company: Company, outbox: Outbox, how: str
) -> None:
    tenant = company.tenant
    async with db.tenant(tenant.id) as tx:
        user = await users.find(tx, tenant.id, UUID(company.bia_id))
        password_hash = await users.lock_hash(tx, tenant.id, UUID(company.bia_id))
    assert user is not None
    assert password_hash is not None
    proved = SignedIn(
        user=user, project_id=tenant.project_id, project_role=None,
        password_mark=mark_of(password_hash), provider_id=UUID(company.provider_id),
    )  # fmt: skip
    [linked] = await company.identities(company.bia_id)
    path = f"/v1/identity-providers/{company.provider_id}"
    if how == "unlinked":
        path = f"/v1/users/{company.bia_id}/external-identities/{linked['id']}"

    async def take() -> httpx.Response:
        if how == "disabled":
            return await tenant.call("PATCH", path, json={"enabled": False})
        return await tenant.call("DELETE", path)

    async with db.tenant(tenant.id) as tx:
        started = await start(tx, proved, Origin(), LIFETIMES)
        taking = asyncio.create_task(take())
        done, _ = await asyncio.wait([taking], timeout=0.3)
        assert not done
    assert (await taking).is_success
    assert str(started.sign_in.id) in await company.ended(outbox)
    async with db.tenant(tenant.id) as tx:
        with pytest.raises(ExternalIdentityUnknown):
            await start(tx, proved, Origin(), LIFETIMES)
