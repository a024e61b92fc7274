"""Envelope encryption of one secret in one database field.

Each secret has its own random data key; the data key is wrapped by a key-encryption key. Both
layers are AES-256-GCM and both are bound to where the secret is kept, so a blob that is copied to
another row, tenant, field or version does not decrypt.

The blob, format 1::

    1 byte   format (1)
    1 byte   length of the key id
    n bytes  key id (UTF-8)
    2 bytes  length of the wrapped data key (big endian)
    n bytes  wrapped data key
    12 bytes nonce
    n bytes  ciphertext and tag
"""

import os
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from platform_crypto.keyring import KEY_BYTES, NONCE_BYTES, KeyManager, UnknownKeyError

FORMAT = 1
_TAG_BYTES = 16


class DecryptionError(Exception):
    """A blob does not decrypt here: changed, moved, of another version, or its key is gone."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Where a secret is kept; all of it is authenticated as additional data."""

    service: str
    table: str
    tenant_id: UUID
    record_id: UUID
    field: str
    version: int

    def additional_data(self, purpose: bytes) -> bytes:
        """Length-prefixed, so that no two contexts give the same bytes."""
        parts = (
            purpose,
            self.service.encode(),
            self.table.encode(),
            self.tenant_id.bytes,
            self.record_id.bytes,
            self.field.encode(),
            self.version.to_bytes(8, "big"),
        )
        return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


class _Blob(msgspec.Struct, frozen=True):
    key_id: str
    wrapped: bytes
    sealed: bytes

    def encode(self) -> bytes:
        key_id = self.key_id.encode()
        return b"".join(
            (
                bytes((FORMAT, len(key_id))),
                key_id,
                len(self.wrapped).to_bytes(2, "big"),
                self.wrapped,
                self.sealed,
            )
        )

    @classmethod
    def decode(cls, blob: bytes) -> "_Blob":
        try:
            if blob[0] != FORMAT:
                raise DecryptionError(f"unknown blob format {blob[0]}")
            key_end = 2 + blob[1]
            key_id = blob[2:key_end].decode()
            wrapped_end = key_end + 2 + int.from_bytes(blob[key_end : key_end + 2], "big")
        except (IndexError, UnicodeDecodeError) as error:
            raise DecryptionError("the blob is not one of ours") from error
        if len(blob) < wrapped_end + NONCE_BYTES + _TAG_BYTES:
            raise DecryptionError("the blob is cut short")
        return cls(key_id, blob[key_end + 2 : wrapped_end], blob[wrapped_end:])


class Vault:
    """Seals and opens secrets with the keys of one key manager."""

    def __init__(self, keys: KeyManager) -> None:
        self._keys = keys

    def seal(self, secret: bytes, context: Context) -> bytes:
        """Encrypt under a fresh data key; the result is a blob for a `bytea` column."""
        data_key = os.urandom(KEY_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(data_key).encrypt(nonce, secret, context.additional_data(b"data"))
        wrapped = self._keys.wrap(data_key, context.additional_data(b"key"))
        return _Blob(self._keys.active_key_id, wrapped, nonce + sealed).encode()

    def open(self, blob: bytes, context: Context) -> bytes:
        """Decrypt. Raises `DecryptionError`, which does not tell which check failed."""
        parts = _Blob.decode(blob)
        data_key = self._data_key(parts, context)
        nonce, sealed = parts.sealed[:NONCE_BYTES], parts.sealed[NONCE_BYTES:]
        try:
            return AESGCM(data_key).decrypt(nonce, sealed, context.additional_data(b"data"))
        except InvalidTag as error:
            raise DecryptionError("the blob does not belong here or was changed") from error

    def key_id(self, blob: bytes) -> str:
        """The key-encryption key that wraps this blob; shows what a rotation has left to do."""
        return _Blob.decode(blob).key_id

    def rewrap(self, blob: bytes, context: Context) -> bytes:
        """Wrap the same data key under the active key. The secret itself is not decrypted."""
        parts = _Blob.decode(blob)
        if parts.key_id == self._keys.active_key_id:
            return blob
        wrapped = self._keys.wrap(self._data_key(parts, context), context.additional_data(b"key"))
        return _Blob(self._keys.active_key_id, wrapped, parts.sealed).encode()

    def _data_key(self, parts: _Blob, context: Context) -> bytes:
        try:
            return self._keys.unwrap(parts.key_id, parts.wrapped, context.additional_data(b"key"))
        except UnknownKeyError as error:
            raise DecryptionError(str(error)) from error
        except InvalidTag as error:
            raise DecryptionError("the blob does not belong here or was changed") from error
