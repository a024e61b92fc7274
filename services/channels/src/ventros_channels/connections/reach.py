"""A channel of the caller's, and its provider ready to be called."""

from uuid import UUID

import msgspec

from platform_core.errors import Unavailable
from platform_crypto import DecryptionError, Vault
from platform_postgres import Tx
from ventros_channels.adapters import Adapters
from ventros_channels.commands.connection import connection_of
from ventros_channels.commands.seal import unseal
from ventros_channels.domain.adapter import Adapter
from ventros_channels.domain.channel import Channel, ChannelNotFound
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.lifecycle import Lifecycle
from ventros_channels.domain.look_ups import LookUps
from ventros_channels.domain.provider_errors import ProviderKeyRefused, UnsupportedByProvider
from ventros_channels.domain.templates import TemplateSource
from ventros_channels.queries.channels import get_channel
from ventros_channels.store import credentials, senders
from ventros_channels.store.senders import Line


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A channel and its provider. `at` holds a secret: it lives as long as the call."""

    channel: Channel
    adapter: Adapter
    at: Connection
    hmac_key: str
    line: Line

    @property
    def lifecycle(self) -> Lifecycle:
        """Raises `UnsupportedByProvider` where numbers are connected elsewhere."""
        if self.adapter.lifecycle is None:
            raise UnsupportedByProvider("Numbers of this type are connected at their provider.")
        return self.adapter.lifecycle

    @property
    def look_ups(self) -> LookUps:
        """Raises `UnsupportedByProvider` where the provider is not to be asked,
        `ProviderKeyRefused`."""
        if self.adapter.look_ups is None:
            raise UnsupportedByProvider("This type of channel has nothing to look up.")
        self._check_key()
        return self.adapter.look_ups

    @property
    def templates(self) -> TemplateSource:
        """Raises `UnsupportedByProvider` where what is written needs no approval,
        `ProviderKeyRefused`."""
        if self.adapter.templates is None:
            raise UnsupportedByProvider("This type of channel has no templates.")
        self._check_key()
        return self.adapter.templates

    def _check_key(self) -> None:
        if self.line.key_refused:
            raise ProviderKeyRefused("The provider refused the channel's key: replace it.")


async def reach(
    tx: Tx, vault: Vault, adapters: Adapters, project_id: UUID, channel_id: UUID
) -> Reached:
    """The channel as it is now.

    Raises:
        ChannelNotFound
        Unavailable: its secrets do not decrypt.
    """
    channel = await get_channel(tx, project_id, channel_id)
    line = await senders.line(tx, channel_id)
    hmac = await credentials.get_locked(tx, channel_id, "webhook_hmac")
    if line is None:
        raise ChannelNotFound("There is no such channel.")
    try:
        return Reached(
            channel=channel,
            adapter=adapters[channel.type],
            at=connection_of(vault, line),
            hmac_key="" if hmac is None else unseal(vault, hmac).decode(),
            line=line,
        )
    except DecryptionError as error:
        raise Unavailable(
            "The channel's key cannot be read.", code="credential_unreadable"
        ) from error
