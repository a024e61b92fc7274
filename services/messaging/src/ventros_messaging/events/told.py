"""A message from the contract to the domain, whoever it is with."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from proto_events.conversation import ChatMessage
from ventros_messaging.domain import content
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.message import (
    AdReferral,
    Quote,
    Source,
    first_source,
    first_status,
    status_in_history,
)
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.outgoing import Ours


def as_told(told: ChatMessage, ours: Mapping[UUID, Ours]) -> dict[str, Any]:
    """The members of a `Message` that its telling decides, and, where it was sent from here, what
    was asked for: its versions go on from those that were said until it was sent.

    Raises:
        Invalid: the content is not whole (see `domain.content`).
    """
    asked = ours.get(told.id)
    return {
        "id": told.id,
        "channel_id": told.channel_id,
        "channel_type": without_nul(told.channel_type),
        "from_me": told.from_me,
        "provider_message_id": told.provider_message_id,
        "stanza": told.stanza,
        "status": first_status(from_me=told.from_me)
        if told.history is None
        else status_in_history(from_me=told.from_me, told=told.history.status),
        "source": _source(told) if asked is None else asked.source,
        "version": 1 if asked is None else asked.version + 1,
        "content": content.read(told.content.type, told.content),
        "quote": None
        if told.reply_to is None
        else Quote(stanza=told.reply_to.stanza, text=told.reply_to.text),
        "referral": None
        if told.referral is None
        else msgspec.convert(told.referral, AdReferral, from_attributes=True),
        "mentions": tuple(
            Address(kind=one.kind, value=without_nul(one.value) or "") for one in told.mentions
        ),
        "occurred_at": told.occurred_at,
        "received_at": told.received_at,
        "ingress_seq": told.ingress_seq,
    }


def import_of(told: ChatMessage) -> UUID | None:
    """The import of history that fetched a message; None of one that was told as it happened."""
    return None if told.history is None else told.history.import_id


def _source(told: ChatMessage) -> Source:
    if told.history is not None:
        return "history_import"
    return first_source(from_me=told.from_me, written_in=told.source)
