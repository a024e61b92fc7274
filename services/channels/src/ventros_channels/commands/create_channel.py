"""Connect a number to a project."""

from datetime import timedelta
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Tx
from ventros_channels.commands.seal import seal
from ventros_channels.domain.ai import AiSettings
from ventros_channels.domain.channel import (
    KEY_KINDS,
    Channel,
    ChannelStatus,
    ChannelType,
    CloudConfig,
    WahaConfig,
    new_hmac_secret,
    new_webhook_id,
)
from ventros_channels.store import channels, credentials, template_listings


class CreateChannel(msgspec.Struct, frozen=True, kw_only=True):
    """What the channel shall be; a secret that is not given is made."""

    tenant_id: UUID
    project_id: UUID
    name: str
    type: ChannelType
    external_id: str
    config: WahaConfig
    status: ChannelStatus
    default_session_timeout_minutes: float | None
    hmac_secret: str | None
    api_key: str | None
    allow_groups: bool = False
    keep_view_once: bool = False
    pacing: bool = True
    ai: AiSettings = AiSettings()
    cloud: CloudConfig | None = None
    verify_token: str | None = None


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """The channel, and the secret if it was made here: this is the only time that it is told."""

    channel: Channel
    made_hmac_secret: str | None
    made_verify_token: str | None = None


async def create_channel(tx: Tx, vault: Vault, command: CreateChannel) -> Created:
    """Raises `ChannelExists` when the project has a channel for the same account."""
    now = utc_now()
    channel = Channel(
        tenant_id=command.tenant_id,
        id=new_id(),
        project_id=command.project_id,
        version=1,
        name=command.name,
        type=command.type,
        status=command.status,
        external_id=command.external_id,
        config=command.config,
        default_session_timeout_minutes=command.default_session_timeout_minutes,
        allow_groups=command.allow_groups,
        keep_view_once=command.keep_view_once,
        connection_status=None,
        connection_changed_at=None,
        webhook_id=new_webhook_id(),
        has_api_key=command.api_key is not None,
        pacing=command.pacing,
        ai=command.ai,
        cloud=command.cloud,
        created_at=now,
        updated_at=now,
    )
    made = new_hmac_secret() if command.hmac_secret is None else None
    hmac = seal(
        vault,
        tenant_id=channel.tenant_id,
        channel_id=channel.id,
        kind="webhook_hmac",
        secret=command.hmac_secret or made or "",
    )
    await channels.insert(tx, channel, hmac_version=hmac.version)
    await credentials.put(tx, hmac)
    if command.api_key is not None:
        api_key = seal(
            vault,
            tenant_id=channel.tenant_id,
            channel_id=channel.id,
            kind=KEY_KINDS[channel.type],
            secret=command.api_key,
        )
        await credentials.put(tx, api_key)
    await template_listings.want(tx, [channel.id], timedelta())
    return Created(
        channel=channel,
        made_hmac_secret=made,
        made_verify_token=await _verify_token(tx, vault, channel, command.verify_token),
    )


async def _verify_token(tx: Tx, vault: Vault, channel: Channel, given: str | None) -> str | None:
    """What Meta shows when it is told the address; returns the token if it was made here."""
    if channel.cloud is None:
        return None
    made = new_hmac_secret() if given is None else None
    token = seal(
        vault,
        tenant_id=channel.tenant_id,
        channel_id=channel.id,
        kind="cloud_verify_token",
        secret=given or made or "",
    )
    await credentials.put(tx, token)
    return made
