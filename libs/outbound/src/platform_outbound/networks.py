"""Which addresses are never called: everything that is not a public host of the internet.

The list is written out. `ipaddress.is_global` differs between versions of Python, and 3.11's calls
several of these global.
"""

import re
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DENIED: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, the clouds' metadata among them
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # measuring
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/96",  # unspecified, loopback, IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64: leads to an IPv4 address
        "64:ff9b:1::/48",  # NAT64 of a site
        "100::/64",  # discard
        "2001::/32",  # Teredo: leads to an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to an IPv4 address
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, of old
        "ff00::/8",  # multicast
    )
)
SCHEMES: Final = frozenset({"https", "http"})

# A last label of digits or 0x… is an address to some resolvers and a name to others (WHATWG URL,
# "ends in a number").
_NUMBER = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$", re.IGNORECASE)


class AddressRefused(Exception):
    """The address is not one that we call; nothing was sent."""


def check_address(address: Address, allowed: Sequence[Network]) -> None:
    """Raises `AddressRefused`. An IPv4 address within an IPv6 one is judged as what it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allowed if network.version == address.version):
        return
    if any(address in network for network in DENIED if network.version == address.version):
        raise AddressRefused("the address is not a public one")


def check_url(url: str, allowed: Sequence[Network], schemes: frozenset[str] = SCHEMES) -> URL:
    """The address taken apart, once, by what will call it.

    Raises:
        AddressRefused
    """
    try:
        parsed = URL(url)
        host = parsed.host
    except ValueError as error:
        raise AddressRefused("the address cannot be read") from error
    if parsed.scheme not in schemes:
        raise AddressRefused("the address has another scheme")
    if not host or parsed.explicit_port == 0:
        raise AddressRefused("the address has no host")
    if parsed.user is not None or parsed.password is not None:
        raise AddressRefused("the address has a user or a password in it")
    literal = _literal(host)
    if literal is not None:
        check_address(literal, allowed)
    elif _NUMBER.search(host):
        raise AddressRefused("the host is a number that is no address")
    return parsed.with_fragment(None)


def _literal(host: str) -> Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise AddressRefused("the address names a zone")
    return address
