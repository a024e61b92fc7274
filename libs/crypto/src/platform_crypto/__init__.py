"""AES-256-GCM envelopes with key ids, sealing under a client's secret, and HMAC."""

from platform_crypto.derived import open_under, seal_under
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
    "open_under",
    "seal_under",
    "sign",
    "verify",
]
