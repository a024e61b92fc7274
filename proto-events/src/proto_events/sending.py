"""A message on its way out: asked for by messaging, sent by channels."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from proto_events import conversation
from proto_events.conversation import Content, Media, PartyIdentity, Value
from proto_events.media import SizeBytes
from proto_events.provider_facts import MessageRef
from proto_events.registry import event
from proto_events.times import Moment

SendingExtra: TypeAlias = Literal[
    "forward", "video_note", "link_preview", "button_reply", "mentions"
]
"""A message is passed on as it is; a film is shown round; a link's preview is ours; a button that
somebody offered is pressed; people are called by name."""

FailureClass: TypeAlias = conversation.FailureClass


class TemplateHeaderFill(Value, frozen=True, kw_only=True):
    """What fills the header of a template: words for its gap, with the gap's name where it has one,
    or a file, of which `format` is the kind (`IMAGE`, `VIDEO`, `DOCUMENT`)."""

    text: str | None = None
    name: str | None = None
    format: str | None = None
    media: Media | None = None


class TemplateButtonFill(Value, frozen=True, kw_only=True):
    """What fills a button; `index` counts all buttons of the template from 0, and `type` is the
    provider's word for its kind."""

    index: int
    type: str
    value: str


class Template(Value, frozen=True, kw_only=True):
    """A message that the provider has approved: its name, language, and what fills its gaps.

    `parameters` fill the body in the order of its gaps; `names` are the names of these, where they
    have any.
    """

    name: str
    language: str
    parameters: list[str] = msgspec.field(default_factory=list)
    names: list[str] = msgspec.field(default_factory=list)
    header: TemplateHeaderFill | None = None
    buttons: list[TemplateButtonFill] = msgspec.field(default_factory=list)


class OutboundFile(Value, frozen=True, kw_only=True):
    """The file of a content, where it is in our store: under its tenant and its SHA-256, in
    lower-case hexadecimal. `url` is a signed link to it that outlives `expires_at`; without one
    nobody outside can read it."""

    file_id: UUID
    sha256: str
    size_bytes: SizeBytes
    mimetype: str
    filename: str | None = None
    url: str | None = None


class LinkPreview(Value, frozen=True, kw_only=True):
    """What is shown of a link of the text, instead of what the provider finds behind it."""

    url: str
    title: str
    description: str | None = None
    image_url: str | None = None


class Outbound(Value, frozen=True, kw_only=True):
    """What is to be said: a content, or a template; `content` beside a template is how it reads.

    The `media.url` of a content is somebody else's, `file` a file of ours.
    `reply_to_id` is the whole id of the answered message at the provider, where that is known. With
    `forward_of`, another message of theirs is passed on as it is, and `content` is how it reads.
    A `video_note` is shown round and without a caption; `preview` is of a link in the text. With
    `mention_all` everybody in the group is called.
    """

    content: Content | None = None
    template: Template | None = None
    reply_to: MessageRef | None = None
    reply_to_id: str | None = None
    forward_of: str | None = None
    video_note: bool = False
    preview: LinkPreview | None = None
    mentions: list[PartyIdentity] = msgspec.field(default_factory=list)
    mention_all: bool = False
    link_preview: bool = True
    file: OutboundFile | None = None


@event(
    "message.send_requested",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageSendRequested(msgspec.Struct, frozen=True, kw_only=True):
    """A message waits to be sent; `channel.message_sent` or `channel.message_failed` follows.

    `chat` is where the contact last wrote on this channel, `recipient` every address of theirs; the
    channel chooses what its provider has confirmed. After `expires_at` it is not sent any more.
    """

    message_id: UUID
    channel_id: UUID
    contact_id: UUID
    chat: str | None = None
    recipient: Annotated[list[PartyIdentity], Meta(min_length=1)]
    outbound: Outbound
    expires_at: Moment
    requested_at: Moment


@event(
    "message.post_requested",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
)
class MessagePostRequested(msgspec.Struct, frozen=True, kw_only=True):
    """A message waits to be sent into a group; `channel.message_sent` or `channel.message_failed`
    follows.

    `chat` is the group at the provider, `chat_id` our id of it. After `expires_at` it is not sent
    any more.
    """

    message_id: UUID
    channel_id: UUID
    chat_id: UUID
    chat: str
    outbound: Outbound
    expires_at: Moment
    requested_at: Moment


@event("channel.message_sent", aggregate="channel", producer="channels", data_class="personal")
class ChannelMessageSent(msgspec.Struct, frozen=True, kw_only=True):
    """The provider took a message of ours, and knows it by this stanza in this chat."""

    message_id: UUID
    channel_id: UUID
    provider_message_id: str
    stanza: str
    chat: str
    sent_at: Moment


@event("channel.message_failed", aggregate="channel", producer="channels", data_class="none")
class ChannelMessageFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours was not sent, for good.

    Or, with `unknown`, may have been: it is not tried again, and `channel.message_sent` can still
    follow when the provider's history shows it. `code` is the provider's, `reason` for a person to
    read.
    """

    message_id: UUID
    channel_id: UUID
    failure: FailureClass
    code: str | None = None
    reason: str
    failed_at: Moment
