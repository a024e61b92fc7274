"""ES256 keys: PEM files, RFC 7638 thumbprints, JSON Web Key Sets (RFC 7517)."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

_COORDINATE_BYTES = 32
_END = b"-----END PUBLIC KEY-----"


class KeyFileError(Exception):
    """A key file cannot be used; the message names the path and shows nothing of the key."""


class Jwk(msgspec.Struct, frozen=True, kw_only=True):
    """The public half of an ES256 key."""

    kid: str
    x: str
    y: str
    kty: str = "EC"
    crv: str = "P-256"
    alg: str = "ES256"
    use: str = "sig"


class JwkSet(msgspec.Struct, frozen=True):
    """What `/.well-known/jwks.json` answers."""

    keys: list[Jwk]


class _AnyJwkSet(msgspec.Struct):
    keys: list[msgspec.Raw]


def generate_private_key() -> ec.EllipticCurvePrivateKey:
    """A new key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, unencrypted: the folder's permissions protect it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem(key: ec.EllipticCurvePublicKey) -> bytes:
    """SubjectPublicKeyInfo."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def read_private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a P-256 private key. Raises `KeyFileError`."""
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path}: not an unencrypted PEM private key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyFileError(f"{path}: not a P-256 key")
    return key


def read_public_keys(path: Path) -> dict[str, ec.EllipticCurvePublicKey]:
    """Read one or more P-256 public keys, by thumbprint. Two at once make a rotation smooth.

    Raises `KeyFileError`.
    """
    keys: list[ec.EllipticCurvePublicKey] = []
    for block in _read(path).split(_END)[:-1]:
        try:
            key = serialization.load_pem_public_key(block + _END)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyFileError(f"{path}: not a PEM public key") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
            key.curve, ec.SECP256R1
        ):
            raise KeyFileError(f"{path}: not a P-256 key")
        keys.append(key)
    if not keys:
        raise KeyFileError(f"{path}: no public key")
    return {thumbprint(key): key for key in keys}


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """RFC 7638: SHA-256 over the required members in lexical order, base64url."""
    x, y = _coordinates(key)
    members = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return _base64url(hashlib.sha256(members.encode()).digest())


def to_jwk(key: ec.EllipticCurvePublicKey) -> Jwk:
    """The public key as a JWK whose `kid` is its thumbprint."""
    x, y = _coordinates(key)
    return Jwk(kid=thumbprint(key), x=x, y=y)


def to_jwk_set(keys: Iterable[ec.EllipticCurvePublicKey]) -> JwkSet:
    """The key set to publish."""
    return JwkSet([to_jwk(key) for key in keys])


def parse_jwk_set(document: bytes) -> Mapping[str, ec.EllipticCurvePublicKey]:
    """The usable keys of a key set, by thumbprint. Keys of other kinds or uses are passed over.

    Raises:
        ValueError: the document is not a key set.
    """
    keys: dict[str, ec.EllipticCurvePublicKey] = {}
    for raw in msgspec.json.decode(document, type=_AnyJwkSet).keys:
        try:
            jwk = msgspec.json.decode(raw, type=Jwk)
            key = _from_jwk(jwk)
        except ValueError:
            continue
        if jwk.kid == thumbprint(key):
            keys[jwk.kid] = key
    return keys


def _from_jwk(jwk: Jwk) -> ec.EllipticCurvePublicKey:
    if (jwk.kty, jwk.crv, jwk.alg, jwk.use) != ("EC", "P-256", "ES256", "sig"):
        raise ValueError("of another kind or use")
    x, y = (int.from_bytes(_from_base64url(part), "big") for part in (jwk.x, jwk.y))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _coordinates(key: ec.EllipticCurvePublicKey) -> tuple[str, str]:
    numbers = key.public_numbers()
    return (
        _base64url(numbers.x.to_bytes(_COORDINATE_BYTES, "big")),
        _base64url(numbers.y.to_bytes(_COORDINATE_BYTES, "big")),
    )


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from error
