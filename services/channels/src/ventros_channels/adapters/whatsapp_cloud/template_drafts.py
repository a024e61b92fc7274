"""What is posted to `/{account}/message_templates` for a template that somebody wrote.

https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
"""

from typing import Any

import msgspec

from ventros_channels.domain.template_draft import Button, Draft, Header
from ventros_channels.domain.template_example import Format
from ventros_channels.domain.whatsapp_cloud.templates import gaps

Part = dict[str, Any]


class Creation(msgspec.Struct, frozen=True, kw_only=True):
    """The body: `parameter_format` says whether gaps are numbers or words."""

    name: str
    language: str
    category: str
    parameter_format: str
    components: list[Part]


class FileAbove(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded as an example."""

    format: Format
    handle: str


def creation(draft: Draft, above: FileAbove | None = None) -> Creation:
    """Raises `ExamplesWrong`."""
    components: list[Part] = []
    if above is not None:
        example = {"header_handle": [above.handle]}
        components.append({"type": "HEADER", "format": above.format, "example": example})
    if draft.header is not None:
        components.append(_header(draft.header, named=draft.named))
    components.append(_body(draft))
    if draft.footer is not None:
        components.append({"type": "FOOTER", "text": draft.footer})
    if draft.buttons:
        components.append({"type": "BUTTONS", "buttons": [_button(one) for one in draft.buttons]})
    return Creation(
        name=draft.name,
        language=draft.language,
        category=draft.category,
        parameter_format="NAMED" if draft.named else "POSITIONAL",
        components=components,
    )


def _header(header: Header, *, named: bool) -> Part:
    part: Part = {"type": "HEADER", "format": "TEXT", "text": header.text}
    if header.example is not None:
        (gap,) = gaps(header.text)
        part["example"] = (
            {"header_text_named_params": [_named(gap, header.example)]}
            if named
            else {"header_text": [header.example]}
        )
    return part


def _body(draft: Draft) -> Part:
    part: Part = {"type": "BODY", "text": draft.body}
    filled = draft.filled
    if filled:
        part["example"] = (
            {"body_text_named_params": [_named(gap, example) for gap, example in filled]}
            if draft.named
            else {"body_text": [[example for _, example in filled]]}
        )
    return part


def _named(gap: str, example: str) -> Part:
    return {"param_name": gap, "example": example}


def _button(button: Button) -> Part:
    part: Part = {"type": button.type}
    match button.type:
        case "QUICK_REPLY":
            part["text"] = button.text
        case "URL":
            part |= {"text": button.text, "url": button.url}
            if button.example is not None:
                part["example"] = [button.example]
        case "PHONE_NUMBER":
            part |= {"text": button.text, "phone_number": button.phone}
        case "COPY_CODE":
            part["example"] = button.example
    return part
