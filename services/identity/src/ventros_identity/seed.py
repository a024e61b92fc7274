"""`python -m ventros_identity seed`: a tenant with a project and an admin, made once.

For a new installation and for the demo. Prints what there is as one JSON object.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from platform_bus import emit
from platform_core import settings as core_settings
from platform_core.errors import DomainError
from platform_core.ids import new_id
from platform_core.types import Email, NonEmptyStr, TimeoutMinutes
from platform_http.serve import run
from platform_postgres import Database
from ventros_identity.commands.customers import CreateCustomer, create_customer
from ventros_identity.commands.passwords import Passwords
from ventros_identity.domain.user import Account, normal_email
from ventros_identity.events import people, publish
from ventros_identity.settings import SeedSettings
from ventros_identity.store import projects, users

_LOCK = 0x73656564  # "seed"


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to be. The timeout is in minutes."""

    tenant_name: NonEmptyStr
    project_name: NonEmptyStr
    email: Email
    password: str
    user_name: NonEmptyStr = "Admin"
    time_zone: str = "UTC"
    session_timeout_minutes: TimeoutMinutes | None = None


class Seeded(msgspec.Struct, frozen=True, kw_only=True):
    """What there is; `created` tells whether this run made it."""

    tenant_id: UUID
    project_id: UUID
    user_id: UUID
    email: str
    created: bool


class SeedError(Exception):
    """It cannot be done as it is."""


async def seed(db: Database, passwords: Passwords, wanted: Seed) -> Seeded:
    """Make the tenant, or find it by the user's address; the password is the given one after.

    Raises:
        SeedError: the user's tenant has no active project.
        DomainError: the time zone is not known.
    """
    email = normal_email(wanted.email)
    async with db.system() as tx:
        # One at a time: two runs at once make one tenant.
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        accounts = await users.by_email(tx, email, 1)
        if accounts:
            return await _found(db, passwords, wanted, accounts[0])
        return await _made(db, passwords, wanted)


async def _found(db: Database, passwords: Passwords, wanted: Seed, account: Account) -> Seeded:
    fresh = None
    if not await passwords.verify(account.password_hash, wanted.password):
        fresh = await passwords.hash(wanted.password)
    async with db.tenant(account.tenant_id) as tx:
        if fresh is not None:
            await users.replace_hash(tx, account, fresh)
        project = await projects.oldest_active(tx, account.tenant_id)
    if project is None:
        raise SeedError("the user's tenant has no active project")
    return Seeded(
        tenant_id=account.tenant_id,
        project_id=project.id,
        user_id=account.id,
        email=normal_email(wanted.email),
        created=False,
    )


async def _made(db: Database, passwords: Passwords, wanted: Seed) -> Seeded:
    tenant_id = new_id()
    password_hash = await passwords.hash(wanted.password)
    async with db.tenant(tenant_id) as tx:
        made = await create_customer(
            tx,
            CreateCustomer(
                tenant_id=tenant_id,
                name=wanted.tenant_name,
                project_name=wanted.project_name,
                time_zone=wanted.time_zone,
                session_timeout_minutes=wanted.session_timeout_minutes,
                email=wanted.email,
                user_name=wanted.user_name,
                password_hash=password_hash,
            ),
        )
        said = [
            people.customer_created(made.tenant, made.project.id),
            publish.project_created(made.project),
            people.user_created(made.user, made.project.id, None),
        ]
        await emit(tx, said)
    return Seeded(
        tenant_id=tenant_id,
        project_id=made.project.id,
        user_id=made.user.id,
        email=made.user.email,
        created=True,
    )


def command(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """The command; its exit code."""
    try:
        wanted = msgspec.convert(vars(_parser().parse_args(arguments)), Seed, strict=False)
    except msgspec.ValidationError as error:
        sys.stderr.write(f"ventros-identity: {error}\n")
        return 2
    settings = core_settings.load(SeedSettings, environ)
    return run(_run(settings, wanted))


async def _run(settings: SeedSettings, wanted: Seed) -> int:
    db = Database(settings.postgres, service="identity")
    passwords = Passwords()
    try:
        seeded = await seed(db, passwords, wanted)
    except (DomainError, SeedError) as error:
        sys.stderr.write(f"ventros-identity: {error}\n")
        return 1
    finally:
        passwords.close()
        await db.close()
    sys.stdout.write(msgspec.json.encode(seeded).decode() + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ventros_identity seed", argument_default=argparse.SUPPRESS
    )
    for name in ("tenant-name", "project-name", "email", "password"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--user-name")
    parser.add_argument("--time-zone", help="a name of the IANA database, e.g. America/Sao_Paulo")
    parser.add_argument("--session-timeout-minutes")
    return parser
