"""List the templates of a channel's account, and say them page by page.

Nothing is claimed: what is asked may be asked again, and a listing that ends early has told what it
told. No transaction is open while the provider is called.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from platform_bus import Bell, Outgoing, emit
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Database
from proto_events.templates import ChannelTemplatesListed
from ventros_channels.adapters import Adapters
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.delivery.connection import note_refused_key
from ventros_channels.domain.activation import ChannelInactive
from ventros_channels.domain.provider_errors import ProviderKeyInvalid, UnsupportedByProvider
from ventros_channels.domain.templates import TemplatePage, TemplateSource
from ventros_channels.store import template_listings
from ventros_channels.store.senders import Turn

MAX_PAGES: Final = 100
"""More than an account may have; what is behind them stays as it is known."""

AGAIN: Final = timedelta(days=1)
"""After a listing: what Meta did not post, or we did not get, is known a day later."""


class Listing:
    """What a listing needs: the database, the vault, and the providers."""

    def __init__(self, database: Database, bell: Bell, vault: Vault, adapters: Adapters) -> None:
        self._database = database
        self._bell = bell
        self._vault = vault
        self._adapters = adapters

    async def list(self, tenant_id: UUID, project_id: UUID, channel_id: UUID) -> int:
        """How many templates the channel's account has.

        Raises:
            ChannelNotFound, ChannelInactive, ProviderError
        """
        async with self._database.tenant(tenant_id) as tx:
            found = await reach(tx, self._vault, self._adapters, project_id, channel_id)
        source, account = found.templates, found.at.account
        if account is None:
            raise UnsupportedByProvider("The channel names no account that has templates.")
        if found.channel.status != "active":
            raise ChannelInactive("The channel is inactive.")
        listed_at, after = utc_now(), None
        ids: list[str] = []
        for number in range(1, MAX_PAGES + 1):
            page = await self._page(found, source, after)
            after = page.after
            ids += [one.provider_id for one in page.templates]
            told = ChannelTemplatesListed(
                channel_id=channel_id,
                account=account,
                templates=page.templates,
                all=ids if after is None else None,
                listed_at=listed_at,
            )
            async with self._database.tenant(tenant_id) as tx:
                await emit(tx, [_said(found, told, number)])
                if after is None:
                    await template_listings.settle(tx, channel_id, listed_at, utc_now() + AGAIN)
            self._bell.ring()
            if after is None:
                break
        return len(ids)

    async def _page(
        self, found: Reached, source: TemplateSource, after: str | None
    ) -> TemplatePage:
        try:
            return await source.page(found.at, after)
        except ProviderKeyInvalid as error:
            turn = Turn(found.channel.tenant_id, found.channel.id)
            async with self._database.tenant(turn.tenant_id) as tx:
                await note_refused_key(tx, turn, found.line, error.detail)
            raise


def _said(found: Reached, event: ChannelTemplatesListed, number: int) -> Outgoing:
    channel = found.channel
    return Outgoing(
        event=event,
        tenant_id=channel.tenant_id,
        project_id=channel.project_id,
        subject=channel.id,
        sequence=number,
        partition_key=str(channel.id),
    )
