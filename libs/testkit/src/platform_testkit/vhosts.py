"""Vhosts of RabbitMQ: one per test, so that exchanges and queues of tests never meet."""

import secrets
from urllib.parse import quote, urlsplit

import aiohttp


class VhostMaker:
    """Makes and deletes vhosts over the management API."""

    def __init__(self, amqp_url: str, management_url: str) -> None:
        self._amqp = urlsplit(amqp_url)
        management = urlsplit(management_url)
        self._base = f"{management.scheme}://{management.hostname}:{management.port}/api"
        login = aiohttp.encode_basic_auth(management.username or "", management.password or "")
        self._headers = {"Authorization": login}

    async def make(self) -> str:
        """The AMQP URL of a fresh vhost."""
        url = self._amqp._replace(path=f"/t-{secrets.token_hex(6)}").geturl()
        await self.make_again(url)
        return url

    async def make_again(self, url: str) -> None:
        """Make the vhost of an URL, empty, after it was deleted."""
        name = urlsplit(url).path.removeprefix("/")
        user = quote(self._amqp.username or "", safe="")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        async with aiohttp.ClientSession(headers=self._headers, raise_for_status=True) as session:
            await session.put(f"{self._base}/vhosts/{name}")
            await session.put(f"{self._base}/permissions/{name}/{user}", json=everything)

    async def delete(self, url: str) -> None:
        """Delete the vhost with everything in it; its connections are closed."""
        name = urlsplit(url).path.removeprefix("/")
        async with aiohttp.ClientSession(headers=self._headers, raise_for_status=True) as session:
            await session.delete(f"{self._base}/vhosts/{name}")
