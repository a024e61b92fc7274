"""Which provider's configuration a request has, as the commands take it."""

from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from ventros_channels.domain.channel import (
    AddressMalformed,
    ChannelType,
    CloudConfig,
    ConfigMismatch,
    WahaConfig,
)
from ventros_channels.http.schemas import CreateChannelBody, UpdateChannelBody

Address = TypeVar("Address", str, str | UnsetType)
Secret = str | UnsetType | None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Where the number is, and its secrets: a key of its own for each purpose."""

    config: WahaConfig
    cloud: CloudConfig | None = None
    hmac_secret: str | None
    api_key: str | None
    verify_token: str | None = None


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What shall change of them. `of_type` is the type of channel that has such; None for any."""

    of_type: ChannelType | None
    base_url: str | UnsetType
    session: str | UnsetType
    hmac_secret: str | UnsetType
    api_key: Secret
    waba_id: str | UnsetType = UNSET
    api_version: str | UnsetType = UNSET
    app_id: str | UnsetType | None = UNSET
    verify_token: str | UnsetType = UNSET


def given(data: CreateChannelBody) -> Given:
    """The configuration of a new channel. Raises `ConfigMismatch`, `AddressMalformed`."""
    if data.type == "waha":
        if data.config is UNSET or data.whatsapp_cloud is not UNSET:
            raise ConfigMismatch("A channel of this type has a config.")
        return Given(
            config=WahaConfig(base_url=_address(data.config.base_url), session=data.config.session),
            hmac_secret=data.hmac_secret,
            api_key=data.api_key,
        )
    cloud = data.whatsapp_cloud
    others = (data.hmac_secret, data.api_key)
    if cloud is UNSET or data.config is not UNSET or any(one is not None for one in others):
        raise ConfigMismatch("A channel of this type has whatsapp_cloud, its secrets within.")
    return Given(
        config=WahaConfig(base_url=_address(cloud.base_url), session=cloud.phone_number_id),
        cloud=CloudConfig(
            waba_id=cloud.waba_id, api_version=cloud.api_version, app_id=cloud.app_id
        ),
        hmac_secret=cloud.app_secret,
        api_key=cloud.access_token,
        verify_token=cloud.verify_token,
    )


def changes(data: UpdateChannelBody) -> Changes:
    """What shall change of a channel's configuration. Raises `ConfigMismatch`,
    `AddressMalformed`."""
    config, cloud = data.config, data.whatsapp_cloud
    of_waha = any(one is not UNSET for one in (config, data.hmac_secret, data.api_key))
    if cloud is UNSET:
        return Changes(
            of_type="waha" if of_waha else None,
            base_url=UNSET if config is UNSET else _address(config.base_url),
            session=UNSET if config is UNSET else config.session,
            hmac_secret=data.hmac_secret,
            api_key=data.api_key,
        )
    if of_waha:
        raise ConfigMismatch("A channel has the one or the other.")
    return Changes(
        of_type="whatsapp_cloud",
        base_url=_address(cloud.base_url),
        session=cloud.phone_number_id,
        hmac_secret=cloud.app_secret,
        api_key=cloud.access_token,
        waba_id=cloud.waba_id,
        api_version=cloud.api_version,
        app_id=cloud.app_id,
        verify_token=cloud.verify_token,
    )


def _address(given: Address) -> Address:
    """What no pattern says: in brackets is an address of IPv6, and a port is a port."""
    if given is UNSET:
        return given
    try:
        parts = urlsplit(str(given))
        malformed = not parts.hostname or parts.port == 0
    except ValueError:
        malformed = True
    if malformed:
        raise AddressMalformed("The provider's address names no host.")
    return given
