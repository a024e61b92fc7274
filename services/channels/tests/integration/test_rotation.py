"""The key ring rotates while webhooks come: nobody is refused, nothing becomes unreadable."""

import contextlib
import os
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from platform_bus import Bell
from platform_core.errors import Unavailable
from platform_crypto import DecryptionError, KeyRing, Vault, sign
from platform_postgres import Database
from ventros_channels.commands.rewrap_credentials import rewrap_credentials
from ventros_channels.http.ingress import Ingress, Signatures

from ..conftest import Api, Webhooks, fixture

BODY = fixture("message")


@contextlib.asynccontextmanager
async def ingress_with(database: Database, ring: KeyRing) -> AsyncIterator[Ingress]:
    """Ingress of a process that has this ring and nothing in memory."""
    ingress = Ingress(database, Vault(ring), Bell())
    for part in ingress.parts:
        await part.start()
    try:
        yield ingress
    finally:
        for part in ingress.parts:
            await part.stop()


async def post(ingress: Ingress, channel: dict[str, Any]) -> None:
    signature = sign(channel["hmac_secret"].encode(), BODY, "sha512")
    await ingress.receive(channel["webhook_id"], BODY, Signatures(signature))


async def test_add_promote_rewrap_remove(
    api: Api, webhooks: Webhooks, database: Database, ring_file: bytes
) -> None:
    channel = await api.create(api_key="an-api-key")
    old = {name: b64decode(key) for name, key in msgspec.json.decode(ring_file)["keys"].items()}
    new = {"next": os.urandom(32)}
    both = KeyRing({**old, **new}, "next")

    async with ingress_with(database, both) as ingress:
        await post(ingress, channel)
    async with ingress_with(database, KeyRing(new, "next")) as ingress:
        with pytest.raises(Unavailable):
            await post(ingress, channel)

    assert await rewrap_credentials(database, Vault(both)) == 2
    assert await rewrap_credentials(database, Vault(both)) == 0

    for ring in (both, KeyRing(new, "next")):
        async with ingress_with(database, ring) as ingress:
            await post(ingress, channel)
    # A process that still has only the old ring goes on with what it holds in memory.
    with pytest.raises(DecryptionError):
        await rewrap_credentials(database, Vault(KeyRing(old, "test")))
