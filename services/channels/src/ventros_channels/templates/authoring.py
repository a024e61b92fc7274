"""Templates that are made and removed at their provider while their author waits.

No transaction is open while the provider is called. A draft may be sent again: what the provider
has of exactly that form already is what was made before.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from platform_bus import Outgoing, emit
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Database, Tx
from platform_storage import Storage
from platform_storage.keys import content_key
from platform_storage.kinds import kind_of
from proto_events.templates import ChannelTemplateChanged
from ventros_channels.adapters import Adapters
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.delivery.connection import note_refused_key
from ventros_channels.delivery.stored_file import Described, StoredFile
from ventros_channels.domain.activation import ChannelInactive
from ventros_channels.domain.provider_errors import ProviderKeyInvalid
from ventros_channels.domain.template_draft import Draft, Made, check
from ventros_channels.domain.template_example import AppUnknown, Example, format_of
from ventros_channels.domain.templates import Removed
from ventros_channels.events.whatsapp_cloud.template_facts import SOON
from ventros_channels.store import template_listings
from ventros_channels.store.senders import Turn

DELETED = "DELETED"

_HEAD: Final = 4096
"""As many bytes prove what a file is."""


class Authoring:
    """What making and removing needs: the database, the vault, and the providers."""

    def __init__(
        self, database: Database, vault: Vault, adapters: Adapters, storage: Storage
    ) -> None:
        self._database = database
        self._vault = vault
        self._adapters = adapters
        self._storage = storage

    async def create(
        self, tenant_id: UUID, project_id: UUID, channel_id: UUID, draft: Draft
    ) -> tuple[Reached, Made]:
        """Hand a template to its provider, which looks at it for a while.

        Raises:
            ChannelNotFound, ChannelInactive, ExamplesWrong, TemplateRefused, ProviderError
            AppUnknown, ExampleUnsuitable, ExampleTooLarge, FileMissing, StorageAway: of a file
        """
        check(draft)
        found = await self._reach(tenant_id, project_id, channel_id)
        source = found.templates
        example = None if draft.file is None else await self._example(found, draft.file)
        async with self._noting(found):
            return found, await source.create(found.at, draft, example)

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

    async def _example(self, found: Reached, sha256: str) -> Example:
        cloud, tenant_id = found.channel.cloud, found.channel.tenant_id
        if cloud is None or cloud.app_id is None:
            raise AppUnknown("A file above a template is uploaded to an app: set its app_id.")
        key = content_key(tenant_id, sha256)
        size = await self._storage.size(key)
        head = b"".join([piece async for piece in self._storage.read(key, end=min(size, _HEAD))])
        mimetype = kind_of(head)
        file = Described(sha256=sha256, size_bytes=size, mimetype=mimetype)
        return Example(
            app_id=cloud.app_id,
            format=format_of(mimetype, size),
            file=StoredFile(self._storage, tenant_id, file),
        )

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
