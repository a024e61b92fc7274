"""What a 401 or 403 of the gateway asks for: a bearer token, or one that may do more (RFC 6750,
section 3), and where a client that knows nothing of us learns who gives one (RFC 9728, section
5.1).
"""

from typing import Final

from yarl import URL

from platform_core.errors import Forbidden
from platform_http.problems import challenge_of

METADATA: Final = "/.well-known/oauth-protected-resource"


class PermissionMissing(Forbidden):
    """The caller's token is a good one and lacks `permission`."""

    def __init__(self, detail: str, permission: str) -> None:
        super().__init__(detail)
        self.permission = permission


class Challenges:
    """The WWW-Authenticate header, by what was wrong."""

    def __init__(self, issuer: str) -> None:
        """`issuer` is the address of this installation. One that is no address is left unsaid, as
        identity then has no metadata either.
        """
        address = URL(issuer.rstrip("/") + METADATA) if "://" in issuer else None
        if address is None or address.scheme not in {"http", "https"} or not address.host:
            self._where = None
        else:
            self._where = f'resource_metadata="{address}"'

    def of(self, code: str) -> tuple[bytes, bytes]:
        """The header of a 401 with this code."""
        return self._header(challenge_of(code))

    def to_do_more(self, permission: str) -> tuple[bytes, bytes]:
        """The header of a 403: a permission is what OAuth calls a scope."""
        return self._header(f'Bearer error="insufficient_scope", scope="{permission}"')

    def _header(self, said: str) -> tuple[bytes, bytes]:
        if self._where is not None:
            # Parameters follow the scheme after a space, and each other after a comma.
            said += (" " if " " not in said else ", ") + self._where
        return b"www-authenticate", said.encode()
