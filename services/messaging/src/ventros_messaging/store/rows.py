"""Rows of `message` as what they mean: the documents in them, and times that a status implies."""

from typing import Final

import msgspec
from asyncpg import Record

from ventros_messaging.domain.additions import Address, Person, Reaction, Vote
from ventros_messaging.domain.content import Content
from ventros_messaging.domain.fate import Revocation
from ventros_messaging.domain.message import AdReferral, Message, Quote
from ventros_messaging.domain.progress import Failure, Progress, stored_as

MESSAGE: Final = """
    project_id, id, contact_id, session_id, channel_id, channel_type, from_me,
    provider_message_id, stanza, status, source, content, quote_stanza, quote_text, referral,
    occurred_at, received_at, ingress_seq, created_at, version, chat_id, author,
    mentions
"""

FATE: Final = """
    sent_at, delivered_at, read_at, played_at, failure, edited_at, revocation, reactions, votes
"""

CONTENT: Final[msgspec.json.Decoder[Content]] = msgspec.json.Decoder(Content)
_REFERRAL: Final = msgspec.json.Decoder(AdReferral)
_MENTIONS: Final = msgspec.json.Decoder(tuple[Address, ...])
_AUTHOR: Final = msgspec.json.Decoder(Person)
_FAILURE: Final = msgspec.json.Decoder(Failure)
_REVOCATION: Final = msgspec.json.Decoder(Revocation)
_REACTIONS: Final = msgspec.json.Decoder(tuple[Reaction, ...])
_VOTES: Final = msgspec.json.Decoder(tuple[Vote, ...])


def message_of(row: Record) -> Message:
    """The message itself."""
    quote_stanza, referral, author = row["quote_stanza"], row["referral"], row["author"]
    return Message(
        id=row["id"],
        project_id=row["project_id"],
        contact_id=row["contact_id"],
        session_id=row["session_id"],
        channel_id=row["channel_id"],
        channel_type=row["channel_type"],
        from_me=row["from_me"],
        provider_message_id=row["provider_message_id"],
        stanza=row["stanza"],
        status=row["status"],
        source=row["source"],
        content=CONTENT.decode(row["content"]),
        quote=None if quote_stanza is None else Quote(stanza=quote_stanza, text=row["quote_text"]),
        referral=None if referral is None else _REFERRAL.decode(referral),
        occurred_at=row["occurred_at"],
        received_at=row["received_at"],
        ingress_seq=row["ingress_seq"],
        chat_id=row["chat_id"],
        author=None if author is None else _AUTHOR.decode(author),
        mentions=() if row["mentions"] is None else _MENTIONS.decode(row["mentions"]),
    )


def progress_of(row: Record) -> Progress:
    """How far it got. The status that a message is stored with says when it got there: ours was
    sent when it occurred, a contact's was delivered when it was received, and of the past a
    message had got there when it was fetched."""
    failure = row["failure"]
    progress = Progress(
        sent_at=row["sent_at"],
        delivered_at=row["delivered_at"],
        read_at=row["read_at"],
        played_at=row["played_at"],
        failure=None if failure is None else _FAILURE.decode(failure),
    )
    return stored_as(progress, row["status"], row["occurred_at"], row["received_at"])


def revocation_of(row: Record) -> Revocation | None:
    """Who deleted it for everybody, and when."""
    return None if row["revocation"] is None else _REVOCATION.decode(row["revocation"])


def reactions_of(row: Record) -> tuple[Reaction, ...]:
    """The latest of each person, those that were taken away included."""
    return () if row["reactions"] is None else _REACTIONS.decode(row["reactions"])


def votes_of(row: Record) -> tuple[Vote, ...]:
    """The latest of each person, those that were withdrawn included."""
    return () if row["votes"] is None else _VOTES.decode(row["votes"])
