"""Enrol, confirm and check a second factor (RFC 6238: SHA-1, six digits, 30 seconds)."""

import hashlib
import hmac
import secrets
import time
from base64 import b32encode
from typing import Final, Literal
from uuid import UUID

import msgspec
import pyotp

from platform_crypto import Context, Vault
from platform_postgres import Tx
from ventros_identity.domain.second_factor import (
    ISSUER,
    RECOVERY_CODES,
    NoSecondFactor,
    SecondFactorInvalid,
    SecondFactorOn,
)
from ventros_identity.store import second_factors

STEP_SECONDS: Final = 30
DRIFT_STEPS: Final = 1
"""A phone's clock may be so many steps off."""
_CODE_BYTES: Final = 10
_WRONG: Final = "The code is wrong, too old, or was used before."


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app needs; `uri` is for a QR code."""

    secret: str
    uri: str


async def begin(tx: Tx, vault: Vault, tenant_id: UUID, user_id: UUID, email: str) -> Enrolment:
    """Make a secret that counts once a code of it is confirmed. Raises `SecondFactorOn`."""
    secret = pyotp.random_base32()
    sealed = vault.seal(secret.encode(), place_of(tenant_id, user_id))
    if not await second_factors.begin(tx, tenant_id, user_id, sealed):
        raise SecondFactorOn("There is a second factor already. Switch it off first.")
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    return Enrolment(secret=secret, uri=uri)


async def confirm(tx: Tx, vault: Vault, tenant_id: UUID, user_id: UUID, code: str) -> list[str]:
    """Switch the second factor on; the recovery codes, which nobody sees again.

    Raises:
        NoSecondFactor, SecondFactorInvalid
    """
    factor = await second_factors.lock(tx, tenant_id, user_id)
    if factor is None or factor.confirmed_at is not None:
        raise NoSecondFactor("There is no second factor that waits to be confirmed.")
    secret = vault.open(factor.secret, place_of(tenant_id, user_id)).decode()
    step = matching_step(secret, code, time.time(), factor.last_step)
    if step is None:
        raise SecondFactorInvalid(_WRONG)
    await second_factors.take(tx, tenant_id, user_id, step)
    return await _new_codes(tx, tenant_id, user_id)


async def renew_codes(tx: Tx, vault: Vault, tenant_id: UUID, user_id: UUID, code: str) -> list[str]:
    """New recovery codes in place of the old ones, for a code of the app or one of them.

    Raises:
        NoSecondFactor, SecondFactorInvalid
    """
    if await second_factors.state(tx, tenant_id, user_id) is None:
        raise NoSecondFactor("There is no second factor.")
    if await check(tx, vault, tenant_id, user_id, code) is None:
        raise SecondFactorInvalid(_WRONG)
    await second_factors.forget_codes(tx, tenant_id, user_id)
    return await _new_codes(tx, tenant_id, user_id)


async def check(
    tx: Tx, vault: Vault, tenant_id: UUID, user_id: UUID, code: str
) -> Literal["app", "recovery_code"] | None:
    """Take a code of the app or a recovery code, each once; None if it is neither."""
    factor = await second_factors.lock(tx, tenant_id, user_id)
    if factor is None or factor.confirmed_at is None:
        return None
    secret = vault.open(factor.secret, place_of(tenant_id, user_id)).decode()
    step = matching_step(secret, code, time.time(), factor.last_step)
    if step is not None:
        await second_factors.take(tx, tenant_id, user_id, step)
        return "app"
    if await second_factors.use_code(tx, tenant_id, user_id, _hash(code)):
        return "recovery_code"
    return None


def matching_step(secret: str, code: str, now: float, last_step: int) -> int | None:
    """The time step whose code this is; one that is not after `last_step` was used up."""
    app = pyotp.TOTP(secret)
    current = int(now) // STEP_SECONDS
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        right = hmac.compare_digest(app.generate_otp(step).encode(), code.encode())
        if right and step > last_step:
            return step
    return None


async def _new_codes(tx: Tx, tenant_id: UUID, user_id: UUID) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await second_factors.add_codes(tx, tenant_id, user_id, [_hash(one) for one in codes])
    return codes


def _recovery_code() -> str:
    """80 random bits: `ABCD-EFGH-IJKL-MNOP`."""
    letters = b32encode(secrets.token_bytes(_CODE_BYTES)).decode()
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.replace("-", "").replace(" ", "").upper().encode()).digest()


def place_of(tenant_id: UUID, user_id: UUID) -> Context:
    """Where the secret of a user is sealed."""
    return Context(
        service="identity",
        table="second_factor",
        tenant_id=tenant_id,
        record_id=user_id,
        field="secret",
        version=1,
    )
