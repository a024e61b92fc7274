"""Raw provider events as WAHA posted them, on their own exchange."""

from uuid import UUID

import msgspec

from proto_events.times import Moment


class WahaEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stored webhook: type `waha.events.<event>`, e.g. `waha.events.message.any`.

    `body` is the JSON that the provider posted, unchanged.
    """

    channel_id: UUID
    raw_event_id: UUID
    event: str
    received_at: Moment
    ingress_seq: int
    body: msgspec.Raw


TYPE_PREFIX = "waha.events."
"""Types under this prefix all carry `WahaEvent`; they have no version of ours: WAHA's names."""
