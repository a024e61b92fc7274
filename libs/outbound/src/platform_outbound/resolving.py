"""Resolve once, check every address, and hand on none but checked ones."""

import socket
from collections.abc import Sequence
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from platform_outbound.networks import Network, check_address


class CheckedResolver(AbstractResolver):
    """The connector connects to what this returns and asks nobody else.

    One inner address among several refuses the host: whoever mixes them wants the inner one.
    """

    def __init__(self, inner: AbstractResolver, allowed: Sequence[Network]) -> None:
        self._inner = inner
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `AddressRefused` for the first address that is an inner one."""
        found = await self._inner.resolve(host, port, family)
        for one in found:
            # Link-local addresses come with their zone.
            check_address(ip_address(one["host"].partition("%")[0]), self._allowed)
        return found

    async def close(self) -> None:
        """Close the resolver behind it."""
        await self._inner.close()
