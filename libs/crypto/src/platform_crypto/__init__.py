"""AES-256-GCM envelopes with key ids, and HMAC signing and verifying."""

from platform_crypto.envelope import Context, DecryptionError, Vault
from platform_crypto.hmac import sign, verify
from platform_crypto.keyring import (
    KeyManager,
    KeyRing,
    KeyRingError,
    UnknownKeyError,
    new_key_ring_file,
)

__all__ = [
    "Context",
    "DecryptionError",
    "KeyManager",
    "KeyRing",
    "KeyRingError",
    "UnknownKeyError",
    "Vault",
    "new_key_ring_file",
    "sign",
    "verify",
]
