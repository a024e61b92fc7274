"""Sealing under a secret that the database does not have: what its holder may see again.

For an answer that is kept beside a hash of the secret that asked for it (an Idempotency-Key, a
refresh token): whoever comes with the secret opens it, whoever has the database alone cannot.
AES-256-GCM under HKDF-SHA256 of the secret. The blob: 16 bytes salt, 12 bytes nonce, ciphertext and
tag. The secret has to be one that cannot be guessed.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from platform_crypto.envelope import DecryptionError
from platform_crypto.keyring import KEY_BYTES, NONCE_BYTES

SALT_BYTES = 16


def seal_under(secret: bytes, plain: bytes, *, purpose: bytes, context: bytes) -> bytes:
    """Encrypt for whoever has the secret.

    `purpose` keeps two uses of one secret apart; `context` is where the blob is kept, and it does
    not open elsewhere.
    """
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    return salt + nonce + _cipher(secret, salt, purpose).encrypt(nonce, plain, context)


def open_under(secret: bytes, sealed: bytes, *, purpose: bytes, context: bytes) -> bytes:
    """Undo `seal_under`. Raises `DecryptionError`, which does not tell which check failed."""
    salt, rest = sealed[:SALT_BYTES], sealed[SALT_BYTES:]
    nonce, ciphertext = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    try:
        return _cipher(secret, salt, purpose).decrypt(nonce, ciphertext, context)
    except (InvalidTag, ValueError) as error:
        raise DecryptionError("the blob does not belong here or was changed") from error


def _cipher(secret: bytes, salt: bytes, purpose: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, purpose).derive(secret))
