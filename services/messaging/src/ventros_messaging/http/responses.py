"""What the API answers."""

from datetime import datetime
from uuid import UUID

import msgspec

from ventros_messaging.domain.content import Content
from ventros_messaging.domain.message import (
    AdReferral,
    Direction,
    Source,
    Status,
    StoredMessage,
    direction,
)


class ReplyTo(msgspec.Struct, frozen=True, kw_only=True):
    """The message that a message answers.

    `message_id` is null while that message is not stored here: it may be older than the channel.
    `text` is what the provider quoted of it.
    """

    message_id: UUID | None
    stanza: str
    text: str | None


class MessageResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A message.

    `contact_id` is the contact that the message came from or went to; a contact that was merged
    since keeps its messages, and the list of either finds them. `provider_message_id` is the
    provider's whole id and `stanza` its own last segment. `occurred_at` is the provider's time,
    `received_at` when it reached us, `created_at` when it was stored. `version` rises with every
    change.
    """

    id: UUID
    contact_id: UUID
    session_id: UUID
    channel_id: UUID
    channel_type: str
    direction: Direction
    from_me: bool
    status: Status
    source: Source
    content: Content
    reply_to: ReplyTo | None
    referral: AdReferral | None
    provider_message_id: str
    stanza: str
    occurred_at: datetime
    received_at: datetime
    created_at: datetime
    version: int


def message_response(stored: StoredMessage) -> MessageResponse:
    """The answer for a stored message."""
    message = stored.message
    quote = message.quote
    return MessageResponse(
        id=message.id,
        contact_id=message.contact_id,
        session_id=message.session_id,
        channel_id=message.channel_id,
        channel_type=message.channel_type,
        direction=direction(from_me=message.from_me),
        from_me=message.from_me,
        status=message.status,
        source=message.source,
        content=message.content,
        reply_to=None
        if quote is None
        else ReplyTo(message_id=stored.quoted_id, stanza=quote.stanza, text=quote.text),
        referral=message.referral,
        provider_message_id=message.provider_message_id,
        stanza=message.stanza,
        occurred_at=message.occurred_at,
        received_at=message.received_at,
        created_at=stored.created_at,
        version=stored.version,
    )
