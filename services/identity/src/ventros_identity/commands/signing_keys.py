"""Signing keys: make, rotate and retire them, and hold those that a process works with."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from platform_auth.access import LIFETIME_SECONDS
from platform_auth.jwt import LEEWAY_SECONDS
from platform_auth.keys import JwkSet, generate_private_key, private_pem, thumbprint, to_jwk_set
from platform_core.clock import utc_now
from platform_core.errors import Unavailable
from platform_core.ids import new_id
from platform_crypto import Context, DecryptionError, Vault
from platform_postgres import Tx
from platform_telemetry import counter, get_logger
from ventros_identity.domain.signing_key import (
    Rules,
    SigningKey,
    begins_at,
    is_due,
    over,
    retirement,
    signer,
    waiting,
)
from ventros_identity.store import signing_keys as store
from ventros_identity.store.signing_keys import Stored

log = get_logger(__name__)

LEAD: Final = timedelta(minutes=15)
"""Longer than gateways and their caches keep a key set (five minutes)."""
KEPT: Final = timedelta(seconds=LIFETIME_SECONDS + 2 * LEEWAY_SECONDS)
"""The life of the longest token, as long as two clocks may make of it."""
_OF_NO_TENANT: Final = UUID(int=0)

_changes = counter("identity_signing_keys", "Signing keys published and dropped", ["change"])


def rules(key_days: float) -> Rules:
    """The rules of an installation whose keys sign for so many days."""
    return Rules(lead=LEAD, age=timedelta(days=key_days), kept=KEPT)


class LoadedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its private half."""

    key: SigningKey
    private: ec.EllipticCurvePrivateKey

    def __repr__(self) -> str:
        return f"LoadedKey({self.key.kid})"


class SigningKeys:
    """The keys that a process knows. Whoever signs asks each time: which one does changes."""

    def __init__(self, keys: Sequence[LoadedKey] = ()) -> None:
        self._keys = {one.key.kid: one for one in keys}

    @classmethod
    def of(cls, *private: ec.EllipticCurvePrivateKey) -> "SigningKeys":
        """Keys that are nowhere kept; the last one signs."""
        begin = utc_now() - timedelta(days=1)
        return cls(
            [
                _loaded(key, begin + timedelta(seconds=place), begin + timedelta(seconds=place))
                for place, key in enumerate(private)
            ]
        )

    def replace(self, keys: Sequence[LoadedKey]) -> None:
        """Know these from now on."""
        self._keys = {one.key.kid: one for one in keys}

    def renewed(self, stored: Stored) -> LoadedKey | None:
        """A key that is held already, with the times that are stored now: none is opened twice."""
        held = self._keys.get(stored.key.kid)
        return held and LoadedKey(key=stored.key, private=held.private)

    @property
    def signer(self) -> ec.EllipticCurvePrivateKey:
        """The key to sign with. Raises `Unavailable` while there is none."""
        found = signer([one.key for one in self._keys.values()], utc_now())
        if found is None:
            raise Unavailable("Sign-in is away for the moment.", code="keys_unavailable")
        return self._keys[found.kid].private

    @property
    def public(self) -> Mapping[str, ec.EllipticCurvePublicKey]:
        """Every published key, by its id."""
        return {kid: one.private.public_key() for kid, one in self._keys.items()}

    @property
    def jwk_set(self) -> JwkSet:
        """What is published."""
        return to_jwk_set(self.public.values())

    def __bool__(self) -> bool:
        return bool(self._keys)


def open_key(vault: Vault, stored: Stored) -> LoadedKey:
    """A key with its private half. Raises `DecryptionError`."""
    pem = vault.open(stored.sealed, place_of(stored.key.id))
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause is left out: it may quote the key.
        raise DecryptionError("what is sealed is not a private key") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise DecryptionError("what is sealed is not an ES256 key")
    if thumbprint(private.public_key()) != stored.key.kid:
        raise DecryptionError("the key is not the one that its id names")
    return LoadedKey(key=stored.key, private=private)


def place_of(key_id: UUID) -> Context:
    """Where a private half is sealed."""
    return Context(
        service="identity",
        table="signing_key",
        tenant_id=_OF_NO_TENANT,
        record_id=key_id,
        field="private_key",
        version=1,
    )


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What was done; to be told once it is committed."""

    published: Sequence[SigningKey] = ()
    dropped: Sequence[SigningKey] = ()


async def go_on(tx: Tx, vault: Vault, rules: Rules, now: datetime) -> Change:
    """Publish the next key and drop old ones, as far as it is time.

    Every replica asks; one of them does it.
    """
    if not _anything_to_do(await _keys(tx), rules, now) or not await store.try_lock(tx):
        return Change()
    # Somebody else may have done it until we had the lock.
    keys = await _keys(tx)
    old = over(keys, now, rules)
    await store.delete(tx, [key.id for key in old])
    if not is_due(keys, now, rules):
        return Change(dropped=old)
    made = await _publish(tx, vault, now, begins_at(keys, now, rules))
    return Change(published=[made], dropped=old)


async def rotate(tx: Tx, vault: Vault, rules: Rules, now: datetime) -> Change:
    """Publish the next key, which signs after the lead, unless one waits already."""
    await store.lock(tx)
    keys = await _keys(tx)
    if waiting(keys, now) is not None:
        return Change()
    return Change(published=[await _publish(tx, vault, now, begins_at(keys, now, rules))])


async def rotate_after_leak(tx: Tx, vault: Vault, now: datetime) -> Change:
    """Let a new key sign at once and no other be good: every token of theirs dies."""
    await store.lock(tx)
    leaked = await _keys(tx)
    await store.delete(tx, [key.id for key in leaked])
    return Change(published=[await _publish(tx, vault, now, now)], dropped=leaked)


async def retire(tx: Tx, kid: str, now: datetime) -> Change:
    """Let a key sign no longer. Raises `SigningKeyNotFound`, `SigningKeyNeeded`."""
    await store.lock(tx)
    what = retirement(await _keys(tx), kid, now)
    if what.signs_now is not None:
        await store.begin(tx, what.signs_now.id, now)
    dropped = [] if what.dropped is None else [what.dropped]
    await store.delete(tx, [key.id for key in dropped])
    return Change(dropped=dropped)


def tell(change: Change) -> None:
    """Log and count what was committed."""
    for key in change.published:
        _changes.labels("published").inc()
        log.info("signing_key_published", kid=key.kid, signs_at=key.signs_at.isoformat())
    for key in change.dropped:
        _changes.labels("dropped").inc()
        log.info("signing_key_dropped", kid=key.kid)


async def _keys(tx: Tx) -> list[SigningKey]:
    return [stored.key for stored in await store.read(tx)]


def _anything_to_do(keys: Sequence[SigningKey], rules: Rules, now: datetime) -> bool:
    return is_due(keys, now, rules) or bool(over(keys, now, rules))


async def _publish(tx: Tx, vault: Vault, now: datetime, signs_at: datetime) -> SigningKey:
    made = _loaded(generate_private_key(), now, signs_at)
    sealed = vault.seal(private_pem(made.private), place_of(made.key.id))
    await store.insert(tx, Stored(key=made.key, sealed=sealed))
    return made.key


def _loaded(
    private: ec.EllipticCurvePrivateKey, published_at: datetime, signs_at: datetime
) -> LoadedKey:
    key = SigningKey(
        id=new_id(),
        kid=thumbprint(private.public_key()),
        published_at=published_at,
        signs_at=signs_at,
    )
    return LoadedKey(key=key, private=private)
