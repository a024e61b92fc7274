"""RFC 8725 and the rules of both kinds of token, each as an attack that must fail."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_auth import Role, internal, keys
from platform_auth.access import AUDIENCE, AccessTokenIssuer, verify_access_token
from platform_auth.errors import TokenExpired, TokenInvalid, TokenMissing
from platform_auth.internal import InternalTokenVerifier
from platform_auth.jwt import bearer
from platform_auth.matrix import permissions_of
from platform_auth.testing import InternalTokens

ISSUER = "https://ventros.test"
KEY = keys.generate_private_key()
KID = keys.thumbprint(KEY.public_key())
KEYS = {KID: KEY.public_key()}
TENANT, PROJECT, SUBJECT = uuid4(), uuid4(), uuid4()


def access_claims(**change: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": str(SUBJECT), "tid": str(TENANT),
        "pid": str(PROJECT), "role": "admin", "iat": now, "nbf": now, "exp": now + 600,
        "jti": str(uuid4()), **change,
    }  # fmt: skip
    return {name: value for name, value in claims.items() if value is not None}


def signed(
    claims: dict[str, Any] | None = None,
    *,
    key: Any = KEY,
    algorithm: str = "ES256",
    **header: Any,
) -> str:
    header = {"typ": "at+jwt", "kid": KID, **header}
    header = {name: value for name, value in header.items() if value is not None}
    return pyjwt.encode(claims or access_claims(), key, algorithm=algorithm, headers=header)


def check(token: str) -> object:
    return verify_access_token(token, keys=KEYS, issuer=ISSUER)


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_an_issued_token_verifies() -> None:
    token = AccessTokenIssuer(KEY, issuer=ISSUER).issue(
        token_id=uuid4(), subject=SUBJECT, tenant_id=TENANT, project_id=PROJECT, role=Role.USER
    )
    claims = verify_access_token(token, keys=KEYS, issuer=ISSUER)
    assert (claims.tid, claims.pid, claims.sub, claims.role) == (TENANT, PROJECT, SUBJECT, "user")
    assert claims.exp - claims.iat == 600
    assert pyjwt.get_unverified_header(token) == {"alg": "ES256", "typ": "at+jwt", "kid": KID}


def unsigned() -> str:
    return f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': KID})}.{part(access_claims())}."


def public_key_as_hmac_secret() -> str:
    head = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': KID})}.{part(access_claims())}"
    mac = hmac.digest(keys.public_pem(KEY.public_key()), head.encode(), "sha256")
    return f"{head}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def key_of_the_attacker_in_the_header(**header: Any) -> str:
    attacker = keys.generate_private_key()
    jwk = keys.to_jwk(attacker.public_key())
    return signed(key=attacker, kid=jwk.kid, jwk={"kty": "EC", "x": jwk.x, "y": jwk.y}, **header)


def tampered_payload() -> str:
    head, _, signature = signed().split(".")
    return f"{head}.{part(access_claims(role='admin', tid=str(uuid4())))}.{signature}"


ATTACKS: dict[str, Callable[[], str]] = {
    "no signature": unsigned,
    "public key as HMAC secret": public_key_as_hmac_secret,
    "own key in jwk": key_of_the_attacker_in_the_header,
    "own key by jku": lambda: key_of_the_attacker_in_the_header(jku="https://evil.test/jwks"),
    "own key by x5u": lambda: key_of_the_attacker_in_the_header(x5u="https://evil.test/x5u"),
    "own key under our kid": lambda: signed(key=keys.generate_private_key()),
    "unknown kid": lambda: signed(kid="other"),
    "no kid": lambda: signed(kid=None),
    "kid is a path": lambda: signed(kid="../../dev/null"),
    "typ JWT": lambda: signed(typ="JWT"),
    "typ missing": lambda: signed(typ=""),
    "typ of the internal token": lambda: signed(typ=internal.TYP),
    "unknown critical extension": lambda: signed(crit=["exp"], exp=1),
    "another issuer": lambda: signed(access_claims(iss="https://other.test")),
    "issuer missing": lambda: signed(access_claims(iss=None)),
    "another audience": lambda: signed(access_claims(aud="ventros-internal")),
    "audience missing": lambda: signed(access_claims(aud=None)),
    "no expiry": lambda: signed(access_claims(exp=None)),
    "no not-before": lambda: signed(access_claims(nbf=None)),
    "not yet valid": lambda: signed(access_claims(nbf=int(time.time()) + 120)),
    "tenant missing": lambda: signed(access_claims(tid=None)),
    "tenant is not a UUID": lambda: signed(access_claims(tid="1 OR 1=1")),
    "unknown role": lambda: signed(access_claims(role="root")),
    "payload changed": tampered_payload,
    "signature cut": lambda: signed()[:-4],
    "too long": lambda: signed(access_claims(pad="x" * 9000)),
    "empty": lambda: "",
    "not a token": lambda: "a.b.c",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_fails(attack: str) -> None:
    with pytest.raises(TokenInvalid):
        check(ATTACKS[attack]())


def test_expiry_has_a_leeway_of_a_minute() -> None:
    now = int(time.time())
    assert check(signed(access_claims(exp=now - 50)))
    assert check(signed(access_claims(nbf=now + 50)))
    with pytest.raises(TokenExpired):
        check(signed(access_claims(exp=now - 61)))


@given(st.text(max_size=200))
def test_garbage_is_an_invalid_token(text: str) -> None:
    with pytest.raises(TokenInvalid):
        check(text)


@given(position=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=127))
def test_a_changed_character_never_verifies_as_something_else(position: int, flip: int) -> None:
    token = AccessTokenIssuer(KEY, issuer=ISSUER).issue(
        token_id=uuid4(), subject=SUBJECT, tenant_id=TENANT, project_id=PROJECT, role=Role.USER
    )
    position %= len(token)
    changed = token[:position] + chr(ord(token[position]) ^ flip) + token[position + 1 :]
    try:
        claims = verify_access_token(changed, keys=KEYS, issuer=ISSUER)
    except TokenInvalid:
        return
    # The unused low bits of the last base64 character may change without changing a byte.
    assert position == len(token) - 1
    assert claims.sub == SUBJECT


def test_an_internal_token_carries_the_whole_principal() -> None:
    tokens = InternalTokens()
    verifier = tokens.verifier
    token = tokens.mint(TENANT, PROJECT, "manager", subject=SUBJECT)
    principal = verifier.verify(token)
    assert (principal.tenant_id, principal.project_id, principal.subject) == (
        TENANT, PROJECT, SUBJECT,
    )  # fmt: skip
    assert principal.role is Role.MANAGER
    assert principal.permissions == permissions_of(Role.MANAGER)
    assert verifier.verify(token) is principal


def test_the_kinds_of_token_are_not_interchangeable() -> None:
    """Even when both are signed with one key."""
    verifier = InternalTokenVerifier(KEYS)
    access = signed()
    with pytest.raises(TokenInvalid):
        verifier.verify(access)
    with pytest.raises(TokenInvalid):
        check(InternalTokens(KEY).mint(TENANT, PROJECT))


def test_a_remembered_token_still_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = InternalTokens()
    verifier = tokens.verifier
    token = tokens.mint(TENANT, PROJECT)
    verifier.verify(token)
    later = time.time() + internal.LIFETIME_SECONDS + 61
    monkeypatch.setattr("platform_auth.internal.time.time", lambda: later)
    with pytest.raises(TokenExpired):
        verifier.verify(token)


def test_memory_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internal, "MAX_REMEMBERED", 3)
    tokens = InternalTokens()
    verifier = tokens.verifier
    minted = [tokens.mint(uuid4(), PROJECT) for _ in range(5)]
    for token in minted:
        verifier.verify(token)
    assert set(verifier._remembered) == set(minted[2:])
    assert verifier.verify(minted[0])


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "abc"])
def test_what_is_no_bearer_token_is_none(header: str) -> None:
    with pytest.raises(TokenMissing):
        bearer(header)


@pytest.mark.parametrize("header", ["Bearer a b", "Bearer  a"])
def test_a_malformed_bearer_token_is_refused(header: str) -> None:
    with pytest.raises(TokenInvalid):
        bearer(header)


def test_the_scheme_is_read_in_any_case() -> None:
    assert bearer("bearer abc") == bearer("BEARER abc") == "abc"
