"""Signing keys: made by one replica, rotated while tokens flow, dropped at once after a leak."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from platform_auth.access import AccessTokenIssuer, access_key_id, verify_access_token
from platform_auth.errors import TokenInvalid
from platform_auth.internal import InternalTokenVerifier
from platform_auth.keys import private_pem
from platform_auth.principal import Role
from platform_bus import Bell
from platform_core.clock import utc_now
from platform_core.errors import Unavailable
from platform_crypto import DecryptionError, KeyRing, Vault
from platform_http.server import HttpServer
from platform_postgres import Database, PostgresSettings
from ventros_gateway import key_set as gateway_key_set
from ventros_gateway.key_set import KeySet
from ventros_gateway.upstream import Upstream
from ventros_identity.app import make_app
from ventros_identity.commands import signing_keys as commands
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.signing_keys import KEPT, LEAD, SigningKeys, open_key
from ventros_identity.domain.signing_key import Rules, state_of
from ventros_identity.signing_keys import SigningKeysPart
from ventros_identity.store import signing_keys as store

from ..conftest import ISSUER, LIFETIMES, VAULT

RULES = Rules(lead=LEAD, age=timedelta(days=30), kept=KEPT)


def part(db: Database, rules: Rules = RULES) -> tuple[SigningKeysPart, SigningKeys]:
    keys = SigningKeys()
    return SigningKeysPart(db, VAULT, keys, rules, read_seconds=0.05), keys


def token(keys: SigningKeys) -> str:
    return AccessTokenIssuer(keys.signer, issuer=ISSUER).issue(
        token_id=uuid4(), subject=uuid4(), tenant_id=uuid4(), project_id=uuid4(), role=Role.USER
    )


async def states(db: Database) -> list[str]:
    async with db.system() as tx:
        found = [stored.key for stored in await store.read(tx)]
    return [state_of(key, found, utc_now()) for key in found]


async def age(db: Database, by: timedelta) -> None:
    async with db.system() as tx:
        for stored in await store.read(tx):
            await store.delete(tx, [stored.key.id])
            older = commands.SigningKey(
                id=stored.key.id,
                kid=stored.key.kid,
                published_at=stored.key.published_at - by,
                signs_at=stored.key.signs_at - by,
            )
            await store.insert(tx, store.Stored(key=older, sealed=stored.sealed))


async def test_replicas_make_one_first_key_and_one_next_key(db: Database) -> None:
    replicas = [part(db) for _ in range(4)]
    with pytest.raises(Unavailable):
        token(replicas[0][1])
    await asyncio.gather(*(one.run_once() for one, _ in replicas))
    assert await states(db) == ["signs"]
    await age(db, timedelta(days=31))
    await asyncio.gather(*(one.run_once() for one, _ in replicas))
    assert await states(db) == ["signs", "waits"]
    for one, keys in replicas:
        await one.run_once()
        assert len(keys.jwk_set.keys) == 2
    assert len({access_key_id(token(keys)) for _, keys in replicas}) == 1
    # The next one signs, and the first is still good for what it signed.
    await age(db, LEAD)
    before = [token(keys) for _, keys in replicas]
    await asyncio.gather(*(one.run_once() for one, _ in replicas))
    assert await states(db) == ["retired", "signs"]
    for _, keys in replicas:
        assert access_key_id(token(keys)) != access_key_id(before[0])
        verify_access_token(before[0], keys=keys.public, issuer=ISSUER)
    # Its last token has expired.
    await age(db, KEPT)
    await asyncio.gather(*(one.run_once() for one, _ in replicas))
    assert await states(db) == ["signs"]


async def test_to_rotate_twice_makes_one_next_key(db: Database) -> None:
    one, _ = part(db)
    await one.run_once()
    for _ in range(2):
        async with db.system() as tx:
            await commands.rotate(tx, VAULT, RULES, utc_now())
    assert await states(db) == ["signs", "waits"]
    async with db.system() as tx:
        signing = (await store.read(tx))[0].key
        await commands.retire(tx, signing.kid, utc_now())
    assert await states(db) == ["retired", "signs"]


@pytest.fixture
async def flowing(
    db: Database,
    passwords: Passwords,
    internal_tokens: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[SigningKeys, KeySet, SigningKeysPart]]:
    """An identity with its loop, and a gateway's key set that asks it over HTTP."""
    # The proportions are the real ones: keys are fetched more often than a key waits.
    monkeypatch.setattr(gateway_key_set, "REFRESH_SECONDS", 0.2)
    verifier: InternalTokenVerifier = internal_tokens.verifier
    loop, keys = part(db, Rules(lead=timedelta(seconds=1), age=RULES.age, kept=RULES.kept))
    app: Litestar = make_app(
        db=db, bell=Bell(), auth=verifier, signing_keys=keys, issuer=ISSUER,
        passwords=passwords, lifetimes=LIFETIMES, vault=VAULT,
    )  # fmt: skip
    server = HttpServer(app, host="127.0.0.1", port=0, drain_timeout=1.0)
    await server.start()
    upstream = Upstream()
    await upstream.start()
    key_set = KeySet(upstream, f"http://127.0.0.1:{server.port}")
    await loop.start()
    await key_set.start()
    yield keys, key_set, loop
    await key_set.stop()
    await loop.stop()
    await upstream.stop()
    await server.stop()


async def verified(key_set: KeySet, text: str) -> None:
    known = await key_set.keys_for(access_key_id(text))
    verify_access_token(text, keys=known, issuer=ISSUER)


async def test_while_keys_rotate_no_token_is_refused(
    db: Database,
    flowing: tuple[SigningKeys, KeySet, SigningKeysPart],
    eventually: Callable[..., Awaitable[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys, key_set, loop = flowing
    # A gateway that asks for a key it does not know would hide a lead that is too short.
    monkeypatch.setattr(key_set, "_fetched_for_unknown", float("inf"))
    await eventually(_is(lambda: loop.ready and key_set.ready))
    first, kept, checked = access_key_id(token(keys)), [token(keys)], 0
    async with db.system() as tx:
        lead = Rules(lead=timedelta(seconds=1), age=RULES.age, kept=RULES.kept)
        await commands.rotate(tx, VAULT, lead, utc_now())
    async with asyncio.timeout(20):
        while access_key_id(kept[-1]) == first or checked < 50:
            text = token(keys)
            await verified(key_set, text)
            checked += 1
            if access_key_id(text) != access_key_id(kept[-1]):
                kept.append(text)
            await asyncio.sleep(0)
    assert len({access_key_id(text) for text in kept}) == 2
    for text in kept:
        await verified(key_set, text)


async def test_after_a_leak_the_key_and_its_tokens_are_refused(
    db: Database,
    flowing: tuple[SigningKeys, KeySet, SigningKeysPart],
    eventually: Callable[..., Awaitable[Any]],
) -> None:
    keys, key_set, loop = flowing
    await eventually(_is(lambda: loop.ready and key_set.ready))
    leaked, stolen = keys.signer, token(keys)
    await verified(key_set, stolen)
    async with db.system() as tx:
        await commands.rotate_after_leak(tx, VAULT, utc_now())

    async def refused() -> bool:
        try:
            await verified(key_set, stolen)
        except TokenInvalid:
            return True
        return False

    await eventually(refused)
    await verified(key_set, token(keys))
    forged = token(SigningKeys.of(leaked))
    with pytest.raises(TokenInvalid):
        await verified(key_set, forged)
    assert await states(db) == ["signs"]


async def test_while_the_database_is_away_the_known_keys_go_on(db: Database) -> None:
    one, keys = part(db)
    await one.run_once()
    before = access_key_id(token(keys))
    nowhere = "postgresql://a@127.0.0.1:1/x"
    away = Database(
        PostgresSettings(
            database_app_url=nowhere, database_relay_url=nowhere, database_system_url=nowhere
        ),
        service="identity",
    )
    lost = SigningKeysPart(away, VAULT, keys, RULES)
    with pytest.raises(OSError):  # noqa: PT011 - however the system says it
        await lost.run_once()
    assert access_key_id(token(keys)) == before
    assert lost.ready


async def test_a_private_half_is_sealed_and_shows_up_nowhere(
    db: Database, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    one, keys = part(db)
    await one.run_once()
    pem = private_pem(keys.signer)
    body = b"".join(pem.splitlines()[1:-1])
    canaries = [pem.decode(), body.decode(), body.hex()]
    async with db.system() as tx:
        (stored,) = await store.read(tx)
        kept = await tx.fetchval("SELECT signing_key::text FROM signing_key")
    shown = [kept, repr(stored), str(stored), repr(keys), repr(open_key(VAULT, stored))]
    other = Vault(KeyRing({"1": bytes(32)}, "1"))
    with pytest.raises(DecryptionError) as refused:
        open_key(other, stored)
    moved = store.Stored(
        key=commands.SigningKey(
            id=UUID(int=1), kid=stored.key.kid, published_at=stored.key.published_at,
            signs_at=stored.key.signs_at,
        ),
        sealed=stored.sealed,
    )  # fmt: skip
    with pytest.raises(DecryptionError) as swapped:
        open_key(VAULT, moved)
    written = capsys.readouterr()
    shown += [str(refused.value), str(swapped.value), written.out, written.err, caplog.text]
    assert not any(canary in text for canary in canaries for text in shown)


def _is(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return condition()

    return check
