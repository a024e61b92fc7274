"""Which headers cross the gateway, in either direction."""

from collections.abc import Iterable
from typing import Final

from multidict import CIMultiDict

Headers = list[tuple[bytes, bytes]]

# RFC 9110 §7.6.1: for one connection only.
_HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# What says who asks or from where is said by the gateway alone. Cookies are not used here.
_NOT_IN: Final = _HOP_BY_HOP | {
    b"authorization",
    b"cookie",
    b"expect",
    b"forwarded",
    b"host",
    b"true-client-ip",
    b"via",
    b"x-client-ip",
    b"x-real-ip",
    b"x-request-id",
}
_NOT_IN_PREFIXES: Final = (b"x-ventros-", b"x-forwarded-")
# The server and `Observe` set these anew.
_NOT_OUT: Final = _HOP_BY_HOP | {b"date", b"server", b"x-request-id"}


def for_service(
    headers: Iterable[tuple[bytes, bytes]],
    *,
    authorization: str | None,
    request_id: str,
    client: str | None,
    scheme: str,
) -> CIMultiDict[str]:
    """The headers of the request to a service."""
    named = _named_by_connection(headers)
    kept: CIMultiDict[str] = CIMultiDict()
    for name, value in headers:
        if name in _NOT_IN or name.startswith(_NOT_IN_PREFIXES) or name in named:
            continue
        kept.add(name.decode("latin-1"), value.decode("latin-1"))
    if authorization is not None:
        kept["authorization"] = authorization
    kept["x-request-id"] = request_id
    kept["x-forwarded-proto"] = scheme
    if client is not None:
        kept["x-forwarded-for"] = client
    return kept


def client_credentials(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """What an OAuth client proves itself with (RFC 6749, section 2.3.1): Basic, and nothing else.

    It names no caller of ours: a service that is handed it on a public route learns from it which
    client asks for a token.
    """
    for name, value in headers:
        if name == b"authorization":
            text = value.decode("latin-1")
            return text if text[:6].lower() == "basic " else None
    return None


def for_client(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of the answer to the client."""
    lower = [(name.lower(), value) for name, value in headers]
    named = _named_by_connection(lower)
    return [(name, value) for name, value in lower if name not in _NOT_OUT and name not in named]


def _named_by_connection(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Headers that a Connection header declares to be hop-by-hop too."""
    for name, value in headers:
        if name == b"connection" and value.lower() not in (b"keep-alive", b"close"):
            return frozenset(part.strip() for part in value.lower().split(b","))
    return frozenset()
