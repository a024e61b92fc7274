"""What the API answers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from proto_events.conversation import FailureClass
from ventros_messaging.domain.additions import Address, Person, tally
from ventros_messaging.domain.content import Content, PollContent
from ventros_messaging.domain.enrichment import EnrichmentStatus, Excerpt, Reason
from ventros_messaging.domain.fate import Wording
from ventros_messaging.domain.message import (
    AdReferral,
    Direction,
    Source,
    StoredMessage,
    direction,
)
from ventros_messaging.domain.progress import Status
from ventros_messaging.domain.receipts import Receipt
from ventros_messaging.http.file_summaries import FileSummary, file_summary


class ReplyTo(msgspec.Struct, frozen=True, kw_only=True):
    """The message that a message answers.

    `message_id` is null while that message is not stored here: it may be older than the channel.
    `text` is what the provider quoted of it.
    """

    message_id: UUID | None
    stanza: str
    text: str | None


class PersonResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something: our side (`from_me`) or somebody else.

    Somebody without addresses is the message's contact. `name` is what the person goes by at the
    provider.
    """

    from_me: bool
    name: str | None
    addresses: list[Address]


class ReactionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The emoji that a person has put on a message."""

    emoji: str
    by: PersonResponse
    reacted_at: datetime


class OptionVotes(msgspec.Struct, frozen=True, kw_only=True):
    """How many chose an option of a poll."""

    option: str
    votes: int


class PollVotes(msgspec.Struct, frozen=True, kw_only=True):
    """The votes in a poll so far. `unreadable` of the `voters` chose what nobody here can read."""

    options: list[OptionVotes]
    voters: int
    unreadable: int


class EnrichmentExcerpt(msgspec.Struct, frozen=True, kw_only=True):
    """What a message's file says, as far as a timeline shows it.

    `extracted_text` has the first thousand characters. `is_cut`: there are more, see the
    enrichments of the message. `status` and `error` are those of the enrichment.
    """

    status: EnrichmentStatus
    extracted_text: str | None
    is_cut: bool
    error: Reason | None


class MentionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the text calls by an @ and the digits of `address`.

    `contact_id` is the person as a contact, `name` what they write under in the group: both null
    while nothing is known.
    """

    address: Address
    contact_id: UUID | None
    name: str | None


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of every message."""

    id: UUID
    channel_id: UUID
    channel_type: str
    direction: Direction
    from_me: bool
    status: Status
    source: Source
    content: Content
    mentions: list[MentionResponse]
    reply_to: ReplyTo | None
    referral: AdReferral | None
    provider_message_id: str
    stanza: str
    occurred_at: datetime
    received_at: datetime
    created_at: datetime
    version: int
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    played_at: datetime | None
    failed_at: datetime | None
    failure: FailureClass | None
    failure_code: str | None
    failure_reason: str | None
    edited_at: datetime | None
    revoked_at: datetime | None
    revoked_by: PersonResponse | None
    reactions: list[ReactionResponse]
    poll_votes: PollVotes | None
    enrichment: EnrichmentExcerpt | None
    file: FileSummary | None


class MessageResponse(_Shown, frozen=True, kw_only=True):
    """A message.

    `contact_id` is the contact that the message came from or went to; a contact that was merged
    since keeps its messages, and the list of either finds them. `provider_message_id` is the
    provider's whole id and `stanza` its own last segment. `occurred_at` is the provider's time,
    `received_at` when it reached us, `created_at` when it was stored. `version` rises with every
    change.

    `sent_at` to `played_at` are when the message is known to have reached each step, null where
    nobody told: a step may be left out. `failed_at` and why it failed stand beside them, also when
    the message got there after all (`status` says so): `failure_code` is the provider's,
    `failure_reason` for a person to read. An edited message has its latest
    `content`, see its versions. A revoked one was deleted for everybody at the provider, and keeps
    its content here. `poll_votes` is null but for polls, and what was voted on. `enrichment` is
    null unless the channel has files of this type put into words, `file` unless it has a file.
    """

    contact_id: UUID
    session_id: UUID


class ChatMessageResponse(_Shown, frozen=True, kw_only=True):
    """A message of a chat, as `MessageResponse` shows it.

    In a group nobody is a contact: `contact_id` and `session_id` are null, and `author` is who
    wrote it. Its status and times are those of the first member who got so far; its recipients
    have their own. In a chat with one person, an author without addresses is the contact.
    """

    chat_id: UUID
    contact_id: UUID | None
    session_id: UUID | None
    author: PersonResponse


class RecipientResponse(msgspec.Struct, frozen=True, kw_only=True):
    """How far a message of ours got with a member of its group."""

    id: UUID
    addresses: list[Address]
    status: Status
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    played_at: datetime | None


class VersionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What a message said from `written_at` on. The first version has the number 1."""

    number: int
    content: Content
    written_at: datetime


def message_response(stored: StoredMessage) -> MessageResponse:
    """The answer for a stored message."""
    message = stored.message
    if message.contact_id is None or message.session_id is None:
        raise ValueError("a message of a group has no contact")
    return MessageResponse(
        contact_id=message.contact_id, session_id=message.session_id, **_shown(stored)
    )


def chat_message_response(stored: StoredMessage, chat_id: UUID) -> ChatMessageResponse:
    """The answer for a stored message of a chat."""
    message, author = stored.message, stored.message.author
    return ChatMessageResponse(
        chat_id=chat_id,
        contact_id=message.contact_id,
        session_id=message.session_id,
        author=PersonResponse(from_me=message.from_me, name=None, addresses=[])
        if author is None
        else _person(author),
        **_shown(stored),
    )


def recipient_response(receipt: Receipt) -> RecipientResponse:
    """The answer for a member of a group whom a message went to."""
    progress = receipt.progress
    return RecipientResponse(
        id=receipt.id,
        addresses=list(receipt.addresses),
        status=progress.status,
        sent_at=progress.sent_at,
        delivered_at=progress.delivered_at,
        read_at=progress.read_at,
        played_at=progress.played_at,
    )


def _shown(stored: StoredMessage) -> dict[str, Any]:
    """What the answers for a message have in common."""
    message = stored.message
    quote, progress, revocation = message.quote, stored.progress, stored.revocation
    failure = progress.failure
    shown = _Shown(
        id=message.id,
        channel_id=message.channel_id,
        channel_type=message.channel_type,
        direction=direction(from_me=message.from_me),
        from_me=message.from_me,
        status=message.status,
        source=message.source,
        content=message.content,
        mentions=[
            MentionResponse(address=one.address, contact_id=one.contact_id, name=one.name)
            for one in stored.mentioned
        ],
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
        sent_at=progress.sent_at,
        delivered_at=progress.delivered_at,
        read_at=progress.read_at,
        played_at=progress.played_at,
        failed_at=None if failure is None else failure.failed_at,
        failure=None if failure is None else failure.kind,
        failure_code=None if failure is None else failure.code,
        failure_reason=None if failure is None else failure.reason,
        edited_at=stored.edited_at,
        revoked_at=None if revocation is None else revocation.at,
        revoked_by=None if revocation is None else _person(revocation.by),
        reactions=[
            ReactionResponse(emoji=each.emoji, by=_person(each.by), reacted_at=each.at)
            for each in stored.reactions
        ],
        poll_votes=_poll_votes(stored),
        enrichment=None if stored.enrichment is None else _excerpt(stored.enrichment),
        file=file_summary(stored),
    )
    return {name: getattr(shown, name) for name in shown.__struct_fields__}


def _excerpt(excerpt: Excerpt) -> EnrichmentExcerpt:
    return EnrichmentExcerpt(
        status=excerpt.status,
        extracted_text=excerpt.text,
        is_cut=excerpt.is_cut,
        error=excerpt.error,
    )


def version_response(number: int, wording: Wording) -> VersionResponse:
    """The answer for one wording of a message."""
    return VersionResponse(number=number, content=wording.content, written_at=wording.written_at)


def _person(person: Person) -> PersonResponse:
    return PersonResponse(
        from_me=person.from_me, name=person.name, addresses=list(person.addresses)
    )


def _poll_votes(stored: StoredMessage) -> PollVotes | None:
    content = stored.message.content
    options = content.poll.options if isinstance(content, PollContent) else None
    if options is None and not stored.votes:
        return None
    counted = tally(options or [], stored.votes)
    return PollVotes(
        options=[OptionVotes(option=option, votes=votes) for option, votes in counted.options],
        voters=counted.voters,
        unreadable=counted.unreadable,
    )
