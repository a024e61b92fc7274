"""What the company does to a message that is there, and what keeps it from being asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, Invalid
from ventros_messaging.domain.chat_facts import Archived, Labelled
from ventros_messaging.domain.content import PollContent, TextContent
from ventros_messaging.domain.content_limits import TextTooLong
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.domain.outgoing import ChannelRef

Kind = Literal[
    "reaction", "edit", "revocation", "seen", "vote", "archive", "unarchive", "label", "unlabel"
]
ActionStatus = Literal["queued", "done", "failed"]

EXPIRES_AFTER: Final = timedelta(minutes=10)
"""How long an action waits for its channel to work: later it would surprise."""

EDITED_WITHIN: Final = timedelta(minutes=15)
"""WhatsApp changes a message so long after it was sent (its help: "How to edit messages")."""

REVOKED_WITHIN: Final = timedelta(hours=60)
"""WhatsApp deletes a message for everybody for about two days and a half after it was sent."""


class NotOurs(Conflict):
    """Somebody else wrote the message."""

    code = "message_not_ours"


class MessageIsRevoked(Conflict):
    """The message was deleted for everybody."""

    code = "message_revoked"


class EditTooLate(Conflict):
    """The message is older than what the provider still changes."""

    code = "edit_window_closed"


class RevocationTooLate(Conflict):
    """The message is older than what the provider still deletes."""

    code = "revocation_window_closed"


class ContentNotEditable(Invalid):
    """Only words can be changed."""

    code = "content_not_editable"


class NotAPoll(Invalid):
    """Nobody can vote on the message."""

    code = "message_not_a_poll"


class OptionsUnknown(Invalid):
    """The poll does not offer this, or takes one answer of each person only."""

    code = "poll_options_unknown"


class ActionUnsupported(Invalid):
    """The channel's provider cannot do this."""

    code = "action_unsupported"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One action; `message_id` or, of one on a chat, `chat_id`. `said` is what an edit says,
    `options` are what we chose in a poll."""

    id: UUID
    project_id: UUID
    channel_id: UUID
    kind: Kind
    message_id: UUID | None
    chat_id: UUID | None
    emoji: str | None
    said: str | None
    options: list[str] | None
    label_id: str | None
    requested_by: UUID
    status: ActionStatus
    failure: str | None
    failure_reason: str | None
    requested_at: datetime
    expires_at: datetime
    settled_at: datetime | None


def check_supported(channel: ChannelRef, kind: Kind) -> None:
    """Raises `ActionUnsupported`."""
    if channel.acts is not None and kind not in channel.acts:
        raise ActionUnsupported(f"The channel's provider does not know this: {kind}.")


def is_ours(channel: ChannelRef, kind: Kind) -> bool:
    """Whether it is done here alone: a chat is put away also where the provider has no archive."""
    unknown = channel.acts is not None and kind not in channel.acts
    return unknown and kind in {"archive", "unarchive"}


def fact_of(action: Action) -> Archived | Labelled | None:
    """What is true of the chat once the action is done."""
    match action.kind:
        case "archive" | "unarchive":
            return Archived(on=action.kind == "archive")
        case "label" | "unlabel":
            return Labelled(label_id=action.label_id or "", on=action.kind == "label")
        case _:
            return None


def check_message(
    stored: StoredMessage, channel: ChannelRef, kind: Kind, said: str | None, now: datetime
) -> None:
    """Whether this can be done to the message now.

    Raises:
        MessageIsRevoked, NotOurs, EditTooLate, RevocationTooLate, ContentNotEditable, TextTooLong
    """
    message = stored.message
    if stored.revocation is not None:
        raise MessageIsRevoked("The message was deleted for everybody.")
    if kind in {"reaction", "vote"}:
        return
    if not message.from_me:
        raise NotOurs("Only what the company wrote can be changed or deleted.")
    age = now - message.occurred_at
    if kind == "revocation":
        if age > REVOKED_WITHIN:
            raise RevocationTooLate("The message is too old to be deleted for everybody.")
        return
    if not isinstance(message.content, TextContent):
        raise ContentNotEditable("Only a text can be changed.")
    if age > EDITED_WITHIN:
        raise EditTooLate("The message is too old to be changed.")
    limit = channel.text_limit
    if limit is not None and len(said or "") > limit:
        raise TextTooLong(f"The channel takes at most {limit} characters.")


def check_vote(stored: StoredMessage, options: Sequence[str]) -> None:
    """Raises `NotAPoll`, `OptionsUnknown`."""
    content = stored.message.content
    if not isinstance(content, PollContent):
        raise NotAPoll("Only on a poll can be voted.")
    poll = content.poll
    if not set(options) <= set(poll.options):
        raise OptionsUnknown("The poll does not offer this.")
    if len(set(options)) > 1 and not poll.multiple_answers:
        raise OptionsUnknown("The poll takes one answer of each person.")
