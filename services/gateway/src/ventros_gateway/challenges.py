"""What a 401 of the gateway asks for: a bearer token (RFC 6750, section 3), and where a client that
knows nothing of us learns who gives one (RFC 9728, section 5.1).
"""

from typing import Final

from yarl import URL

from platform_http.problems import challenge_of

METADATA: Final = "/.well-known/oauth-protected-resource"


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
        said = challenge_of(code)
        if self._where is not None:
            # Parameters follow the scheme after a space, and each other after a comma.
            said += (" " if " " not in said else ", ") + self._where
        return b"www-authenticate", said.encode()
