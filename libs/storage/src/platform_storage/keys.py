"""Where a file is: under its tenant, by what is in it.

Two files of one tenant with the same content are one. No tenant's key can name another's file.
"""

import re
from typing import Final
from uuid import UUID

from platform_core.ids import new_id

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def of_tenant(tenant_id: UUID) -> str:
    """What every key of a tenant begins with."""
    return f"tenants/{tenant_id}/"


def content_key(tenant_id: UUID, sha256: str) -> str:
    """The key of a content. Raises `ValueError` for what is no SHA-256 in hex."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("a SHA-256 is 64 lower-case hexadecimal digits")
    return f"{of_tenant(tenant_id)}sha256/{sha256[:2]}/{sha256}"


def incoming_key(tenant_id: UUID) -> str:
    """Where a file is until all of it is there."""
    return f"{of_tenant(tenant_id)}incoming/{new_id()}"
