"""A real identity over a real database, with two tenants in it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import argon2
import httpx
import msgspec
import pyotp
import pytest
from litestar import Litestar

from platform_auth.keys import generate_private_key
from platform_auth.testing import InternalTokens
from platform_bus import Bell
from platform_crypto import KeyRing, Vault
from platform_devstack.provision import ServiceDatabase
from platform_outbound import SCHEMES, Outbound
from platform_postgres import Database, PostgresSettings
from ventros_identity.app import make_app
from ventros_identity.commands.mail import place_of
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.signing_keys import SigningKeys
from ventros_identity.domain.sign_in import Lifetimes
from ventros_identity.openid.client import OpenIdClient
from ventros_identity.seed import Seed, Seeded, seed

ISSUER = "https://ventros.test"
PASSWORD = "correct horse battery"
VAULT = Vault(KeyRing({"1": bytes(range(32))}, "1"))
LIFETIMES = Lifetimes(idle=timedelta(days=30), longest=timedelta(days=90))


class Tenant:
    """One tenant and a client for each role in it."""

    def __init__(self, app: Litestar, tokens: InternalTokens, seeded: Seeded) -> None:
        self.app, self.tokens, self.seeded = app, tokens, seeded
        self.id, self.project_id = seeded.tenant_id, seeded.project_id
        self.sign_in_id: UUID | None = None

    def header(self, role: str = "admin") -> dict[str, str]:
        return self.tokens.header(
            self.id,
            self.project_id,
            role,
            subject=self.seeded.user_id,
            sign_in_id=self.sign_in_id,
        )

    async def sign_in(self) -> dict[str, Any]:
        """Sign the admin in; from then on calls are this sign-in's."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
            credentials = {"email": self.seeded.email, "password": PASSWORD}
            answer = await client.post("/v1/auth/sign-in", json=credentials)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        self.sign_in_id = UUID(body["sign_in_id"])
        return body

    async def call(
        self, method: str, path: str, *, role: str = "admin", **options: Any
    ) -> httpx.Response:
        headers = {**self.header(role), **options.pop("headers", {})}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
            return await client.request(method, path, headers=headers, **options)


def settings_of(database: ServiceDatabase) -> PostgresSettings:
    return PostgresSettings(
        database_app_url=database.app_url,
        database_relay_url=database.relay_url,
        database_system_url=database.system_url,
    )


async def texts(db: Database, tenant_id: UUID) -> list[str]:
    """What the mails of a tenant say that are not sent yet, in the order of their writing."""
    async with db.tenant(tenant_id) as tx:
        rows = await tx.fetch("SELECT id, sealed FROM mail WHERE due_at IS NOT NULL ORDER BY id")
    return [VAULT.open(row["sealed"], place_of(tenant_id, row["id"])).decode() for row in rows]


async def code_before(secret: str) -> str:
    """The code of the step before the present one, which is left for what comes after.

    It is taken for as long as the present step lasts, so the end of a step is waited out.
    """
    left = 30 - time.time() % 30
    if left < 8:
        await asyncio.sleep(left + 0.05)
    return pyotp.TOTP(secret).at(int(time.time()) - 30)


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """Cheap parameters: what a hash costs is tested on its own."""
    return Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def database(make_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    return make_database("identity")


@pytest.fixture
async def db(database: ServiceDatabase) -> AsyncIterator[Database]:
    db = Database(settings_of(database), service="identity")
    yield db
    await db.close()


@pytest.fixture
def signing_keys() -> list[Any]:
    return [generate_private_key(), generate_private_key()]


@pytest.fixture
async def openid() -> AsyncIterator[OpenIdClient]:
    """A client that reaches providers on this machine, and asks for newer keys at once."""
    outbound = Outbound(allow=[ip_network("127.0.0.0/8"), ip_network("::1/128")], timeout=5)
    client = OpenIdClient(outbound, schemes=SCHEMES, refetch_seconds=0)
    yield client
    await client.close()


class Standing:
    """Stands in the application for what is another thing in each test."""

    def __init__(self) -> None:
        self.now: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)


class StandingApp(msgspec.Struct, frozen=True):
    """The application, and what is changed in it from test to test."""

    app: Litestar
    db: Standing
    signing_keys: Standing
    openid: Standing


@pytest.fixture(scope="session")
def standing_app(passwords: Passwords, internal_tokens: InternalTokens) -> StandingApp:
    """To wire a hundred routes takes longer than most tests do: it is done once. The application
    keeps nothing between requests but what stands here."""
    db, signing_keys, openid = Standing(), Standing(), Standing()
    given: dict[str, Any] = {"db": db, "signing_keys": signing_keys, "openid": openid}
    app = make_app(
        bell=Bell(),
        auth=internal_tokens.verifier,
        issuer=ISSUER,
        passwords=passwords,
        lifetimes=LIFETIMES,
        vault=VAULT,
        **given,
    )
    return StandingApp(app, db, signing_keys, openid)


@pytest.fixture
def app(
    standing_app: StandingApp, db: Database, signing_keys: list[Any], openid: OpenIdClient
) -> Litestar:
    standing_app.db.now = db
    standing_app.signing_keys.now = SigningKeys.of(*signing_keys)
    standing_app.openid.now = openid
    return standing_app.app


@pytest.fixture
async def ana(
    app: Litestar, db: Database, passwords: Passwords, internal_tokens: InternalTokens
) -> Tenant:
    wanted = Seed(
        tenant_name="Ana Ltda",
        project_name="Loja",
        email="ana@ana.example",
        password=PASSWORD,
        time_zone="America/Sao_Paulo",
        session_timeout_minutes=0.2,
    )
    return Tenant(app, internal_tokens, await seed(db, passwords, wanted))


@pytest.fixture
async def rui(
    app: Litestar, db: Database, passwords: Passwords, internal_tokens: InternalTokens
) -> Tenant:
    wanted = Seed(
        tenant_name="Rui SA", project_name="Clinica", email="rui@rui.example", password=PASSWORD
    )
    return Tenant(app, internal_tokens, await seed(db, passwords, wanted))


@pytest.fixture
def outbox(db: Database) -> Callable[[UUID], Any]:
    async def events(tenant_id: UUID) -> list[dict[str, Any]]:
        async with db.tenant(tenant_id) as tx:
            rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
        return [msgspec.json.decode(row["envelope"]) for row in rows]

    return events
