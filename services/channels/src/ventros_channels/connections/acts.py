"""Put a channel to work, switch it off: claimed and committed, then called, then recorded.

No transaction is open while a provider is called. What a provider is asked for here may be asked
again: an answer that was lost is asked for once more, and a crash leaves a channel `requested`,
which the provider's webhooks or the next request settle.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from platform_bus import Bell, Outgoing, emit
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Database, Tx
from platform_telemetry import get_logger
from ventros_channels.adapters import Adapters
from ventros_channels.connections.keys import try_new_key
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.domain.activation import Activation, ChannelInactive
from ventros_channels.domain.channel import Channel
from ventros_channels.domain.lifecycle import CONNECTED, ConnectionState, Hook
from ventros_channels.domain.provider_errors import ProviderError
from ventros_channels.events.say_activation import turned
from ventros_channels.store import activations

log = get_logger(__name__)

Act = Callable[[Reached], Awaitable[ConnectionState]]


class Acts:
    """What the controllers need to call providers: the database, the vault, and our address."""

    def __init__(
        self, database: Database, bell: Bell, vault: Vault, adapters: Adapters, public_url: str
    ) -> None:
        self._database = database
        self._bell = bell
        self._vault = vault
        self._adapters = adapters
        self._public_url = public_url.rstrip("/")

    @property
    def adapters(self) -> Adapters:
        """The providers."""
        return self._adapters

    async def reach(self, tenant_id: UUID, project_id: UUID, channel_id: UUID) -> Reached:
        """The caller's channel, ready to be called. Raises as `connections.reach.reach` does."""
        async with self._database.tenant(tenant_id) as tx:
            return await reach(tx, self._vault, self._adapters, project_id, channel_id)

    async def try_new_key(self, tenant_id: UUID, project_id: UUID, channel_id: UUID) -> Channel:
        """Try the channel's key. Raises as `connections.reach.reach` does."""
        return await try_new_key(
            self._database,
            self._bell,
            self._vault,
            self._adapters,
            tenant_id,
            project_id,
            channel_id,
        )

    async def put_to_work(self, reached: Reached, act: Act) -> ConnectionState:
        """Say that it was asked for, and ask the provider.

        What comes of it is for `record_work` to say; that it failed is said here.

        Raises:
            ChannelInactive
            ProviderError
        """
        if reached.channel.status != "active":
            raise ChannelInactive("The channel is inactive: its webhooks are not taken.")
        await self._turn(reached, "requested")
        try:
            return await act(reached)
        except ProviderError as error:
            log.warning(
                "channel_activation_failed", channel_id=str(reached.channel.id), code=error.code
            )
            await self._turn(reached, "failed", reason=error.detail)
            raise

    def hook(self, reached: Reached) -> Hook:
        """Where the channel's provider has to post to."""
        url = f"{self._public_url}/webhooks/{reached.channel.webhook_id}"
        return Hook(url=url, hmac_key=reached.hmac_key)

    async def _turn(
        self, reached: Reached, activation: Activation, *, reason: str | None = None
    ) -> None:
        channel = reached.channel
        async with self._database.tenant(channel.tenant_id) as tx:
            what = await activations.turn(tx, channel.id, activation)
            if what is not None:
                await emit(tx, [turned(what, utc_now(), reason=reason)])
        self._bell.ring()


async def record_work(tx: Tx, channel_id: UUID, state: ConnectionState) -> None:
    """The provider's answer to being asked to work: it works, or its webhooks tell when it does."""
    if state.status != CONNECTED:
        return
    what = await activations.end(tx, channel_id, "activated", of=("requested", "failed"))
    await _say(tx, [] if what is None else [turned(what, utc_now())])


async def record_end(tx: Tx, channel_id: UUID) -> None:
    """The channel was switched off."""
    what = await activations.turn(tx, channel_id, "deactivated")
    await _say(tx, [] if what is None else [turned(what, utc_now())])


async def _say(tx: Tx, events: list[Outgoing]) -> None:
    if events:
        await emit(tx, events)
