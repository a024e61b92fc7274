"""The key ring rotates while everything goes on: add, promote, re-wrap, take the old key out."""

from pathlib import Path

import pyotp
import pytest

from platform_crypto import DecryptionError, KeyRing, Vault
from platform_postgres import Database
from ventros_identity.commands import (
    identity_providers,
    mail,
    rewrap,
    second_factor,
    signing_keys,
)
from ventros_identity.commands.signing_keys import SigningKeys
from ventros_identity.domain.mail import Letter
from ventros_identity.mail import FileOutbox, MailPart
from ventros_identity.signing_keys import SigningKeysPart

from ..conftest import Tenant, code_before

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
BEFORE = Vault(KeyRing({"1": OLD}, "1"))
BOTH = Vault(KeyRing({"1": OLD, "2": NEW}, "2"))
AFTER = Vault(KeyRing({"2": NEW}, "2"))


def mails_in(folder: Path) -> int:
    return len(list(folder.glob("*.eml")))


def provider_of(tenant: Tenant) -> identity_providers.CreateProvider:
    """One that is disabled: its secret is re-wrapped as well."""
    return identity_providers.CreateProvider(
        tenant_id=tenant.id,
        name="Own",
        issuer="https://login.example",
        client_id="x",
        client_secret="a client secret",
        email_domains=[],
        redirect_uris=[],
        new_users=None,
        enabled=False,
    )


async def test_after_a_rewrap_the_old_key_can_be_taken_out(
    db: Database,
    ana: Tenant,
    rui: Tenant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules, keys = signing_keys.rules(30), SigningKeys()
    await SigningKeysPart(db, BEFORE, keys, rules).run_once()
    secrets, providers = {}, {}
    for tenant in (ana, rui):
        async with db.tenant(tenant.id) as tx:
            user_id = tenant.seeded.user_id
            made = await second_factor.begin(tx, BEFORE, tenant.id, user_id, "x@x.example")
            code = await code_before(made.secret)
            await second_factor.confirm(tx, BEFORE, tenant.id, user_id, code)
            secrets[tenant.id] = made.secret
            provider = await identity_providers.create_provider(tx, BEFORE, provider_of(tenant))
            providers[tenant.id] = provider
            await mail.write(tx, BEFORE, tenant.id, "x@x.example", Letter(subject="x", body="y"))
    with pytest.raises(DecryptionError):
        await SigningKeysPart(db, AFTER, SigningKeys(), rules).run_once()

    monkeypatch.setattr(rewrap, "_PAGE", 1)
    said: list[str] = []
    assert await rewrap.rewrap(db, BOTH, said.append) == 7
    assert "second_factor: 2 seen, 2 re-wrapped" in said
    assert await rewrap.rewrap(db, BOTH, said.append) == 0
    assert await rewrap.rewrap(db, AFTER, said.append) == 0

    held = SigningKeys()
    await SigningKeysPart(db, AFTER, held, rules).run_once()
    assert set(held.public) == set(keys.public)
    for tenant in (ana, rui):
        async with db.tenant(tenant.id) as tx:
            code = pyotp.TOTP(secrets[tenant.id]).now()
            found = await second_factor.check(tx, AFTER, tenant.id, tenant.seeded.user_id, code)
            assert found == "app"
            opened = await identity_providers.open_secret(tx, AFTER, providers[tenant.id])
            assert opened == "a client secret"
    assert await MailPart(db, FileOutbox(tmp_path), "Ventros <no@x.example>", AFTER).run_once() == 2
    assert mails_in(tmp_path) == 2
