"""The channel: one number of a company at a provider, and how its webhooks reach us."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from platform_core.errors import Conflict, Invalid, NotFound
from ventros_channels.domain.ai import AiSettings

ChannelType = Literal["waha", "whatsapp_cloud"]
ChannelStatus = Literal["active", "inactive"]
CredentialKind = Literal["webhook_hmac", "waha_api_key", "cloud_access_token", "cloud_verify_token"]

KEY_KINDS: Final[Mapping[ChannelType, CredentialKind]] = {
    "waha": "waha_api_key",
    "whatsapp_cloud": "cloud_access_token",
}
"""The key that a provider is called with, by its type; a channel has one at most."""

HmacSecret = Annotated[str, Meta(min_length=8, max_length=512, pattern=r"^[!-~]+(?![\s\S])")]
"""8 to 512 visible ASCII characters."""

ApiKey = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[!-~]+(?![\s\S])")]
"""Visible ASCII characters: what fits into a header."""

_WEBHOOK_ID_BYTES: Final = 32


class ChannelNotFound(NotFound):
    """No such channel in this project."""

    code = "channel_not_found"


class ChannelExists(Conflict):
    """The project has a channel of this type for the same account."""

    code = "channel_exists"


class AddressMalformed(Invalid):
    """The provider's address names no host."""

    code = "address_malformed"


class ConfigMismatch(Invalid):
    """The configuration that is given is of another type of channel, or none is."""

    code = "config_mismatch"


class WahaConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where WAHA is and which of its sessions this is."""

    base_url: str
    session: str


class CloudConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Of a number at the Cloud API, whose id is the `session` of its `WahaConfig`: the business
    account that it belongs to, the version of Meta's API, and the app that its token is of."""

    waba_id: str
    api_version: str
    app_id: str | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as it now is. `version` rises with each change.

    With `pacing`, messages are sent as a person would: seen, typing, a pause.
    `webhook_id` is unguessable (256 bits): whoever knows it and the key may post. Messages of
    groups are recorded if `allow_groups`, files that are to be seen once kept if `keep_view_once`.
    `connection_status` is the provider's latest word, None
    before its first; it moves without a new version.
    """

    tenant_id: UUID
    id: UUID
    project_id: UUID
    version: int
    name: str
    type: ChannelType
    status: ChannelStatus
    external_id: str
    config: WahaConfig
    default_session_timeout_minutes: float | None
    allow_groups: bool
    connection_status: str | None
    connection_changed_at: datetime | None
    webhook_id: str
    has_api_key: bool
    pacing: bool
    ai: AiSettings
    cloud: CloudConfig | None = None
    keep_view_once: bool = False
    created_at: datetime
    updated_at: datetime


def new_webhook_id() -> str:
    """256 random bits, in the letters of base64url."""
    return secrets.token_urlsafe(_WEBHOOK_ID_BYTES)


def new_hmac_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)
