"""A signed-in user proves the password once more, before something that a thief would do."""

from uuid import UUID

from platform_postgres import Database
from ventros_identity.commands import guessing
from ventros_identity.commands.passwords import Passwords
from ventros_identity.domain.guessing import USER, Subject
from ventros_identity.domain.password import WrongPassword
from ventros_identity.store import passwords as store
from ventros_identity.store.passwords import Known


async def prove(
    db: Database, passwords: Passwords, tenant_id: UUID, user_id: UUID, password: str
) -> Known:
    """The user's stored password, which is the one that was given.

    Raises:
        WrongPassword, TooManyAttempts
    """
    tried = await guessing.attempt(db, [Subject(limit=USER, value=str(user_id))])
    async with db.tenant(tenant_id) as tx:
        known = await store.find(tx, tenant_id, user_id)
    if not await passwords.verify(None if known is None else known.password_hash, password):
        raise WrongPassword("The password is wrong.")
    await guessing.succeeded(db, tried)
    if known is None:
        raise WrongPassword("The password is wrong.")
    return known
