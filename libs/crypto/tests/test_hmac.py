from hypothesis import given
from hypothesis import strategies as st

from platform_crypto import sign, verify

WAHA_KEY = b"my-secret-key"
WAHA_BODY = b'{"event":"message","session":"default","engine":"WEBJS"}'
# The vector on WAHA's own page about webhooks.
WAHA_SIGNATURE = (
    "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
    "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
)
# RFC 4231, test case 2.
RFC_KEY = b"Jefe"
RFC_BODY = b"what do ya want for nothing?"
RFC_SHA256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_the_published_vectors() -> None:
    assert sign(WAHA_KEY, WAHA_BODY, "sha512") == WAHA_SIGNATURE
    assert sign(RFC_KEY, RFC_BODY, "sha256") == RFC_SHA256


def test_hex_is_read_in_either_case() -> None:
    assert verify(WAHA_KEY, WAHA_BODY, WAHA_SIGNATURE.upper(), "sha512")


@given(key=st.binary(min_size=1), body=st.binary(), other=st.binary())
def test_only_the_same_bytes_verify(key: bytes, body: bytes, other: bytes) -> None:
    signature = sign(key, body, "sha512")
    assert verify(key, body, signature, "sha512")
    assert verify(key, other, signature, "sha512") == (other == body)
    assert not verify(key + b"x", body, signature, "sha512")
    assert not verify(key, body, signature, "sha256")


@given(st.text())
def test_anything_else_as_a_signature_is_wrong_and_not_an_error(signature: str) -> None:
    assert not verify(WAHA_KEY, b"another body", signature, "sha256")
