"""Tenants to load the system with: made by identity's own command, signed in to, connected."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import aiohttp
import msgspec
from msgspec import Struct

from platform_devstack.services import IDENTITY, Surroundings, by_name, environment_of
from ventros_e2e.api import Api, Channel
from ventros_e2e.crowd import mobile
from ventros_e2e.lines import have_channel
from waha_simulator.people import Person

AT_ONCE = 4


class SeedFailedError(Exception):
    """identity could not make a tenant."""


class Login(Struct, frozen=True, kw_only=True):
    """A tenant's admin."""

    tenant_id: UUID
    project_id: UUID
    email: str
    password: str


class _Seeded(Struct, frozen=True, kw_only=True):
    tenant_id: UUID
    project_id: UUID


async def make_tenant(around: Surroundings, name: str) -> Login:
    """A tenant with a project and an admin. Raises SeedFailedError."""
    service = by_name(IDENTITY)
    email = f"{name}-{secrets.token_hex(4)}@e2e.ventros.example"
    password = secrets.token_urlsafe(18)
    # One word each: a password may begin with a dash.
    arguments = [f"--tenant-name={name}", f"--project-name={name}"]
    arguments += [f"--email={email}", f"--password={password}"]
    command = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"ventros_{IDENTITY}",
        "seed",
        *arguments,
        env=environment_of(service, around),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaints = await command.communicate()
    if command.returncode != 0:
        raise SeedFailedError(complaints.decode(errors="replace").strip()[-500:])
    seeded = msgspec.json.decode(output.splitlines()[-1], type=_Seeded)
    return Login(
        tenant_id=seeded.tenant_id,
        project_id=seeded.project_id,
        email=email,
        password=password,
    )


async def make_tenants(around: Surroundings, count: int) -> list[Login]:
    """Many tenants, some at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Login:
        async with room:
            return await make_tenant(around, f"tenant-{number:02d}")

    return list(await asyncio.gather(*(one(number) for number in range(count))))


class Line(Struct, frozen=True, kw_only=True):
    """A connected number, and the key that its provider signs webhooks with."""

    channel: Channel
    key: str
    owner: Person


async def new_line(
    api: Api, number: int, *, timeout_minutes: float | None = None, waha_url: str | None = None
) -> Line:
    """A channel of a number of its own; nothing posts to it yet."""
    owner = Person(
        phone=mobile("11", 10_000_000 + number), lid=str(9 * 10**13 + number), name=f"Loja {number}"
    )
    key = secrets.token_urlsafe(32)
    channel = await have_channel(
        api,
        name=owner.name,
        external_id=f"+{owner.phone}",
        waha_url=waha_url or "http://127.0.0.1:3000",
        session=f"line-{number}",
        secret=key,
        timeout_minutes=timeout_minutes,
    )
    return Line(channel=channel, key=key, owner=owner)


@asynccontextmanager
async def signed_in(url: str, login: Login) -> AsyncIterator[Api]:
    """A client of one tenant."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as client:
        api = Api(url, client)
        await api.sign_in(login.email, login.password)
        yield api
