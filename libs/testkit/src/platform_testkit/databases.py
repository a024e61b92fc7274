"""Databases for tests: each a copy of a template in which a service's schema is migrated.

A copy of an empty migrated database costs tens of milliseconds, the migrations themselves cost
seconds. Templates are named by what is in their migrations, so that one server can serve several
runs and several versions of the code.
"""

import asyncio
import hashlib
import hmac
import secrets
from pathlib import Path

import asyncpg

from platform_devstack.layout import find_root
from platform_devstack.migrations import folders
from platform_devstack.provision import (
    ServiceDatabase,
    connect_rights,
    provision_database,
    provision_roles,
    service_database,
)
from platform_postgres import migrate


class DatabaseMaker:
    """Makes and drops databases on one server."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._admin: asyncpg.Connection | None = None
        self._templates: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def make(self, service: str) -> ServiceDatabase:
        """A fresh database with this service's schema, fully migrated."""
        async with self._lock:
            admin = await self._connected()
            template = await self._template(admin, service)
            name = f"t_{service}_{secrets.token_hex(6)}"
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            await admin.execute(connect_rights(name, [service]))
        return service_database(self._admin_url, name, service, self.password)

    async def drop(self, database: ServiceDatabase) -> None:
        """Drop it, whoever is still connected."""
        async with self._lock:
            admin = await self._connected()
            await admin.execute(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")

    async def close(self) -> None:
        """Close the connection."""
        if self._admin is not None:
            await self._admin.close()

    def password(self, login: str) -> str:
        """The password of a role: the same for every process that uses this server.

        Roles belong to the cluster, so two runs on one server have to agree on them.
        """
        return hmac.new(self._admin_url.encode(), login.encode(), hashlib.sha256).hexdigest()

    async def _connected(self) -> asyncpg.Connection:
        if self._admin is None or self._admin.is_closed():
            self._admin = await asyncpg.connect(self._admin_url)
        return self._admin

    async def _template(self, admin: asyncpg.Connection, service: str) -> str:
        known = self._templates.get(service)
        if known is not None:
            return known
        directories = folders(find_root(Path(__file__)), service)
        name = f"tpl_{service}_{fingerprint(directories)}"
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        await admin.execute("SELECT pg_advisory_lock($1)", key)
        try:
            # Not a template yet: another run was killed while it made this one.
            finished = await admin.fetchval(
                "SELECT datistemplate FROM pg_database WHERE datname = $1", name
            )
            await provision_roles(admin, [service], self.password)
            if not finished:
                await self._make_template(admin, service, name, directories)
        finally:
            await admin.execute("SELECT pg_advisory_unlock($1)", key)
        self._templates[service] = name
        return name

    async def _make_template(
        self, admin: asyncpg.Connection, service: str, name: str, directories: list[Path]
    ) -> None:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await provision_database(admin, self._admin_url, name, [service])
        target = service_database(self._admin_url, name, service, self.password)
        await asyncio.to_thread(migrate, target.owner_url, service, directories)
        # A database that somebody is connected to cannot be copied.
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false IS_TEMPLATE true")


def fingerprint(directories: list[Path]) -> str:
    """Changes when a migration does."""
    digest = hashlib.sha256()
    for directory in directories:
        for path in sorted(directory.glob("*.sql")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
