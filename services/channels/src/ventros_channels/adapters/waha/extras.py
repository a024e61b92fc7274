"""What is posted to WAHA beside plain contents: forwards, previews of ours, buttons pressed."""

import msgspec

from proto_events.sending import Outbound
from ventros_channels.adapters.waha.sending_body import Body, Sending, ToChat


class Forward(ToChat, frozen=True, kw_only=True):
    """POST /api/forwardMessage; GOWS cannot."""

    message_id: str = msgspec.field(name="messageId")
    id: str | None = None


class PreviewImage(Body, frozen=True, kw_only=True):
    """A picture that WAHA fetches."""

    url: str


class Preview(Body, frozen=True, kw_only=True):
    """What is shown of the link."""

    url: str
    title: str
    description: str
    image: PreviewImage | None = None


class SendPreview(Sending, frozen=True, kw_only=True):
    """POST /api/send/link-custom-preview."""

    text: str
    preview: Preview


class PressButton(ToChat, frozen=True, kw_only=True):
    """POST /api/send/buttons/reply."""

    reply_to: str | None = msgspec.field(name="replyTo", default=None)
    text: str = msgspec.field(name="selectedDisplayText")
    button_id: str = msgspec.field(name="selectedButtonID")


def extra(head: Sending, outbound: Outbound) -> tuple[str, Body] | None:
    """The path and the body, if this is none of the plain contents."""
    if outbound.forward_of is not None:
        forward = Forward(
            session=head.session,
            chat_id=head.chat_id,
            message_id=outbound.forward_of,
            id=head.id,
        )
        return "/api/forwardMessage", forward
    content = outbound.content
    if content is None:
        return None
    if content.type == "text" and outbound.preview is not None:
        ours = outbound.preview
        preview = Preview(
            url=ours.url,
            title=ours.title,
            description=ours.description or "",
            image=None if ours.image_url is None else PreviewImage(url=ours.image_url),
        )
        body = SendPreview(
            session=head.session,
            chat_id=head.chat_id,
            reply_to=head.reply_to,
            text=content.text or "",
            preview=preview,
        )
        return "/api/send/link-custom-preview", body
    pressed = content.interactive
    if content.type == "interactive" and pressed is not None and pressed.kind == "button_reply":
        press = PressButton(
            session=head.session,
            chat_id=head.chat_id,
            reply_to=head.reply_to,
            text=pressed.title or "",
            button_id=pressed.selected_id or "",
        )
        return "/api/send/buttons/reply", press
    return None
