"""Raw provider events as providers posted them, on an exchange for each provider."""

from typing import Final
from uuid import UUID

import msgspec

from proto_events.times import Moment


class ProviderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stored webhook: type `<provider>.events.<event>`, e.g. `waha.events.message.any`.

    `body` is the JSON that the provider posted, unchanged.
    """

    channel_id: UUID
    raw_event_id: UUID
    event: str
    received_at: Moment
    ingress_seq: int
    body: msgspec.Raw


WHATSAPP_CLOUD: Final = "whatsapp_cloud.events."
"""Types under this prefix all carry `ProviderEvent`; they have no version of ours: Meta names the
fields."""
