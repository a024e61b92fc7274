"""Templates that are made and removed at their provider while their author waits.

No transaction is open while the provider is called. A draft may be sent again: what the provider
has of exactly that form already is what was made before.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from platform_bus import Outgoing, emit
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Database, Tx
from proto_events.templates import ChannelTemplateChanged
from ventros_channels.adapters import Adapters
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.delivery.connection import note_refused_key
from ventros_channels.domain.activation import ChannelInactive
from ventros_channels.domain.provider_errors import ProviderKeyInvalid
from ventros_channels.domain.template_draft import Draft, Made, check
from ventros_channels.domain.templates import Removed
from ventros_channels.events.whatsapp_cloud.template_facts import SOON
from ventros_channels.store import template_listings
from ventros_channels.store.senders import Turn

DELETED = "DELETED"


class Authoring:
    """What making and removing needs: the database, the vault, and the providers."""

    def __init__(self, database: Database, vault: Vault, adapters: Adapters) -> None:
        self._database = database
        self._vault = vault
        self._adapters = adapters

    async def create(
        self, tenant_id: UUID, project_id: UUID, channel_id: UUID, draft: Draft
    ) -> tuple[Reached, Made]:
        """Hand a template to its provider, which looks at it for a while.

        Raises:
            ChannelNotFound, ChannelInactive, ExamplesWrong, TemplateRefused, ProviderError
        """
        check(draft)
        found = await self._reach(tenant_id, project_id, channel_id)
        async with self._noting(found):
            return found, await found.templates.create(found.at, draft)

    async def remove(
        self, tenant_id: UUID, project_id: UUID, channel_id: UUID, provider_id: str
    ) -> tuple[Reached, Removed]:
        """Remove one language of a template.

        Raises:
            ChannelNotFound, ChannelInactive, TemplateUnknown, TemplateRefused, ProviderError
        """
        found = await self._reach(tenant_id, project_id, channel_id)
        async with self._noting(found):
            return found, await found.templates.remove(found.at, provider_id)

    async def _reach(self, tenant_id: UUID, project_id: UUID, channel_id: UUID) -> Reached:
        async with self._database.tenant(tenant_id) as tx:
            found = await reach(tx, self._vault, self._adapters, project_id, channel_id)
        if found.channel.status != "active":
            raise ChannelInactive("The channel is inactive.")
        return found

    @asynccontextmanager
    async def _noting(self, found: Reached) -> AsyncIterator[None]:
        try:
            yield
        except ProviderKeyInvalid as error:
            turn = Turn(found.channel.tenant_id, found.channel.id)
            async with self._database.tenant(turn.tenant_id) as tx:
                await note_refused_key(tx, turn, found.line, error.detail)
            raise


async def record_made(tx: Tx, found: Reached, draft: Draft, made: Made) -> None:
    """Say that the template is there, and have its parts listed soon."""
    await _record(
        tx,
        found,
        provider_id=made.provider_id,
        name=draft.name,
        language=draft.language,
        status=made.status,
        category=made.category,
    )


async def record_removed(tx: Tx, found: Reached, removed: Removed) -> None:
    """Say that the template is there no more."""
    await _record(
        tx,
        found,
        provider_id=removed.provider_id,
        name=removed.name,
        language=removed.language,
        status=DELETED,
    )


async def _record(tx: Tx, found: Reached, **told: str | None) -> None:
    channel, now = found.channel, utc_now()
    event = ChannelTemplateChanged(
        channel_id=channel.id,
        account=found.at.account or "",
        changed_at=now,
        **told,  # type: ignore[arg-type]
    )
    said = Outgoing(
        event=event,
        tenant_id=channel.tenant_id,
        project_id=channel.project_id,
        subject=channel.id,
        sequence=1,
        partition_key=str(channel.id),
    )
    await emit(tx, [said])
    await template_listings.want(tx, [channel.id], SOON)
