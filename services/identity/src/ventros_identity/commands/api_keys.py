"""Make API keys, change and revoke them, and say whether one that is used is good."""

from datetime import timedelta
from uuid import UUID

import msgspec

from platform_auth import api_keys as text
from platform_auth.scopes import granted
from platform_core.ids import new_id
from platform_postgres import Database, Tx
from ventros_identity.domain.api_key import (
    ApiKey,
    ApiKeyChange,
    ApiKeyNotFound,
    KeyVerdict,
    allowed_scopes,
    changed,
    judge,
    use_is_news,
)
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.store import api_keys, projects


class CreateApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to be made by somebody who `may` do this, and gives no more; without `life` it does
    not expire.
    """

    tenant_id: UUID
    project_id: UUID
    name: str
    scopes: list[str]
    life: timedelta | None
    by: UUID
    may: frozenset[str]


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What a use of a key is; with `good`, whose key it is and what it may do."""

    verdict: KeyVerdict
    key: ApiKey | None = None


async def create_api_key(tx: Tx, command: CreateApiKey) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can ever read again.

    Raises:
        ScopesNotAllowed, ProjectNotFound
    """
    scopes = allowed_scopes(command.scopes, granted(command.may))
    if await projects.find(tx, command.tenant_id, command.project_id) is None:
        raise ProjectNotFound("No project has this id.")
    key_id = new_id()
    secret, secret_hash = text.make(key_id)
    key = await api_keys.insert(
        tx,
        command.tenant_id,
        key_id,
        project_id=command.project_id,
        name=command.name,
        scopes=scopes,
        secret_hash=secret_hash,
        created_by=command.by,
        life=command.life,
    )
    return key, secret


async def read_api_key(tx: Tx, tenant_id: UUID, project_id: UUID, key_id: UUID) -> ApiKey:
    """A key of the project. Raises `ApiKeyNotFound`."""
    return await _found(tx, tenant_id, project_id, key_id)


async def change_api_key(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    key_id: UUID,
    change: ApiKeyChange,
    may: frozenset[str],
) -> tuple[ApiKey, ApiKey]:
    """The key before and after; the very same when nothing is different.

    Raises:
        ApiKeyNotFound, ApiKeyRevoked, ScopesNotAllowed
    """
    before = await _found(tx, tenant_id, project_id, key_id, lock=True)
    after = changed(before, change, granted(may))
    if after is before:
        return before, before
    return before, await api_keys.update(tx, after)


async def revoke_api_key(tx: Tx, tenant_id: UUID, project_id: UUID, key_id: UUID) -> ApiKey | None:
    """The key as it was revoked now; None when it was revoked before. Raises `ApiKeyNotFound`."""
    revoked = await api_keys.revoke(tx, tenant_id, project_id, key_id)
    if revoked is None:
        await _found(tx, tenant_id, project_id, key_id)
    return revoked


async def use_api_key(db: Database, key_id: UUID, secret_hash: bytes, address: str | None) -> Use:
    """Judge a use of a key, and write it down when it is good and the last one is a while ago."""
    async with db.system() as tx:
        tenant_id = await api_keys.tenant_of(tx, key_id)
    if tenant_id is None:
        return Use(verdict="unknown")
    async with db.tenant(tenant_id) as tx:
        kept = await api_keys.kept(tx, tenant_id, key_id)
        verdict = judge(kept, secret_hash)
        if kept is None or verdict != "good":
            return Use(verdict=verdict)
        if use_is_news(kept.key, kept.now):
            await api_keys.used(tx, kept.key, address)
        return Use(verdict=verdict, key=kept.key)


async def _found(
    tx: Tx, tenant_id: UUID, project_id: UUID, key_id: UUID, *, lock: bool = False
) -> ApiKey:
    key = await api_keys.find(tx, tenant_id, project_id, key_id, lock=lock)
    if key is None:
        raise ApiKeyNotFound("No API key of this project has this id.")
    return key
