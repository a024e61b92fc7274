"""The member `template` of a message: each part with what fills its gaps."""

from typing import Final

import msgspec

from proto_events.sending import Template, TemplateButtonFill, TemplateHeaderFill
from ventros_channels.domain.adapter import NotSent

_COUPON: Final = "COPY_CODE"
_PAYLOADS: Final = frozenset({"QUICK_REPLY"})


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Optional members are left out."""


class Language(_Part, frozen=True, kw_only=True):
    """The language of a template."""

    code: str


class Link(_Part, frozen=True, kw_only=True):
    """A file that Meta fetches, or one that it has under `id`."""

    link: str | None = None
    id: str | None = None
    filename: str | None = None


class Parameter(_Part, frozen=True, kw_only=True):
    """What fills one gap; exactly one member is named like its type."""

    type: str
    text: str | None = None
    parameter_name: str | None = None
    payload: str | None = None
    coupon_code: str | None = None
    image: Link | None = None
    video: Link | None = None
    document: Link | None = None


class Component(_Part, frozen=True, kw_only=True):
    """The gaps of one part of a template, filled; `index` counts buttons."""

    type: str
    parameters: list[Parameter]
    sub_type: str | None = None
    index: str | None = None


class Approved(_Part, frozen=True, kw_only=True):
    """A template."""

    name: str
    language: Language
    components: list[Component] = []


def approved(template: Template) -> Approved:
    """The template, filled. Raises `NotSent`."""
    components: list[Component] = []
    if template.header is not None:
        components.append(Component(type="header", parameters=[_header(template.header)]))
    if template.parameters:
        components.append(Component(type="body", parameters=_body(template)))
    components += [_button(one) for one in template.buttons]
    return Approved(
        name=template.name, language=Language(code=template.language), components=components
    )


def _body(template: Template) -> list[Parameter]:
    names: list[str] | list[None] = template.names or [None] * len(template.parameters)
    return [
        Parameter(type="text", text=value, parameter_name=name)
        for name, value in zip(names, template.parameters, strict=True)
    ]


def _header(header: TemplateHeaderFill) -> Parameter:
    if header.text is not None:
        return Parameter(type="text", text=header.text, parameter_name=header.name)
    media = header.media
    if media is None or (media.url is None and media.file_id is None):
        raise NotSent("media", "The file of the template's header is not there.")
    link = Link(
        link=None if media.file_id is not None else media.url,
        id=media.file_id,
        filename=media.filename if header.format == "DOCUMENT" else None,
    )
    match header.format:
        case "IMAGE":
            return Parameter(type="image", image=link)
        case "VIDEO":
            return Parameter(type="video", video=link)
        case "DOCUMENT":
            return Parameter(type="document", document=link)
    raise NotSent("template", "The template's header is of a kind that is not sent.")


def _button(button: TemplateButtonFill) -> Component:
    if button.type in _PAYLOADS:
        parameter = Parameter(type="payload", payload=button.value)
    elif button.type == _COUPON:
        parameter = Parameter(type="coupon_code", coupon_code=button.value)
    else:
        parameter = Parameter(type="text", text=button.value)
    return Component(
        type="button",
        sub_type=button.type.lower(),
        index=str(button.index),
        parameters=[parameter],
    )
