"""The channels that webhooks are posted to, as ingress holds them in memory.

What is held may be old: the statement that stores checks it again, and every refusal but one for
size is preceded by a fresh reading. So nothing that is held can make an answer wrong.
"""

from collections.abc import Sequence

import msgspec

from platform_core.errors import Unavailable
from platform_crypto import DecryptionError, Vault
from platform_postgres import Database
from platform_telemetry import get_logger
from ventros_channels.commands.seal import unseal
from ventros_channels.events.publish import RawFrame
from ventros_channels.http.gather import Gather
from ventros_channels.store import webhooks
from ventros_channels.store.webhooks import Found

log = get_logger(__name__)

MAX_HELD = 20_000


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An active channel: `frame` holds ids, which never change; `hmac_key` is that of credential
    `hmac_version`."""

    webhook_id: str
    frame: RawFrame
    hmac_version: int
    hmac_key: bytes


class _Unreadable(msgspec.Struct, frozen=True):
    """A channel whose key does not decrypt: the key ring lacks a key, or the row was moved."""


_Read = Target | _Unreadable | None


class Targets:
    """Active channels by webhook id. At most `MAX_HELD` are held; the oldest goes first."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._held: dict[str, Target] = {}
        self.look_up: Gather[str, _Read] = Gather("webhook_look_up", self._find)

    def held(self, webhook_id: str) -> Target | None:
        """What was last read of a channel, if it was there."""
        return self._held.get(webhook_id)

    async def read(self, webhook_id: str) -> Target | None:
        """The channel as it is in the database now; None when there is no active one.

        Raises:
            Unavailable: too many wait, or its key does not decrypt.
            what `platform_postgres.is_away` knows.
        """
        target = await self.look_up.ask(webhook_id)
        if not isinstance(target, Target):
            self._held.pop(webhook_id, None)
            if target is None:
                return None
            raise Unavailable("The channel's key cannot be read.", code="credential_unreadable")
        while len(self._held) >= MAX_HELD:
            del self._held[next(iter(self._held))]
        self._held[webhook_id] = target
        return target

    async def verify_token(self, webhook_id: str) -> bytes | None:
        """The token that the provider has to show; None when there is no such active channel.

        Raises:
            Unavailable: it does not decrypt.
        """
        async with self._database.system() as tx:
            credential = await webhooks.verify_token(tx, webhook_id)
        if credential is None:
            return None
        try:
            return unseal(self._vault, credential)
        except DecryptionError as error:
            log.exception("credential_unreadable", credential_id=str(credential.id))
            raise Unavailable(
                "The channel's token cannot be read.", code="credential_unreadable"
            ) from error

    async def _find(self, webhook_ids: Sequence[str]) -> list[_Read]:
        async with self._database.system() as tx:
            found = await webhooks.find(tx, webhook_ids)
        read = {webhook_id: self._target(channel) for webhook_id, channel in found.items()}
        return [read.get(webhook_id) for webhook_id in webhook_ids]

    def _target(self, channel: Found) -> Target | _Unreadable:
        credential = channel.credential
        known = self._held.get(channel.webhook_id)
        if known is not None and known.hmac_version == credential.version:
            return known
        try:
            key = unseal(self._vault, credential)
        except DecryptionError:
            log.exception("credential_unreadable", credential_id=str(credential.id))
            return _Unreadable()
        return Target(
            webhook_id=channel.webhook_id,
            frame=RawFrame(
                tenant_id=credential.tenant_id,
                project_id=channel.project_id,
                channel_id=credential.channel_id,
                provider=channel.type,
            ),
            hmac_version=credential.version,
            hmac_key=key,
        )
