"""/v1/channels."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation
from msgspec import UNSET

from platform_bus import emit
from platform_crypto import Vault
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_channels.commands.create_channel import CreateChannel, create_channel
from ventros_channels.commands.delete_channel import delete_channel
from ventros_channels.commands.update_channel import UpdateChannel, update_channel
from ventros_channels.domain.ai import AiSettings
from ventros_channels.events import publish
from ventros_channels.http.ai import processed
from ventros_channels.http.configs import changes, given
from ventros_channels.http.connection_schemas import PROVIDER
from ventros_channels.http.connections import Calls, reached
from ventros_channels.http.schemas import (
    ChannelView,
    CreateChannelBody,
    CreatedChannelView,
    UpdateChannelBody,
    created_view,
    view,
)
from ventros_channels.queries.channels import get_channel, list_channels

_QUESTION = "channels"

Disconnect = Annotated[
    bool,
    QueryParameter(description="Whether its connection at the provider is removed as well."),
]


class Sealing:
    """What the controllers need beside the database: the vault, and our public address."""

    def __init__(self, vault: Vault, public_url: str) -> None:
        self.vault = vault
        self.public_url = public_url


Seals = NamedDependency[SkipValidation[Sealing]]


class Channels(Controller):
    """Numbers that a company connects to its project."""

    path = "/v1/channels"
    tags = ("channels",)

    @post(operation_id="create_channel")
    async def create(
        self, data: JSONBody[CreateChannelBody], principal: Caller, writer: Writes, sealing: Seals
    ) -> CreatedChannelView:
        """Connect a number.

        The answer has the address that the provider must post to and, if none was given, the secret
        that WAHA must sign with, or the token that Meta must show; these are told this once.
        """
        number = given(data)
        command = CreateChannel(
            tenant_id=principal.tenant_id,
            project_id=principal.project_id,
            name=data.name,
            type=data.type,
            external_id=data.external_id,
            config=number.config,
            cloud=number.cloud,
            verify_token=number.verify_token,
            status=data.status,
            default_session_timeout_minutes=data.default_session_timeout_minutes,
            hmac_secret=number.hmac_secret,
            api_key=number.api_key,
            pacing=data.pacing and number.cloud is None,
            allow_groups=data.allow_groups,
            keep_view_once=data.keep_view_once,
            ai=AiSettings(
                enabled=data.ai_enabled,
                debounce_timeout_ms=data.debounce_timeout_ms,
                processed=tuple(kind for kind, on in processed(data.ai_processing).items() if on),
            ),
        )
        async with writer(principal) as tx:
            created = await create_channel(tx, sealing.vault, command)
            await emit(tx, [publish.channel_created(created.channel)])
        return created_view(created, sealing.public_url)

    @get(operation_id="list_channels")
    async def list_(
        self, page: Paged, principal: Caller, reader: Reads, sealing: Seals
    ) -> Page[ChannelView]:
        """The project's channels, newest first."""
        question = f"{_QUESTION}:{principal.tenant_id}:{principal.project_id}"
        before = page.after(question, UUID)
        async with reader(principal) as tx:
            rows = await list_channels(tx, principal.project_id, before=before, limit=page.fetch)
        return page.cut(
            question,
            rows,
            lambda channel: channel.id,
            lambda channel: view(channel, sealing.public_url),
        )

    @get("/{channel_id:uuid}", operation_id="read_channel")
    async def read(
        self, channel_id: FromPath[UUID], principal: Caller, reader: Reads, sealing: Seals
    ) -> ChannelView:
        """One channel."""
        async with reader(principal) as tx:
            channel = await get_channel(tx, principal.project_id, channel_id)
        return view(channel, sealing.public_url)

    @patch("/{channel_id:uuid}", operation_id="update_channel")
    async def update(
        self,
        channel_id: FromPath[UUID],
        data: JSONBody[UpdateChannelBody],
        principal: Caller,
        writer: Writes,
        sealing: Seals,
        acts: Calls,
    ) -> ChannelView:
        """Change what is given. A new secret counts from the answer on.

        A new key is tried at the provider: `connection_status` says whether it is accepted, unless
        the provider is away. A key that is refused is kept all the same.
        """
        values = changes(data)
        command = UpdateChannel(
            project_id=principal.project_id,
            channel_id=channel_id,
            name=data.name,
            status=data.status,
            external_id=data.external_id,
            default_session_timeout_minutes=data.default_session_timeout_minutes,
            pacing=data.pacing,
            allow_groups=data.allow_groups,
            keep_view_once=data.keep_view_once,
            ai_enabled=data.ai_enabled,
            debounce_timeout_ms=data.debounce_timeout_ms,
            ai_processed={} if data.ai_processing is UNSET else processed(data.ai_processing),
            **msgspec.structs.asdict(values),
        )
        async with writer(principal) as tx:
            updated = await update_channel(tx, sealing.vault, command)
            if updated.changed:
                await emit(tx, [publish.channel_updated(updated.channel)])
        channel = updated.channel
        if isinstance(values.api_key, str):
            channel = await acts.try_new_key(principal.tenant_id, principal.project_id, channel_id)
        return view(channel, sealing.public_url)

    @delete(
        "/{channel_id:uuid}", operation_id="delete_channel", status_code=204, described=PROVIDER
    )
    async def delete_(
        self,
        channel_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
        acts: Calls,
        disconnect: Disconnect = False,
    ) -> None:
        """Disconnect a number: its webhook answers 404 from now on, its history stays.

        With `disconnect`, the connection at the provider is logged out and removed before; when
        that fails, nothing is deleted, and the request may be sent again without.
        """
        if disconnect:
            found = await reached(acts, principal, channel_id)
            await found.lifecycle.remove(found.at)
        async with writer(principal) as tx:
            deleted = await delete_channel(tx, principal.project_id, channel_id)
            await emit(tx, [publish.channel_deleted(deleted)])


__all__ = ["Channels", "Sealing"]
