"""Signing and reading of our JSON Web Tokens, by the rules of RFC 8725.

The algorithm is fixed to ES256 and never taken from the token; the `typ` header must name the
kind; the key is chosen by `kid` among keys that we already hold, so `jku`, `x5u` and `jwk` in a
header have no effect; issuer, audience and times are required and checked.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from platform_auth.errors import TokenExpired, TokenInvalid, TokenMissing

ALGORITHM: Final = "ES256"
LEEWAY_SECONDS: Final = 60
MAX_TOKEN_LENGTH: Final = 8192

_INVALID = "The token is not valid."

C = TypeVar("C", bound=msgspec.Struct)


def sign(claims: msgspec.Struct, *, key: ec.EllipticCurvePrivateKey, kid: str, typ: str) -> str:
    """A compact JWS of `claims`."""
    payload: dict[str, Any] = msgspec.to_builtins(claims)
    return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"typ": typ, "kid": kid})


def key_id(token: str, *, typ: str) -> str:
    """The `kid` of a token of the given kind, read before anything is verified.

    Raises:
        TokenInvalid: not a token, of another kind or algorithm, or without a key id.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise TokenInvalid(_INVALID)
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise TokenInvalid(_INVALID) from error
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or header.get("typ") != typ or not isinstance(kid, str):
        raise TokenInvalid(_INVALID)
    # RFC 7515 §4.1.11: an extension that we do not understand must be refused.
    if "crit" in header:
        raise TokenInvalid(_INVALID)
    return kid


def verify(
    token: str,
    claims: type[C],
    *,
    keys: Mapping[str, ec.EllipticCurvePublicKey],
    typ: str,
    issuer: str,
    audience: str,
) -> C:
    """The claims of a token whose kind, signature, issuer, audience and times hold.

    Times have a leeway of 60 seconds.

    Raises:
        TokenExpired, TokenInvalid: without saying what did not hold.
    """
    key = keys.get(key_id(token, typ=typ))
    if key is None:
        raise TokenInvalid(_INVALID)
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "sub", "exp", "nbf", "iat"]},
        )
        return msgspec.convert(payload, claims)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired("The token has expired.") from error
    except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
        raise TokenInvalid(_INVALID) from error


def bearer(authorization: str) -> str:
    """The token of an Authorization header (RFC 6750).

    Raises:
        TokenMissing: the header is of another scheme, or has no token.
        TokenInvalid: it is malformed.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing("A bearer token is needed.")
    if " " in token:
        raise TokenInvalid("The Authorization header is not a bearer token.")
    return token
