"""Where a request comes from. Only proxies that the operator named are believed."""

import ipaddress
from collections.abc import Iterable
from typing import Any, Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAX_HOPS: Final = 16


class Peers:
    """Tells the client's address and scheme of a request."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """`trusted` are networks in CIDR notation. Raises `ValueError` for what is none."""
        self._trusted: list[Network] = [ipaddress.ip_network(each) for each in trusted]
        self._known: dict[str, bool] = {}

    def of(self, scope: Any) -> tuple[str, str]:
        """(address, scheme).

        Behind trusted proxies the address is the last one of X-Forwarded-For that is not itself
        one of them: what stands before it, the client can have written.
        """
        client = scope["client"]
        peer, scheme = (client[0] if client else ""), scope["scheme"]
        if not self._trusted or not self._is_trusted(peer):
            return peer, scheme
        hops: list[str] = []
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                hops += value.decode("latin-1").split(",")
            elif name == b"x-forwarded-proto" and value in (b"http", b"https"):
                scheme = value.decode()
        for hop in reversed(hops[-_MAX_HOPS:]):
            address = _address(hop)
            if address is None:
                break
            peer = address
            if not self._is_trusted(address):
                break
        return peer, scheme

    def _is_trusted(self, text: str) -> bool:
        known = self._known.get(text)
        if known is None:
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                return False
            known = any(address in network for network in self._trusted)
            if len(self._known) < 1024:
                self._known[text] = known
        return known


def neighbourhood(address: str) -> str:
    """What one client can have of addresses: an IPv4 address, or an IPv6 network of 64 bits."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None
