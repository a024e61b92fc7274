"""Requests and answers of templates that are made."""

from typing import Annotated

import msgspec
from msgspec import Meta

from platform_core.types import Phone
from ventros_channels.domain.template_draft import Button, Category, Draft, Header, HeaderWrong

_PLAIN = r"^[^\x00]*(?![\s\S])"
Example = Annotated[str, Meta(min_length=1, max_length=1024, pattern=_PLAIN)]
Title = Annotated[str, Meta(min_length=1, max_length=25, pattern=_PLAIN)]
_MAX_GAPS = 100


class HeaderBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words above the template, with an example of their gap if they have one; or a file, an
    example of those that its messages have above them: the `sha256` of one that was brought by
    `POST /v1/files`, a JPEG, a PNG, an MP4 or a PDF. The channel needs its `app_id` for it."""

    text: Annotated[str, Meta(min_length=1, max_length=60, pattern=_PLAIN)] | None = None
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?![\s\S])")] | None = None
    example: Annotated[str, Meta(min_length=1, max_length=60, pattern=_PLAIN)] | None = None

    def parts(self) -> tuple[Header | None, str | None]:
        """The words or the file. Raises `HeaderWrong`."""
        if self.text is not None and self.sha256 is None:
            return Header(text=self.text, example=self.example), None
        if self.sha256 is None or self.text is not None or self.example is not None:
            raise HeaderWrong("A header has a text, or the sha256 of a file.")
        return None, self.sha256


class _Button(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """What all buttons share."""


class QuickReplyBody(_Button, frozen=True, kw_only=True, tag="QUICK_REPLY"):
    """A button that answers with its words."""

    text: Title

    def button(self) -> Button:
        """As the domain has it."""
        return Button(type="QUICK_REPLY", text=self.text)


class UrlBody(_Button, frozen=True, kw_only=True, tag="URL"):
    """A button that opens an address; its end may be a gap, with an example of the whole."""

    text: Title
    url: Annotated[str, Meta(max_length=2000, pattern=r"^https?://[!-~]+(?![\s\S])")]
    example: Annotated[str, Meta(min_length=1, max_length=2000, pattern=_PLAIN)] | None = None

    def button(self) -> Button:
        """As the domain has it."""
        return Button(type="URL", text=self.text, url=self.url, example=self.example)


class PhoneBody(_Button, frozen=True, kw_only=True, tag="PHONE_NUMBER"):
    """A button that calls a number."""

    text: Title
    phone: Phone

    def button(self) -> Button:
        """As the domain has it."""
        return Button(type="PHONE_NUMBER", text=self.text, phone=self.phone)


class CopyCodeBody(_Button, frozen=True, kw_only=True, tag="COPY_CODE"):
    """A button that copies a code, which each message gives."""

    example: Annotated[str, Meta(min_length=1, max_length=15, pattern=_PLAIN)]

    def button(self) -> Button:
        """As the domain has it."""
        return Button(type="COPY_CODE", example=self.example)


class CreateTemplateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template to be approved. `body`, header and addresses may have gaps: `{{1}}`, `{{2}}`, … or
    `{{words}}`; `examples` fill those of the body, in their order or by their names."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,512}(?![\s\S])")]
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(_[A-Z]{2,3})?(?![\s\S])")]
    category: Category
    body: Annotated[str, Meta(min_length=1, max_length=1024, pattern=_PLAIN)]
    examples: (
        Annotated[list[Example], Meta(max_length=_MAX_GAPS)]
        | Annotated[dict[str, Example], Meta(max_length=_MAX_GAPS)]
    ) = []
    header: HeaderBody | None = None
    footer: Annotated[str, Meta(min_length=1, max_length=60, pattern=_PLAIN)] | None = None
    buttons: Annotated[
        list[QuickReplyBody | UrlBody | PhoneBody | CopyCodeBody], Meta(max_length=10)
    ] = []

    def draft(self) -> Draft:
        """As the domain has it. Raises `HeaderWrong`."""
        header, file = None, None
        if self.header is not None:
            header, file = self.header.parts()
        return Draft(
            name=self.name,
            language=self.language,
            category=self.category,
            body=self.body,
            examples=self.examples,
            header=header,
            file=file,
            footer=self.footer,
            buttons=[one.button() for one in self.buttons],
        )


class TemplateMadeView(msgspec.Struct, frozen=True, kw_only=True):
    """A template that the provider looks at: `status` and `category` are its words, and it may
    choose another category than was asked for. `/v1/templates` shows it within moments, and later
    what became of it."""

    provider_id: str
    name: str
    language: str
    status: str
    category: str | None


__all__ = ["CreateTemplateBody", "TemplateMadeView"]
