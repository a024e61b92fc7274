"""Secrets that are handed out once and kept as a hash: refresh tokens, links in mails.

The text is a prefix and 48 bytes in base64url: the tenant, so that it is looked up among its own
tenant's rows and no others, and 256 random bits. Only the SHA-256 of the whole text is stored;
what is this random needs no slow hash.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Final
from uuid import UUID

import msgspec

RANDOM_BYTES: Final = 32
_TENANT_BYTES: Final = 16


class SecretToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token and where its hash is kept."""

    tenant_id: UUID
    text: str

    @property
    def hash(self) -> bytes:
        """What is stored of it."""
        return hashlib.sha256(self.text.encode()).digest()


def make(prefix: str, tenant_id: UUID) -> SecretToken:
    """A new one."""
    content = tenant_id.bytes + secrets.token_bytes(RANDOM_BYTES)
    return SecretToken(tenant_id=tenant_id, text=prefix + urlsafe_b64encode(content).decode())


def read(prefix: str, text: str) -> SecretToken | None:
    """The token that a caller sent; None when it is of another kind or cut."""
    if not text.startswith(prefix):
        return None
    try:
        content = urlsafe_b64decode(text.removeprefix(prefix))
    except (Error, ValueError):
        return None
    if len(content) != _TENANT_BYTES + RANDOM_BYTES:
        return None
    return SecretToken(tenant_id=UUID(bytes=content[:_TENANT_BYTES]), text=text)
