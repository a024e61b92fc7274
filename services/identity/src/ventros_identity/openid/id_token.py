"""An ID token: who signed it, for whom, for which sign-in (OpenID Connect Core §3.1.3.7)."""

import warnings
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    InvalidKeyIdError,
    JoseError,
    SecurityWarning,
)
from joserfc.jwk import KeySet, import_key
from joserfc.jws import JWSRegistry

from ventros_identity.domain.external_sign_in import ExternalSignInRefused, Person
from ventros_identity.openid.metadata import ALGORITHMS

LEEWAY_SECONDS: Final = 60
MAX_KEYS: Final = 32
_KINDS: Final = frozenset({"RSA", "EC", "OKP"})
_LONGEST_SUBJECT: Final = 255
_REGISTRY: Final = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


class KeyUnknown(Exception):
    """No key that is known signed this; the provider may have newer ones."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the ID token of one sign-in has to say."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None


def read_keys(body: bytes) -> KeySet:
    """The public keys in a JWK set that can sign. Raises `ValueError` when it is none.

    Shared secrets, keys for encryption and kinds that we do not know are left out.
    """
    said = msgspec.json.decode(body, type=dict[str, list[dict[str, Any]] | Any])
    listed = said.get("keys")
    if not isinstance(listed, list):
        raise ValueError("no keys")  # noqa: TRY004 - what it is of is content
    keys = []
    for one in listed[:MAX_KEYS]:
        if not isinstance(one, dict) or one.get("kty") not in _KINDS or one.get("use") == "enc":
            continue
        try:
            keys.append(import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(keys)


def verify(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of an ID token that holds.

    Raises:
        KeyUnknown: fetch the keys anew, once.
        ExternalSignInRefused: naming the claim that is wrong.
    """
    try:
        with warnings.catch_warnings():
            # EdDSA has a newer name (RFC 9864), which providers do not use yet.
            warnings.simplefilter("ignore", SecurityWarning)
            read = jwt.decode(token, keys, registry=_REGISTRY)
    except (InvalidKeyIdError, BadSignatureError) as error:
        raise KeyUnknown from error
    except (JoseError, ValueError, TypeError) as error:
        raise ExternalSignInRefused("id_token_signature") from error
    _check(read.claims, read.header, expected)
    return read.claims


def person_of(claims: Mapping[str, Any]) -> Person:
    """Who the claims speak of. `email_verified` counts as a boolean alone, not as a word."""
    email, name = claims.get("email"), claims.get("name")
    return Person(
        subject=claims["sub"],
        email=email if isinstance(email, str) else None,
        email_verified=claims.get("email_verified") is True,
        name=name if isinstance(name, str) else None,
    )


def _check(claims: dict[str, Any], header: Mapping[str, Any], expected: Expected) -> None:
    essential: dict[str, Any] = {name: {"essential": True} for name in ("sub", "exp", "iat")}
    options = essential | {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "nonce": {"essential": True, "value": expected.nonce},
    }
    params = {
        "client_id": expected.client_id,
        "nonce": expected.nonce,
        "access_token": expected.access_token,
    }
    try:
        CodeIDToken(claims, header, options, params).validate(leeway=LEEWAY_SECONDS)
    except ClaimError as error:
        raise ExternalSignInRefused(f"id_token_{error.claim.partition(',')[0]}") from error
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise ExternalSignInRefused("id_token_claims") from error
    subject = claims["sub"]
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= _LONGEST_SUBJECT
        or not subject.isprintable()
    ):
        raise ExternalSignInRefused("id_token_sub")
