from base64 import urlsafe_b64encode
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt import PyJWK

from platform_auth import keys


def test_the_thumbprint_is_the_one_of_rfc_7638() -> None:
    """Against an independent reading of the RFC: SHA-256 over the ordered required members."""
    key = keys.generate_private_key().public_key()
    jwk = keys.to_jwk(key)
    assert jwk.kid == keys.thumbprint(key)
    assert PyJWK(msgspec.to_builtins(jwk)).key.public_numbers() == key.public_numbers()


def test_a_key_set_survives_its_way_over_the_wire() -> None:
    public = [keys.generate_private_key().public_key() for _ in range(3)]
    document = msgspec.json.encode(keys.to_jwk_set(public))
    parsed = keys.parse_jwk_set(document)
    assert set(parsed) == {keys.thumbprint(key) for key in public}
    assert b'"d"' not in document


def test_unusable_keys_of_a_set_are_passed_over() -> None:
    good = keys.to_jwk(keys.generate_private_key().public_key())
    other = msgspec.to_builtins(good)
    entries = [
        {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"},
        {**other, "use": "enc"},
        {**other, "alg": "HS256"},
        {**other, "kid": "not-the-thumbprint"},
        {**other, "x": urlsafe_b64encode(b"\x01" * 32).decode().rstrip("=")},
        {**other, "x": "*"},
        17,
    ]
    document = msgspec.json.encode({"keys": [*entries, good]})
    assert list(keys.parse_jwk_set(document)) == [good.kid]


@pytest.mark.parametrize("document", [b"", b"[]", b'{"keys":1}', b"<html>"])
def test_what_is_not_a_key_set_is_an_error(document: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        keys.parse_jwk_set(document)


def test_key_files_are_read_back(tmp_path: Path) -> None:
    one, two = keys.generate_private_key(), keys.generate_private_key()
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(keys.private_pem(one))
    public.write_bytes(keys.public_pem(one.public_key()) + keys.public_pem(two.public_key()))
    assert keys.thumbprint(keys.read_private_key(private).public_key()) == keys.thumbprint(
        one.public_key()
    )
    assert set(keys.read_public_keys(public)) == {
        keys.thumbprint(key.public_key()) for key in (one, two)
    }


def test_wrong_key_files_name_the_path(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    wrong = [
        b"",
        b"-----BEGIN",
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        keys.private_pem(ec.generate_private_key(ec.SECP384R1())),
        keys.public_pem(ec.generate_private_key(ec.SECP384R1()).public_key()),
    ]
    with pytest.raises(keys.KeyFileError, match=r"key\.pem: No such file"):
        keys.read_private_key(path)
    for content in wrong:
        path.write_bytes(content)
        with pytest.raises(keys.KeyFileError, match=r"key\.pem"):
            keys.read_private_key(path)
        with pytest.raises(keys.KeyFileError, match=r"key\.pem"):
            keys.read_public_keys(path)
