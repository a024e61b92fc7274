"""Which signatures and keys are taken, and what of a person's claims counts."""

import time
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from ventros_identity.domain.external_sign_in import (
    ExternalSignInRefused,
    Person,
    name_of,
    safe_error,
)
from ventros_identity.openid.id_token import Expected, KeyUnknown, person_of, read_keys, verify

ISSUER = "https://login.example"
EXPECTED = Expected(issuer=ISSUER, client_id="us", nonce="n", access_token=None)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
KEYS: dict[str, Key] = {
    "RS256": RSA,
    "PS256": RSA,
    "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "okp"}),
    "RS512": RSA,
    "ES384": ECKey.generate_key("P-384", {"kid": "ec384"}),
    "HS256": OctKey.generate_key(256, {"kid": "oct"}),
}


def token_of(algorithm: str, **claims: Any) -> str:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": "us", "sub": "s", "nonce": "n", "iat": now, "exp": now + 300}
    key = KEYS[algorithm]
    return jwt.encode({"alg": algorithm, "kid": key.kid}, whole | claims, key, [algorithm])


def published(*keys: dict[str, Any]) -> bytes:
    public = [key.as_dict(private=key.key_type == "oct") for key in KEYS.values()]
    return msgspec.json.encode({"keys": [*keys, *public]})


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_these_algorithms_are_taken(algorithm: str) -> None:
    assert verify(token_of(algorithm), read_keys(published()), EXPECTED)["sub"] == "s"


@pytest.mark.parametrize("algorithm", ["RS512", "ES384", "HS256"])
def test_no_other_algorithm_is_taken_though_its_key_is_published(algorithm: str) -> None:
    with pytest.raises((ExternalSignInRefused, KeyUnknown)):
        verify(token_of(algorithm), read_keys(published()), EXPECTED)


def test_what_is_no_key_for_signatures_is_left_out() -> None:
    strange: list[dict[str, Any]] = [
        {"kty": "oct", "k": "AAAA"},
        {"kty": "unheard"},
        {"kty": "RSA"},
        {**RSA.as_dict(private=False), "use": "enc"},
    ]
    assert len(read_keys(published(*strange)).keys) == len(KEYS) - 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": "x"}', b"<html>"])
def test_what_is_no_key_set_is_said_so(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_keys(body)


@pytest.mark.parametrize("claims", [{"at_hash": 7}, {"aud": 7}, {"exp": "soon"}, {"sub": "a\x00b"}])
def test_claims_of_strange_kinds_are_refused(claims: dict[str, Any]) -> None:
    expected = msgspec.structs.replace(EXPECTED, access_token="x")
    with pytest.raises(ExternalSignInRefused):
        verify(token_of("ES256", **claims), read_keys(published()), expected)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b", "...."])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ExternalSignInRefused):
        verify(token, read_keys(published()), EXPECTED)


@pytest.mark.parametrize(("said", "counts"), [(True, True), ("true", False), (1, False)])
def test_an_address_is_verified_when_the_provider_says_so_in_a_boolean(
    said: object, counts: bool
) -> None:
    assert (
        person_of({"sub": "s", "email": "a@b.c", "email_verified": said}).email_verified is counts
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [(" Bia\nReis\x07 ", "Bia Reis"), ("", "a@b.c"), (None, "a@b.c"), ("x" * 300, "x" * 255)],
)
def test_a_new_user_has_a_name(name: str | None, shown: str) -> None:
    assert name_of(Person(subject="s", name=name), "a@b.c") == shown


@pytest.mark.parametrize(("code", "word"), [("access_denied", "access_denied"), ("<b>", "other")])
def test_a_provider_s_own_words_are_not_passed_on(code: object, word: str) -> None:
    assert safe_error(code) == word
