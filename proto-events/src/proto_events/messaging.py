"""Facts of messaging."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import Content
from proto_events.registry import event


@event("message.created", aggregate="message", producer="messaging", data_class="sensitive")
class MessageCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A message is stored: what other teams build on.

    `created_at` is the provider's time of the message, `received_at` when it reached us.
    """

    message_id: UUID
    contact_id: UUID
    session_id: UUID
    channel_id: UUID
    from_me: bool
    direction: Literal["inbound", "outbound"]
    content: Content
    created_at: datetime
    received_at: datetime
