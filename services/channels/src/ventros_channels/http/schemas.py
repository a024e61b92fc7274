"""Requests and answers of /v1/channels."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from platform_core.types import HttpUrl, NonEmptyStr, TimeoutMinutes
from ventros_channels.commands.create_channel import Created
from ventros_channels.domain.ai import DEBOUNCE_MS
from ventros_channels.domain.channel import ApiKey, Channel, ChannelStatus, ChannelType, HmacSecret
from ventros_channels.http.ai import AiProcessing, AiProcessingPatch, DebounceMs, processing
from ventros_channels.http.cloud import (
    CloudConfigBody,
    CloudConfigPatch,
    CloudConfigView,
    cloud_view,
)

SessionName = Annotated[
    str, Meta(min_length=1, max_length=54, pattern=r"^[A-Za-z0-9_-]+(?![\s\S])")
]
"""A session's name as WAHA accepts it: 1 to 54 letters, digits, dashes or underscores."""


class WahaConfigBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where WAHA is and which of its sessions this is."""

    base_url: HttpUrl
    session: SessionName = "default"


class WahaConfigPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change of it."""

    base_url: HttpUrl | UnsetType = UNSET
    session: SessionName | UnsetType = UNSET


class CreateChannelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new channel.

    `external_id` names the account at the provider (for example the number) and is unique in the
    project. A channel of the type `waha` has a `config`, one of the type `whatsapp_cloud` has
    `whatsapp_cloud` instead, and is not paced. `hmac_secret` is the key that WAHA signs
    webhooks with; without it one is made and told once, in the answer. `api_key` is WAHA's. With
    `pacing`, messages are sent as a person would: seen, typing, a pause by their length.
    `allow_groups`: messages of groups are recorded. `keep_view_once`: files that are to be seen
    once are fetched and kept like others; else their messages are shown without them. With
    `ai_enabled`, files are put into words as `ai_processing` says, and messages of a contact with
    no longer pause between them than `debounce_timeout_ms` are one group; 0 makes no groups.
    """

    name: NonEmptyStr
    type: ChannelType
    external_id: NonEmptyStr
    config: WahaConfigBody | UnsetType = UNSET
    whatsapp_cloud: CloudConfigBody | UnsetType = UNSET
    status: ChannelStatus = "active"
    default_session_timeout_minutes: TimeoutMinutes | None = None
    hmac_secret: HmacSecret | None = None
    api_key: ApiKey | None = None
    pacing: bool = True
    allow_groups: bool = False
    keep_view_once: bool = False
    ai_enabled: bool = False
    debounce_timeout_ms: DebounceMs = DEBOUNCE_MS
    ai_processing: AiProcessing = AiProcessing()


class UpdateChannelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change; a field that is left out stays. `api_key` null takes the key away."""

    name: NonEmptyStr | UnsetType = UNSET
    external_id: NonEmptyStr | UnsetType = UNSET
    config: WahaConfigPatch | UnsetType = UNSET
    whatsapp_cloud: CloudConfigPatch | UnsetType = UNSET
    status: ChannelStatus | UnsetType = UNSET
    default_session_timeout_minutes: TimeoutMinutes | UnsetType | None = UNSET
    hmac_secret: HmacSecret | UnsetType = UNSET
    api_key: ApiKey | UnsetType | None = UNSET
    pacing: bool | UnsetType = UNSET
    allow_groups: bool | UnsetType = UNSET
    keep_view_once: bool | UnsetType = UNSET
    ai_enabled: bool | UnsetType = UNSET
    debounce_timeout_ms: DebounceMs | UnsetType = UNSET
    ai_processing: AiProcessingPatch | UnsetType = UNSET


class WahaConfigView(msgspec.Struct, frozen=True, kw_only=True):
    """Where WAHA is and which of its sessions this is."""

    base_url: str
    session: str


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, without its secrets: those can be written and never read.

    `webhook_url` is what the provider has to post to. `whatsapp_cloud` is there for numbers at the
    Cloud API; `config` has then the address of Meta's API and the number's id. `connection_status`
    is what the provider last said of the number's connection, such as `WORKING`, `SCAN_QR_CODE` or
    `FAILED`; null before it said anything. Other words may come.
    """

    id: UUID
    project_id: UUID
    name: str
    type: ChannelType
    status: ChannelStatus
    external_id: str
    config: WahaConfigView
    whatsapp_cloud: CloudConfigView | None
    default_session_timeout_minutes: float | None
    allow_groups: bool
    keep_view_once: bool
    connection_status: str | None
    connection_changed_at: datetime | None
    webhook_id: str
    webhook_url: str
    has_api_key: bool
    pacing: bool
    ai_enabled: bool
    debounce_timeout_ms: int
    ai_processing: AiProcessing
    version: int
    created_at: datetime
    updated_at: datetime


class CreatedChannelView(ChannelView, frozen=True, kw_only=True):
    """The new channel; `hmac_secret` and `verify_token` are there if they were made here, and told
    only now."""

    hmac_secret: str | None
    verify_token: str | None


def view(channel: Channel, public_url: str) -> ChannelView:
    """The channel as everybody who may read it sees it."""
    return ChannelView(
        id=channel.id,
        project_id=channel.project_id,
        name=channel.name,
        type=channel.type,
        status=channel.status,
        external_id=channel.external_id,
        config=WahaConfigView(base_url=channel.config.base_url, session=channel.config.session),
        whatsapp_cloud=cloud_view(channel),
        default_session_timeout_minutes=channel.default_session_timeout_minutes,
        allow_groups=channel.allow_groups,
        keep_view_once=channel.keep_view_once,
        connection_status=channel.connection_status,
        connection_changed_at=channel.connection_changed_at,
        webhook_id=channel.webhook_id,
        webhook_url=f"{public_url.rstrip('/')}/webhooks/{channel.webhook_id}",
        has_api_key=channel.has_api_key,
        pacing=channel.pacing,
        ai_enabled=channel.ai.enabled,
        debounce_timeout_ms=channel.ai.debounce_timeout_ms,
        ai_processing=processing(channel.ai),
        version=channel.version,
        created_at=channel.created_at,
        updated_at=channel.updated_at,
    )


def created_view(created: Created, public_url: str) -> CreatedChannelView:
    """The channel as its creator sees it, once."""
    fields = msgspec.structs.asdict(view(created.channel, public_url))
    return CreatedChannelView(
        **fields, hmac_secret=created.made_hmac_secret, verify_token=created.made_verify_token
    )
