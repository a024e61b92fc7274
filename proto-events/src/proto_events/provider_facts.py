"""What a provider told about messages, chats and calls, in our words; each fact is told once.

They may come in any order, and before the message that they speak of: who keeps messages keeps
what it cannot place yet. A message is named as the provider names it, see `MessageRef`.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import (
    ChatMessage,
    Content,
    FailureClass,
    PartyIdentity,
    Value,
)
from proto_events.registry import event
from proto_events.times import Moment

AckStatus = Literal["pending", "sent", "delivered", "read", "played", "failed"]
ParticipantChange = Literal["join", "leave", "promote", "demote"]


class MessageRef(Value, frozen=True, kw_only=True):
    """A message at the provider: its id's own last segment, its chat, and which side wrote it.

    `from_me` is left out where the provider does not say it.
    """

    chat: str
    stanza: str
    from_me: bool | None = None


class Somebody(Value, frozen=True, kw_only=True):
    """Who did it: our side (`from_me`), or the person with these addresses."""

    from_me: bool
    party: list[PartyIdentity] = msgspec.field(default_factory=list)
    push_name: str | None = None


class Participant(Value, frozen=True, kw_only=True):
    """A member of a group. `role` is the provider's word, such as `admin` or `participant`; `me`
    says that it is the number itself."""

    party: list[PartyIdentity]
    role: str | None = None
    me: bool = False


class _Fact(msgspec.Struct, frozen=True, kw_only=True):
    """`received_at` and `ingress_seq` are stamped by ingress, as those of a message are."""

    channel_id: UUID
    received_at: Moment
    ingress_seq: int


@event(
    "channel.group_message_received",
    aggregate="channel",
    producer="channels",
    data_class="sensitive",
)
class ChannelGroupMessageReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A message reached a group of a channel that records groups, told once.

    `participant` is who wrote it, with every address that the provider proves; nobody when it is
    ours. The message's `party` is the same, and its `chat` the group.
    """

    message: ChatMessage
    participant: list[PartyIdentity]


@event("channel.message_ack", aggregate="channel", producer="channels", data_class="personal")
class ChannelMessageAck(_Fact, frozen=True, kw_only=True):
    """How far a message got. The status only ever rises, so one that comes late says nothing.

    `recipient` is who acknowledged it in a group; nobody in a chat of two. `error` is the
    provider's, for a person to read; with `failed`, `failure` says why as far as we know it and
    `code` is the provider's. `acknowledged_at` is the provider's time where it tells one, else
    ingress'.
    """

    message: MessageRef
    status: AckStatus
    recipient: list[PartyIdentity] = []
    error: str | None = None
    failure: FailureClass | None = None
    code: str | None = None
    acknowledged_at: Moment


@event("channel.message_reaction", aggregate="channel", producer="channels", data_class="sensitive")
class ChannelMessageReaction(_Fact, frozen=True, kw_only=True):
    """Somebody put an emoji on a message, changed it, or took it away (an empty one).

    Each person has one reaction to a message at most; the latest `reacted_at` counts.
    """

    message: MessageRef
    by: Somebody
    emoji: str
    reacted_at: Moment


@event("channel.message_edited", aggregate="channel", producer="channels", data_class="sensitive")
class ChannelMessageEdited(_Fact, frozen=True, kw_only=True):
    """The writer changed a message; `content` is all of it as it now is."""

    message: MessageRef
    content: Content
    edited_at: Moment


@event("channel.message_revoked", aggregate="channel", producer="channels", data_class="personal")
class ChannelMessageRevoked(_Fact, frozen=True, kw_only=True):
    """A message was deleted for everybody. What it said stays with those who kept it."""

    message: MessageRef
    by: Somebody
    revoked_at: Moment


@event("channel.poll_voted", aggregate="channel", producer="channels", data_class="sensitive")
class ChannelPollVoted(_Fact, frozen=True, kw_only=True):
    """Somebody voted in a poll. `options` are all that this person now chooses, none to withdraw.

    The latest `voted_at` of a person counts. `readable` is false when the provider could not
    decrypt the vote, and then `options` says nothing.
    """

    message: MessageRef
    by: Somebody
    options: list[str]
    readable: bool = True
    voted_at: Moment


class _Call(_Fact, frozen=True, kw_only=True):
    """`call_id` is the provider's."""

    call_id: str
    chat: str
    caller: Somebody
    video: bool
    group: bool
    at: Moment


@event("channel.call_received", aggregate="channel", producer="channels", data_class="personal")
class ChannelCallReceived(_Call, frozen=True, kw_only=True):
    """Somebody calls the number."""


@event("channel.call_accepted", aggregate="channel", producer="channels", data_class="personal")
class ChannelCallAccepted(_Call, frozen=True, kw_only=True):
    """A call was answered, on the phone of the number."""


@event("channel.call_rejected", aggregate="channel", producer="channels", data_class="personal")
class ChannelCallRejected(_Call, frozen=True, kw_only=True):
    """A call was declined, or nobody answered."""


@event("channel.group_joined", aggregate="channel", producer="channels", data_class="personal")
class ChannelGroupJoined(_Fact, frozen=True, kw_only=True):
    """The number came into a group, with those who are in it; `admins_only` where only its admins
    may write in it."""

    chat: str
    subject: str | None = None
    description: str | None = None
    admins_only: bool | None = None
    participants: list[Participant]
    at: Moment


@event("channel.group_left", aggregate="channel", producer="channels", data_class="none")
class ChannelGroupLeft(_Fact, frozen=True, kw_only=True):
    """The number is out of a group."""

    chat: str
    at: Moment


@event("channel.group_updated", aggregate="channel", producer="channels", data_class="personal")
class ChannelGroupUpdated(_Fact, frozen=True, kw_only=True):
    """A group has another name or description, or others may write in it (`admins_only`: its admins
    alone); what did not change is left out."""

    chat: str
    subject: str | None = None
    description: str | None = None
    admins_only: bool | None = None
    at: Moment


@event(
    "channel.group_participants_changed",
    aggregate="channel",
    producer="channels",
    data_class="personal",
)
class ChannelGroupParticipantsChanged(_Fact, frozen=True, kw_only=True):
    """People came into a group, left it, or became its admins or no longer are."""

    chat: str
    change: ParticipantChange
    participants: list[Participant]
    at: Moment


@event("channel.chat_archived", aggregate="channel", producer="channels", data_class="personal")
class ChannelChatArchived(_Fact, frozen=True, kw_only=True):
    """A chat was archived on the phone of the number, or is no longer."""

    chat: str
    archived: bool
    at: Moment


@event(
    "channel.label.chat_changed", aggregate="channel", producer="channels", data_class="personal"
)
class ChannelLabelChatChanged(_Fact, frozen=True, kw_only=True):
    """A label was put on a chat, or taken off. `label_id` is the provider's."""

    chat: str
    label_id: str
    labelled: bool
    at: Moment


@event("channel.identity_changed", aggregate="channel", producer="channels", data_class="personal")
class ChannelIdentityChanged(_Fact, frozen=True, kw_only=True):
    """The provider gave somebody another address: `before` and `after` are of one person."""

    before: list[PartyIdentity]
    after: list[PartyIdentity]
    at: Moment


@event(
    "channel.marketing_preference_changed",
    aggregate="channel",
    producer="channels",
    data_class="personal",
)
class ChannelMarketingPreferenceChanged(_Fact, frozen=True, kw_only=True):
    """Somebody wants no marketing of the company any more, or wants it again.

    Told by the person at the provider, or by a message that was refused for it; the latest `at`
    counts. Messages that are no marketing may be sent as before.
    """

    chat: str
    party: list[PartyIdentity]
    wanted: bool
    at: Moment
