"""Key-encryption keys: the interface of a key manager, and the static key ring from a JSON file.

The file::

    {"active": "2026-01", "keys": {"2026-01": "<base64 of 32 bytes>", "2025-07": "…"}}

Rotation needs no downtime: add the new key everywhere, make it active, re-wrap what the old one
wrapped (`Vault.rewrap`), then take the old one out.
"""

import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Protocol, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
MAX_KEY_ID_BYTES = 64


class KeyRingError(ValueError):
    """The key ring cannot be used; the message says why and never shows a key."""


class UnknownKeyError(LookupError):
    """A blob names a key that this key manager does not hold."""


class KeyManager(Protocol):
    """What an envelope needs of a key manager. A cloud KMS is another implementation."""

    @property
    def active_key_id(self) -> str:
        """The key that `wrap` uses."""
        ...

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Encrypt a data key under the active key, bound to `context`."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`. Raises `UnknownKeyError`, or `InvalidTag` when anything was changed."""
        ...


class _File(msgspec.Struct, forbid_unknown_fields=True):
    active: str
    keys: dict[str, str]


class KeyRing:
    """A static set of AES-256 keys by id, one of them active."""

    def __init__(self, keys: dict[str, bytes], active: str) -> None:
        if active not in keys:
            raise KeyRingError(f"the active key {active!r} is not in the ring")
        for key_id, key in keys.items():
            if not 0 < len(key_id.encode()) <= MAX_KEY_ID_BYTES:
                raise KeyRingError(f"a key id has 1 to {MAX_KEY_ID_BYTES} bytes")
            if len(key) != KEY_BYTES:
                raise KeyRingError(f"key {key_id!r} has {len(key)} bytes instead of {KEY_BYTES}")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active = active

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read the format of the module's docstring."""
        try:
            file = msgspec.json.decode(text, type=_File)
            keys = {key_id: b64decode(key, validate=True) for key_id, key in file.keys.items()}
        except (msgspec.DecodeError, ValueError):
            # The cause is left out: it may quote a key.
            raise KeyRingError("not the expected JSON with base64 keys") from None
        return cls(keys, file.active)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a key ring file. Raises `KeyRingError` naming the path."""
        try:
            return cls.from_json(path.read_bytes())
        except OSError as error:
            raise KeyRingError(f"{path}: {error.strerror}") from error
        except KeyRingError as error:
            raise KeyRingError(f"{path}: {error}") from error

    @property
    def active_key_id(self) -> str:
        """The key that `wrap` uses."""
        return self._active

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Nonce and AES-256-GCM ciphertext of `data_key`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self._active].encrypt(nonce, data_key, context)

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`. Raises `UnknownKeyError`, or `InvalidTag` when anything was changed."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKeyError(f"key {key_id!r} is not in the ring")
        if len(wrapped) <= NONCE_BYTES:
            raise InvalidTag
        return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)


def new_key_ring_file(key_id: str) -> bytes:
    """The JSON of a fresh ring with one random key, for a new installation."""
    key = b64encode(os.urandom(KEY_BYTES)).decode()
    return msgspec.json.format(msgspec.json.encode(_File(active=key_id, keys={key_id: key})))
