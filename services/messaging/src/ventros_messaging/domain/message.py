"""A message: stored once, told in the order of its conversation."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from ventros_messaging.domain.additions import Address, Person, Reaction, Vote
from ventros_messaging.domain.content import Content
from ventros_messaging.domain.enrichment import Excerpt
from ventros_messaging.domain.fate import Revocation
from ventros_messaging.domain.file import MessageFile
from ventros_messaging.domain.progress import Progress, Status

Source = Literal[
    "manual",
    "broadcast",
    "sequence",
    "trigger",
    "bot",
    "system",
    "webhook",
    "scheduled",
    "test",
    "history_import",
]
"""Who or what made a message."""

Direction = Literal["inbound", "outbound"]


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The message that this one answers: its stanza and what the provider quotes of it.

    Which stored message that is is found when it is read: the original may be stored later.
    """

    stanza: str
    text: str | None = None


class AdReferral(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The click-to-WhatsApp advertisement that a person came from."""

    source_type: str | None = None
    source_id: str | None = None
    source_url: str | None = None
    source_app: str | None = None
    title: str | None = None
    body: str | None = None
    ctwa_click_id: str | None = None
    conversion_source: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is first stored: version 1, or beyond those of one that waited to be sent.

    `id` is derived by channels from channel and stanza; (channel, stanza, from_me) is unique too.
    Of the past (`history_import`) it is stored with how far it had got when it was fetched.
    `contact_id` is the node that the address belongs to, never a root: a merge rewrites nothing.
    One of a group has `chat_id` and `author` instead of `contact_id` and `session_id`.
    `occurred_at` is the provider's time, in whole seconds at WAHA; `received_at` and `ingress_seq`
    are stamped when the webhook is stored.
    """

    id: UUID
    project_id: UUID
    contact_id: UUID | None
    session_id: UUID | None
    channel_id: UUID
    channel_type: str
    from_me: bool
    provider_message_id: str
    stanza: str
    status: Status
    source: Source
    content: Content
    quote: Quote | None
    referral: AdReferral | None
    occurred_at: datetime
    received_at: datetime
    ingress_seq: int
    chat_id: UUID | None = None
    author: Person | None = None
    mentions: tuple[Address, ...] = ()
    version: int = 1


class Mentioned(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a message calls: with the name that they write under in the group, and as a
    contact, where that is known."""

    address: Address
    name: str | None = None
    contact_id: UUID | None = None


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is read back.

    `quoted_id` is the message that it answers, once that one is stored. `created_at` is when the
    row was stored; `version` counts its changes from 1. What was edited has its latest content;
    what was revoked still has its own. Reactions that were taken away are not among `reactions`.
    `enrichment` is of a file that is put into words, `file` what became of it, where known.
    `mentioned` are those whom it calls.
    """

    message: Message
    quoted_id: UUID | None
    created_at: datetime
    version: int
    progress: Progress
    edited_at: datetime | None
    revocation: Revocation | None
    reactions: tuple[Reaction, ...]
    votes: tuple[Vote, ...]
    enrichment: Excerpt | None = None
    file: MessageFile | None = None
    mentioned: tuple[Mentioned, ...] = ()


def direction(*, from_me: bool) -> Direction:
    """Inbound is what the contact wrote."""
    return "outbound" if from_me else "inbound"


def first_status(*, from_me: bool) -> Status:
    """The status of a message that the provider told us of.

    Inbound: `delivered`, for it reached the company, and nobody has read it. Outbound: `sent`, for
    the provider took it and nothing is known of the other side yet; acknowledgements raise it.
    """
    return "sent" if from_me else "delivered"


def status_in_history(*, from_me: bool, told: Status | Literal["pending"] | None) -> Status:
    """The status of a message of the past: ours had got as far as the provider's history says."""
    if not from_me or told is None or told == "pending":
        return first_status(from_me=from_me)
    return told


def first_source(*, from_me: bool, written_in: str) -> Source:
    """The source of a message that the provider told us of.

    What a contact wrote came by `webhook`. What the company wrote in the app (`app`, and `unknown`,
    since only other programs mark theirs) is `manual`; by the provider's API (`api`) it is `bot`.
    """
    if not from_me:
        return "webhook"
    return "bot" if written_in == "api" else "manual"
