"""What /v1/channels takes and shows of a number at the WhatsApp Cloud API."""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from platform_core.types import HttpUrl
from ventros_channels.domain.channel import Channel, HmacSecret

GRAPH: Final = "https://graph.facebook.com"

GraphId = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9]+(?![\s\S])")]
"""An id of Meta's: digits."""

ApiVersion = Annotated[str, Meta(max_length=8, pattern=r"^v[0-9]{1,3}\.[0-9]{1,2}(?![\s\S])")]
"""A version of Meta's API, such as `v24.0`."""

AccessToken = Annotated[str, Meta(min_length=8, max_length=1024, pattern=r"^[!-~]+(?![\s\S])")]
"""Visible ASCII characters: what fits into a header."""


class CloudConfigBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number at the Cloud API.

    `app_secret` is the one of the app whose webhooks are posted here. `verify_token` is what Meta
    shows when the address is given to it; without it one is made and told once, in the answer.
    Posts about other numbers or business accounts than these are stored and not told. `app_id` is
    the id of the app that the token is of, which templates with a file above them need.
    """

    phone_number_id: GraphId
    waba_id: GraphId
    access_token: AccessToken
    app_secret: HmacSecret
    verify_token: HmacSecret | None = None
    api_version: ApiVersion = "v24.0"
    app_id: GraphId | None = None
    base_url: HttpUrl = GRAPH


class CloudConfigPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change of it."""

    phone_number_id: GraphId | UnsetType = UNSET
    waba_id: GraphId | UnsetType = UNSET
    access_token: AccessToken | UnsetType = UNSET
    app_secret: HmacSecret | UnsetType = UNSET
    verify_token: HmacSecret | UnsetType = UNSET
    api_version: ApiVersion | UnsetType = UNSET
    app_id: GraphId | UnsetType | None = UNSET
    base_url: HttpUrl | UnsetType = UNSET


class CloudConfigView(msgspec.Struct, frozen=True, kw_only=True):
    """A number at the Cloud API, without its secrets."""

    phone_number_id: str
    waba_id: str
    api_version: str
    app_id: str | None


def cloud_view(channel: Channel) -> CloudConfigView | None:
    """What is shown of it; None for other types."""
    if channel.cloud is None:
        return None
    return CloudConfigView(
        phone_number_id=channel.config.session,
        waba_id=channel.cloud.waba_id,
        api_version=channel.cloud.api_version,
        app_id=channel.cloud.app_id,
    )
