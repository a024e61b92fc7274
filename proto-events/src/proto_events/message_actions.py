"""What somebody of the company does to a message that is there: asked for by messaging, done by
channels at the provider."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import FailureClass
from proto_events.registry import event
from proto_events.times import Moment

ActionKind = Literal[
    "reaction", "edit", "revocation", "seen", "vote", "archive", "unarchive", "label", "unlabel"
]
"""An emoji is put on a message, changed, or taken away; a message of ours is changed, or deleted
for everybody; a chat is shown as read; we vote in a poll; a chat is put out of sight, or in sight
again; a label is put on it, or taken off."""


@event(
    "message_action.requested",
    aggregate="message_action",
    producer="messaging",
    data_class="sensitive",
)
class MessageActionRequested(msgspec.Struct, frozen=True, kw_only=True):
    """Something is to be done to a message, or to a chat, by `expires_at`.

    `channel.action_done` or `channel.action_failed` follows. `chat` and `provider_message_id` are
    the provider's names; a chat has no message. `emoji` is of a reaction, empty to take it away;
    `text` is all that an edited message says from then on; `options` are all that we choose in a
    poll, and `label_id` is the provider's. All of them may be done twice at the
    provider with the effect of once.
    """

    action_id: UUID
    channel_id: UUID
    kind: ActionKind
    chat: str
    provider_message_id: str | None = None
    emoji: str | None = None
    text: str | None = None
    options: list[str] | None = None
    label_id: str | None = None
    expires_at: Moment
    requested_at: Moment


@event("channel.action_done", aggregate="channel", producer="channels", data_class="none")
class ChannelActionDone(msgspec.Struct, frozen=True, kw_only=True):
    """The provider did what was asked."""

    action_id: UUID
    channel_id: UUID
    done_at: Moment


@event("channel.action_failed", aggregate="channel", producer="channels", data_class="none")
class ChannelActionFailed(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked was not done, for good; `code` is the provider's, `reason` for a person."""

    action_id: UUID
    channel_id: UUID
    failure: FailureClass
    code: str | None = None
    reason: str
    failed_at: Moment
