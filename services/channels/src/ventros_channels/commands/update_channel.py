"""Change a channel, its secrets included."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Tx
from ventros_channels.commands.seal import reseal, seal
from ventros_channels.domain.ai import ALL_PROCESSED, AiSettings, Processed
from ventros_channels.domain.channel import (
    KEY_KINDS,
    Channel,
    ChannelNotFound,
    ChannelStatus,
    ChannelType,
    CloudConfig,
    ConfigMismatch,
    CredentialKind,
    WahaConfig,
)
from ventros_channels.store import channels, credentials, media_jobs, template_listings


class UpdateChannel(msgspec.Struct, frozen=True, kw_only=True):
    """What shall change; `api_key` None takes it away. `ai_processed` has the switches that are
    given. `of_type` is the type of channel that has the configuration that is given."""

    project_id: UUID
    channel_id: UUID
    name: str | UnsetType = UNSET
    status: ChannelStatus | UnsetType = UNSET
    external_id: str | UnsetType = UNSET
    base_url: str | UnsetType = UNSET
    session: str | UnsetType = UNSET
    default_session_timeout_minutes: float | UnsetType | None = UNSET
    hmac_secret: str | UnsetType = UNSET
    api_key: str | UnsetType | None = UNSET
    pacing: bool | UnsetType = UNSET
    allow_groups: bool | UnsetType = UNSET
    keep_view_once: bool | UnsetType = UNSET
    ai_enabled: bool | UnsetType = UNSET
    debounce_timeout_ms: int | UnsetType = UNSET
    ai_processed: Mapping[Processed, bool] = {}
    of_type: ChannelType | None = None
    waba_id: str | UnsetType = UNSET
    api_version: str | UnsetType = UNSET
    app_id: str | UnsetType | None = UNSET
    verify_token: str | UnsetType = UNSET


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    """The channel as it now is; `changed` is False when it was so before."""

    channel: Channel
    changed: bool


async def update_channel(tx: Tx, vault: Vault, command: UpdateChannel) -> Updated:
    """Raises `ChannelNotFound`, `ChannelExists`, `ConfigMismatch`."""
    before = await channels.get_locked(tx, command.project_id, command.channel_id)
    if before is None:
        raise ChannelNotFound("There is no such channel.")
    if command.of_type not in {None, before.type}:
        raise ConfigMismatch(f"The channel is of the type {before.type}.")
    after = _changed(before, command)
    secrets = (command.hmac_secret, command.api_key, command.verify_token)
    secret_given = any(secret is not UNSET for secret in secrets)
    if after == before and not secret_given:
        return Updated(channel=before, changed=False)
    after = msgspec.structs.replace(after, version=before.version + 1, updated_at=utc_now())
    hmac_version = None
    if command.hmac_secret is not UNSET:
        hmac_version = await _set_secret(tx, vault, after, "webhook_hmac", command.hmac_secret)
    if command.api_key is None:
        await credentials.remove(tx, after.id, KEY_KINDS[after.type])
    elif command.api_key is not UNSET:
        await _set_secret(tx, vault, after, KEY_KINDS[after.type], command.api_key)
    if command.verify_token is not UNSET:
        await _set_secret(tx, vault, after, "cloud_verify_token", command.verify_token)
    await channels.update(tx, after, hmac_version=hmac_version)
    await template_listings.want(tx, [after.id], timedelta())
    if command.api_key is not UNSET:
        await media_jobs.hurry(tx, after.id)
    return Updated(channel=after, changed=True)


def _changed(before: Channel, command: UpdateChannel) -> Channel:
    config = WahaConfig(
        base_url=_given(command.base_url, before.config.base_url),
        session=_given(command.session, before.config.session),
    )
    has_api_key = before.has_api_key
    if command.api_key is not UNSET:
        has_api_key = command.api_key is not None
    timeout = command.default_session_timeout_minutes
    if timeout is UNSET:
        timeout = before.default_session_timeout_minutes
    return msgspec.structs.replace(
        before,
        name=_given(command.name, before.name),
        status=before.status if command.status is UNSET else command.status,
        external_id=_given(command.external_id, before.external_id),
        config=config,
        default_session_timeout_minutes=timeout,
        has_api_key=has_api_key,
        pacing=_on(command.pacing, before.pacing),
        allow_groups=_on(command.allow_groups, before.allow_groups),
        keep_view_once=_on(command.keep_view_once, before.keep_view_once),
        ai=_ai(before.ai, command),
        cloud=_cloud(before.cloud, command),
    )


def _cloud(before: CloudConfig | None, command: UpdateChannel) -> CloudConfig | None:
    if before is None:
        return None
    return CloudConfig(
        waba_id=_given(command.waba_id, before.waba_id),
        api_version=_given(command.api_version, before.api_version),
        app_id=before.app_id if command.app_id is UNSET else command.app_id,
    )


def _ai(before: AiSettings, command: UpdateChannel) -> AiSettings:
    enabled, debounce = command.ai_enabled, command.debounce_timeout_ms
    return AiSettings(
        enabled=before.enabled if enabled is UNSET else enabled,
        debounce_timeout_ms=before.debounce_timeout_ms if debounce is UNSET else debounce,
        processed=tuple(
            kind
            for kind in ALL_PROCESSED
            if command.ai_processed.get(kind, kind in before.processed)
        ),
    )


def _given(value: str | UnsetType, otherwise: str) -> str:
    return otherwise if value is UNSET else value


def _on(given: bool | UnsetType, otherwise: bool) -> bool:
    return otherwise if given is UNSET else given


async def _set_secret(
    tx: Tx, vault: Vault, channel: Channel, kind: CredentialKind, secret: str
) -> int:
    """Returns the version of the credential that holds the secret now."""
    known = await credentials.get_locked(tx, channel.id, kind)
    if known is None:
        credential = seal(
            vault, tenant_id=channel.tenant_id, channel_id=channel.id, kind=kind, secret=secret
        )
    else:
        credential = reseal(vault, known, secret)
    await credentials.put(tx, credential)
    return credential.version
