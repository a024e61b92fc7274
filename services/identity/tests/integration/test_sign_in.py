import asyncio
from typing import Any
from uuid import UUID, uuid4

import argon2
import httpx
import pytest
from litestar import Litestar

from platform_auth.access import verify_access_token
from platform_auth.keys import parse_jwk_set, thumbprint
from platform_bus import Bell
from platform_postgres import Database
from ventros_identity.app import make_app
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.sign_in import Credentials, sign_in
from ventros_identity.commands.signing_keys import SigningKeys
from ventros_identity.domain.user import InvalidCredentials
from ventros_identity.seed import Seed, seed

from ..conftest import ISSUER, LIFETIMES, PASSWORD, VAULT, Tenant
from .test_applications import registered


async def post_sign_in(app: Litestar, **body: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post("/v1/auth/sign-in", json=body)


async def key_set(app: Litestar) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.get("/.well-known/jwks.json")


async def test_a_token_verifies_against_the_published_keys(
    app: Litestar, ana: Tenant, signing_keys: list[Any]
) -> None:
    answer = await post_sign_in(app, email="ana@ana.example", password=PASSWORD)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    published = await key_set(app)
    keys = parse_jwk_set(published.content)
    assert set(keys) == {thumbprint(key.public_key()) for key in signing_keys}
    assert '"d"' not in published.text
    newest = thumbprint(signing_keys[-1].public_key())
    claims = verify_access_token(body["access_token"], keys={newest: keys[newest]}, issuer=ISSUER)
    assert (claims.tid, claims.pid, claims.sub) == (ana.id, ana.project_id, ana.seeded.user_id)
    assert (claims.role, body["role"], body["expires_in"]) == ("admin", "admin", 600)


@pytest.mark.parametrize("email", ["ANA@ana.example", " ana@ana.example "])
async def test_addresses_are_compared_without_case(app: Litestar, ana: Tenant, email: str) -> None:
    assert (await post_sign_in(app, email=email, password=PASSWORD)).status_code == 200


async def test_whatever_is_wrong_the_answer_is_the_same(
    app: Litestar, ana: Tenant, rui: Tenant
) -> None:
    answers = [
        await post_sign_in(app, email="ana@ana.example", password="wrong"),
        await post_sign_in(app, email="nobody@ana.example", password=PASSWORD),
        await post_sign_in(app, email="", password=PASSWORD),
        await post_sign_in(
            app, email="ana@ana.example", password=PASSWORD, project_id=str(rui.project_id)
        ),
        await post_sign_in(
            app, email="ana@ana.example", password=PASSWORD, project_id=str(uuid4())
        ),
    ]
    problems = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [401, 401, 400, 401, 401]
    del problems[2]
    for problem in problems:
        del problem["request_id"]
    assert all(problem == problems[0] for problem in problems)
    assert problems[0]["code"] == "invalid_credentials"


class CountingHasher(argon2.PasswordHasher):
    """Keeps what each comparison cost: the parameters in the head of the hash."""

    costs: list[str]

    def verify(self, kept: str | bytes, password: str | bytes) -> bool:
        self.costs.append(str(kept).rsplit("$", 2)[0])
        return super().verify(kept, password)


async def test_an_unknown_user_takes_as_long_as_a_known_one(db: Database, ana: Tenant) -> None:
    hasher = CountingHasher(time_cost=1, memory_cost=64, parallelism=1)
    hasher.costs = []
    passwords = Passwords(hasher)
    async with db.tenant(ana.id) as tx:
        await tx.execute(
            "UPDATE user_account SET password_hash = $1", await passwords.hash(PASSWORD)
        )
    for email in ("ana@ana.example", "nobody@x.example"):
        with pytest.raises(InvalidCredentials):
            await sign_in(db, passwords, Credentials(email=email, password="wrong"))
    assert hasher.costs == ["$argon2id$v=19$m=64,t=1,p=1"] * 2
    passwords.close()


async def test_a_user_that_is_switched_off_cannot_sign_in(
    app: Litestar, db: Database, ana: Tenant
) -> None:
    async with db.tenant(ana.id) as tx:
        await tx.execute("UPDATE user_account SET active = false")
    answer = await post_sign_in(app, email="ana@ana.example", password=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_one_address_in_two_tenants_signs_in_to_the_project_it_names(
    app: Litestar, ana: Tenant, rui: Tenant
) -> None:
    user = {
        "email": "ana@ana.example",
        "name": "Ana",
        "password": "another password",
        "role": "manager",
    }
    assert (await rui.call("POST", "/v1/users", json=user)).status_code == 201
    mine = await post_sign_in(app, email="ana@ana.example", password=PASSWORD)
    assert UUID(mine.json()["tenant_id"]) == ana.id
    other = await post_sign_in(app, email="ana@ana.example", password="another password")
    assert UUID(other.json()["tenant_id"]) == rui.id
    assert other.json()["role"] == "manager"
    crossed = await post_sign_in(
        app, email="ana@ana.example", password="another password", project_id=str(ana.project_id)
    )
    assert crossed.status_code == 401


async def test_one_address_and_password_in_two_tenants_is_signed_in_to_that_of_the_application(
    app: Litestar, ana: Tenant, rui: Tenant
) -> None:
    user = {"email": "ana@ana.example", "name": "Ana", "password": PASSWORD, "role": "admin"}
    made = await rui.call("POST", "/v1/users", json=user)
    assert made.status_code == 201
    for tenant in (ana, rui):
        application = (await registered(tenant))["application"]
        answer = await post_sign_in(
            app, email="ana@ana.example", password=PASSWORD, client_id=application["id"]
        )
        assert UUID(answer.json()["tenant_id"]) == tenant.id
    for email, client_id in (("rui@rui.example", (await registered(ana))["application"]["id"]),
                             ("ana@ana.example", str(uuid4()))):  # fmt: skip
        refused = await post_sign_in(app, email=email, password=PASSWORD, client_id=client_id)
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")


async def test_without_an_active_project_the_password_alone_is_not_enough(
    app: Litestar, ana: Tenant
) -> None:
    await ana.call("PATCH", f"/v1/projects/{ana.project_id}", json={"active": False})
    answer = await post_sign_in(app, email="ana@ana.example", password=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_project")


async def test_a_hash_of_older_parameters_is_made_anew_on_sign_in(
    db: Database, ana: Tenant, internal_tokens: Any, signing_keys: list[Any]
) -> None:
    stronger = Passwords(argon2.PasswordHasher(time_cost=2, memory_cost=128, parallelism=1))
    app = make_app(
        db=db, bell=Bell(), auth=internal_tokens.verifier,
        signing_keys=SigningKeys.of(*signing_keys), issuer=ISSUER, passwords=stronger,
        lifetimes=LIFETIMES, vault=VAULT,
    )  # fmt: skip

    async def kept() -> str:
        async with db.tenant(ana.id) as tx:
            return str(await tx.fetchval("SELECT password_hash FROM user_account"))

    before = await kept()
    assert (await post_sign_in(app, email="ana@ana.example", password="wrong")).status_code == 401
    assert await kept() == before
    for _ in range(2):
        answer = await post_sign_in(app, email="ana@ana.example", password=PASSWORD)
        assert answer.status_code == 200
    after = await kept()
    assert "m=64,t=1" in before
    assert "m=128,t=2" in after


async def test_seeding_again_and_at_once_makes_one_tenant(
    db: Database, passwords: Passwords
) -> None:
    def wanted(password: str) -> Seed:
        return Seed(
            tenant_name="Demo", project_name="Demo", email="demo@ventros.example", password=password
        )

    seeded = await asyncio.gather(
        *(seed(db, passwords, wanted("first password")) for _ in range(4))
    )
    assert len({one.tenant_id for one in seeded}) == 1
    assert [one.created for one in seeded].count(True) == 1
    again = await seed(db, passwords, wanted("second password"))
    assert (again.tenant_id, again.created) == (seeded[0].tenant_id, False)
    signed_in = await sign_in(
        db, passwords, Credentials(email="demo@ventros.example", password="second password")
    )
    assert signed_in.user.tenant_id == again.tenant_id
