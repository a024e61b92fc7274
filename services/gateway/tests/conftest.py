"""A real gateway before a real identity and a small service that tells what reached it."""

import functools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import argon2
import httpx
import jwt
import msgspec
import pytest

from platform_auth.internal import InternalTokenVerifier
from platform_auth.keys import generate_private_key, private_pem, thumbprint, to_jwk_set
from platform_bus import Bell, BusSettings, RelayPart
from platform_cache import CacheSettings
from platform_crypto import KeyRing, Vault
from platform_devstack.provision import ServiceDatabase
from platform_http import ListenSettings
from platform_http.serve import ROLES
from platform_http.server import HttpServer
from platform_postgres import Database, PostgresSettings
from platform_telemetry import TelemetrySettings
from platform_testkit.servers import ServerPark
from platform_testkit.waiting import eventually
from ventros_gateway.app import build
from ventros_gateway.live.settings import LiveSettings
from ventros_gateway.route_classes import LimitSettings
from ventros_gateway.settings import Settings

ISSUER = "https://ventros.test"
METADATA = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource"'
INVALID_TOKEN = f'Bearer error="invalid_token", {METADATA}'
"""What a bad token is answered with (RFC 6750, RFC 9728)."""
NOWHERE = "http://127.0.0.1:9"
"""Nobody listens on the discard port."""


class Service:
    """A service behind the gateway: remembers each request, answers as it is told."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.answer: Callable[[Any, Any, Any], Awaitable[None]] = self.echo
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/health/ready":
            await self.reply(send, {"status": "ready", "parts": {"database": True}})
            return
        self.seen.append(
            {
                "method": scope["method"],
                "path": scope["raw_path"].decode(),
                "query": scope["query_string"].decode(),
                "headers": [(k.decode(), v.decode("latin-1")) for k, v in scope["headers"]],
            }
        )
        await self.answer(scope, receive, send)

    async def echo(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        await self.reply(send, {"ok": True})

    async def reply(self, send: Any, body: Any, status: int = 200) -> None:
        data = json.dumps(body).encode()
        headers = [(b"content-type", b"application/json"), (b"connection", b"x-private"),
                   (b"x-private", b"1"), (b"x-kept", b"1"),
                   (b"content-length", str(len(data)).encode())]  # fmt: skip
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    def header(self, name: str) -> list[str]:
        """All values of a header in the last request."""
        return [value for key, value in self.seen[-1]["headers"] if key == name]


async def serve(
    app: Any, web_sockets: Callable[[str], bool] | None = None
) -> tuple[HttpServer, str]:
    server = HttpServer(app, host="127.0.0.1", port=0, drain_timeout=5, web_sockets=web_sockets)
    await server.start()
    return server, f"http://127.0.0.1:{server.port}"


@pytest.fixture
def internal_key() -> Any:
    return generate_private_key()


@pytest.fixture
def verifier(internal_key: Any) -> InternalTokenVerifier:
    public = internal_key.public_key()
    return InternalTokenVerifier({thumbprint(public): public})


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    server, service.url = await serve(service)
    yield service
    await server.stop()


@pytest.fixture
async def start_gateway(
    tmp_path: Path, internal_key: Any, redis_url: str, server_park: ServerPark
) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """`await start_gateway(identity_url=…, contacts_url=…)`: the address of a gateway."""
    key_file = tmp_path / "internal.pem"
    key_file.write_bytes(private_pem(internal_key))
    running: list[Any] = []

    async def start(**change: Any) -> str:
        urls = {f"{name}_url": NOWHERE for name in
                ("identity", "channels", "contacts", "sessions", "messaging")}  # fmt: skip
        quotas = {name: change.pop(name) for name in list(change) if name.startswith("limit_")}
        live = {name: change.pop(name) for name in list(change) if name.startswith("live_")}
        settings = Settings(
            live=LiveSettings(**live),
            http=ListenSettings(http_port=0),
            telemetry=TelemetrySettings(),
            cache=CacheSettings(redis_url=change.pop("redis_url", redis_url)),
            limits=LimitSettings(**quotas),
            internal_token_private_key=key_file,
            issuer=ISSUER,
            amqp_url=change.pop("amqp_url", server_park.amqp_url()),
            **{**urls, **change},
        )
        process = await build(settings, ROLES["all"])
        for part in process.parts:
            process.health.watch(part.name, functools.partial(getattr, part, "ready"))
            await part.start()
        server, url = await serve(process.app, process.web_sockets)
        running.extend([*process.parts, server])
        return url

    yield start
    for part in reversed(running):
        await part.stop()


@pytest.fixture
async def keys_only() -> AsyncIterator["KeysOnly"]:
    """Stands for identity where only its keys matter: signs tokens, publishes the key set."""
    keys = KeysOnly()
    server, keys.url = await serve(keys)
    yield keys
    await server.stop()


class KeysOnly:
    """An issuer of access tokens with a key set that can change."""

    def __init__(self) -> None:
        self.keys = [generate_private_key()]
        self.url = ""
        self.asked = 0
        self.broken = False
        self.revoked: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/internal/revocations":
            page = {"items": self.revoked, "next_cursor": None}
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": msgspec.json.encode(page)})
            return
        self.asked += 1
        body = msgspec.json.encode(to_jwk_set(key.public_key() for key in self.keys))
        status = 500 if self.broken else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    def token(self, role: str = "admin", **change: Any) -> str:
        now = int(time.time())
        key = self.keys[-1]
        claims = {
            "iss": ISSUER, "aud": "ventros-api", "sub": str(uuid4()), "tid": str(uuid4()),
            "pid": str(uuid4()), "role": role, "iat": now, "nbf": now, "exp": now + 600,
            "jti": str(uuid4()), **change,
        }  # fmt: skip
        header = {"typ": "at+jwt", "kid": thumbprint(key.public_key())}
        return jwt.encode(claims, key, algorithm="ES256", headers=header)

    def bearer(self, role: str = "admin", **change: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, **change)}"}


@pytest.fixture
async def gateway(
    start_gateway: Callable[..., Awaitable[str]], keys_only: KeysOnly, service: Service
) -> str:
    """A gateway whose services are all the one that remembers."""
    urls = {
        f"{name}_url": service.url for name in ("channels", "contacts", "sessions", "messaging")
    }
    return await start_gateway(identity_url=keys_only.url, **urls)


@pytest.fixture
async def http(gateway: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway, timeout=20) as client:
        await ready(client)
        yield client


async def ready(client: httpx.AsyncClient) -> None:
    """Wait until the gateway has identity's keys."""

    async def asked() -> bool:
        return (await client.get("/health/ready")).status_code == 200

    await eventually(asked)


@pytest.fixture
async def identity(
    make_database: Callable[[str], ServiceDatabase],
    verifier: InternalTokenVerifier,
    server_park: ServerPark,
) -> AsyncIterator[str]:
    """The address of a real identity with one tenant: ana@ana.example, "a long password"."""
    # The test needs the two services side by side; the code of neither knows the other.
    from ventros_identity.app import make_app  # noqa: PLC0415
    from ventros_identity.commands.passwords import Passwords  # noqa: PLC0415
    from ventros_identity.commands.signing_keys import SigningKeys  # noqa: PLC0415
    from ventros_identity.domain.sign_in import Lifetimes  # noqa: PLC0415
    from ventros_identity.seed import Seed, seed  # noqa: PLC0415

    database = make_database("identity")
    db = Database(
        PostgresSettings(
            database_app_url=database.app_url,
            database_relay_url=database.relay_url,
            database_system_url=database.system_url,
        ),
        service="identity",
    )
    passwords = Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    await seed(
        db,
        passwords,
        Seed(tenant_name="Ana Ltda", project_name="Loja", email="ana@ana.example",
             password="a long password"),
    )  # fmt: skip
    bell = Bell()
    app = make_app(
        db=db,
        bell=bell,
        auth=verifier,
        signing_keys=SigningKeys.of(generate_private_key()),
        issuer=ISSUER,
        passwords=passwords,
        lifetimes=Lifetimes(idle=timedelta(days=1), longest=timedelta(days=1)),
        vault=Vault(KeyRing({"1": bytes(range(32))}, "1")),
    )
    relay = RelayPart(db, BusSettings(amqp_url=server_park.amqp_url()), bell)
    await relay.start()
    server, url = await serve(app)
    yield url
    await server.stop()
    await relay.stop()
    passwords.close()
    await db.close()
