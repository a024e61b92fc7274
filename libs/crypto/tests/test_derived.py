"""Sealing under a secret of the client's."""

import pytest

from platform_crypto import DecryptionError, open_under, seal_under

SECRET, PLAIN = b"b9a1c1de-2c4b-4d0e-9c1f-0a1b2c3d4e5f", b"an answer"


def sealed() -> bytes:
    return seal_under(SECRET, PLAIN, purpose=b"probe", context=b"here")


def test_whoever_has_the_secret_opens_it() -> None:
    assert open_under(SECRET, sealed(), purpose=b"probe", context=b"here") == PLAIN


def test_the_same_is_never_sealed_the_same() -> None:
    assert sealed() != sealed()


def test_the_blob_shows_nothing() -> None:
    assert PLAIN not in sealed()
    assert SECRET not in sealed()


@pytest.mark.parametrize(
    ("secret", "purpose", "context"),
    [(b"another", b"probe", b"here"), (SECRET, b"other", b"here"), (SECRET, b"probe", b"there")],
)
def test_it_opens_for_nobody_else_and_nowhere_else(
    secret: bytes, purpose: bytes, context: bytes
) -> None:
    with pytest.raises(DecryptionError):
        open_under(secret, sealed(), purpose=purpose, context=context)


@pytest.mark.parametrize("cut", [0, 10, 20, 30])
def test_what_is_cut_short_or_changed_does_not_open(cut: int) -> None:
    blob = sealed()
    for broken in (blob[:cut], blob[:-1], bytes([blob[0] ^ 1]) + blob[1:]):
        with pytest.raises(DecryptionError):
            open_under(SECRET, broken, purpose=b"probe", context=b"here")
