"""A message of ours before its provider has it, and what keeps it from being asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, Invalid
from proto_events.conversation import FailureClass, IdentityKind, PartyIdentity
from ventros_messaging.domain.chat import Chat
from ventros_messaging.domain.content import Content, type_of
from ventros_messaging.domain.content_limits import ContentLimits, TextTooLong, check_limits
from ventros_messaging.domain.message import Source

OutgoingStatus = Literal["queued", "sent", "failed"]

EXPIRES_AFTER: Final = timedelta(days=1)
"""How long a message waits for its channel to work."""


class RecipientMissing(Invalid):
    """None of a contact, a session and a chat is named, or more than one."""

    code = "missing_recipient"


class ContactUnknown(Invalid):
    """Nobody has this id here, or they were deleted."""

    code = "contact_unknown"


class SessionUnknown(Invalid):
    """No message of this session is known here."""

    code = "session_unknown"


class ChatUnknown(Invalid):
    """The project has no such chat."""

    code = "chat_unknown"


class ChatUnsupported(Invalid):
    """Nothing is sent into chats of this type."""

    code = "chat_unsupported"


class ChatClosed(Conflict):
    """The number is not in the group any more."""

    code = "chat_closed"


class ChatSilenced(Conflict):
    """Only its admins write in the group, and the number is none of them."""

    code = "chat_admins_only"


class GroupsNotRecorded(Conflict):
    """The channel records no groups, so nothing is sent into them."""

    code = "groups_not_recorded"


class ChannelUnknown(Invalid):
    """The project has no such channel, or none, or several to choose from."""

    code = "channel_unknown"


class ChannelInactive(Conflict):
    """The channel is switched off."""

    code = "channel_inactive"


class AddressUnknown(Conflict):
    """Nothing is known under which the contact could be reached on the channel."""

    code = "address_unknown"


class WindowClosed(Conflict):
    """The contact did not write lately enough: only a template may be sent now."""

    code = "window_closed"


class ContactOptedOut(Conflict):
    """The contact told the provider that they want no marketing: other templates may be sent."""

    code = "contact_opted_out"


class ContentUnsupported(Invalid):
    """The channel's provider does not send this type of content."""

    code = "content_unsupported"


class ExtraUnsupported(Invalid):
    """The channel's provider does not know what was asked for beside the content."""

    code = "extra_unsupported"


class PreviewUnfit(Invalid):
    """Only a text has a link to show a preview of."""

    code = "preview_unfit"


class ReplyUnknown(Invalid):
    """The message that is answered is not one of this chat."""

    code = "reply_unknown"


class ChannelRef(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as far as sending asks; what was not told is no limit."""

    id: UUID
    active: bool
    sends: list[str] | None
    text_limit: int | None
    acts: list[str] | None = None
    groups: bool | None = None
    extras: list[str] | None = None
    limits: ContentLimits = ContentLimits()


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """To a contact, or into a group (`chat_id`). `content` is None once it is sent: the message of
    this id has it then."""

    id: UUID
    project_id: UUID
    contact_id: UUID | None
    chat_id: UUID | None
    channel_id: UUID
    status: OutgoingStatus
    source: Source
    requested_by: UUID
    content: Content | None
    reply_to: UUID | None
    failure: FailureClass | None
    failure_reason: str | None
    failure_code: str | None = None
    requested_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    version: int


def check_channel(channel: ChannelRef | None) -> ChannelRef:
    """Raises `ChannelUnknown`, `ChannelInactive`."""
    if channel is None:
        raise ChannelUnknown("There is no such channel in this project.")
    if not channel.active:
        raise ChannelInactive("The channel is not in use.")
    return channel


def check_group(channel: ChannelRef, chat: Chat) -> None:
    """Raises `ChatUnsupported`, `ChatClosed`, `ChatSilenced`, `GroupsNotRecorded`."""
    if chat.type != "group":
        raise ChatUnsupported(f"Nothing is sent into chats of this type: {chat.type}.")
    if chat.state.status == "closed":
        raise ChatClosed("The number left the group.")
    if chat.state.silenced:
        raise ChatSilenced("Only its admins write in the group, and the number is none of them.")
    if channel.groups is False:
        raise GroupsNotRecorded("The channel records no groups.")


def check_content(channel: ChannelRef, content: Content) -> None:
    """Raises `ContentUnsupported`, and what `check_limits` raises."""
    kind = type_of(content)
    if channel.sends is not None and kind not in channel.sends:
        raise ContentUnsupported(f"The channel does not send {kind}.")
    limit = channel.text_limit
    if limit is not None and len(content.text or "") > limit:
        raise TextTooLong(f"The channel takes at most {limit} characters.")
    check_limits(channel.limits, content)


def check_extras(channel: ChannelRef, extras: Sequence[str]) -> None:
    """Raises `ExtraUnsupported`."""
    for extra in extras:
        if channel.extras is not None and extra not in channel.extras:
            raise ExtraUnsupported(f"The channel's provider does not know this: {extra}.")


def addresses(chats: Sequence[str], phones: Sequence[str]) -> list[PartyIdentity]:
    """Every address of a person, those that they were met under first.

    Raises:
        AddressUnknown: there is none.
    """
    met = [PartyIdentity(kind=_kind_of(chat), value=chat) for chat in chats]
    known = [PartyIdentity(kind="phone", value=phone) for phone in dict.fromkeys(phones)]
    if not met and not known:
        raise AddressUnknown("The contact has no address that this channel can send to.")
    return [*met, *known]


def _kind_of(chat: str) -> IdentityKind:
    """What a chat's name is; one without a server is a business-scoped user id."""
    if "@" not in chat:
        return "bsuid"
    return "lid" if chat.endswith("@lid") else "jid"
