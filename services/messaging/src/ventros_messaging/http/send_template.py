"""How a caller says which template is to be sent, and what fills its gaps."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from platform_core.types import HttpUrl, NonEmptyStr
from ventros_messaging.domain.content import Content, Interactive, InteractiveContent
from ventros_messaging.domain.filling import ButtonGiven, Given, HeaderGiven

Filler = Annotated[str, Meta(min_length=1, max_length=1024, pattern=r"^[^\x00]*(?![\s\S])")]
_MAX_GAPS = 100


class TemplateHeaderBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What fills the header: a `text` for its gap, or its file, one that was brought (`file_id`) or
    one at an address (`url`), with the `filename` of a document."""

    text: Filler | None = None
    url: HttpUrl | None = None
    file_id: UUID | None = None
    filename: NonEmptyStr | None = None


class TemplateButtonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What fills the button at `index`, which counts all buttons of the template from 0: the rest
    of its address, the code that it copies, or what comes back when it is pressed."""

    index: Annotated[int, Meta(ge=0, le=20)]
    text: Filler


class SendTemplateBody(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="template",
):
    """A template of the channel's account, as `/v1/templates` shows it: the only thing that may be
    sent when the window is closed.

    `body` fills the gaps of `form.parameters`, in their order or by their names.
    """

    name: Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[^\x00]*(?![\s\S])")]
    language: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*(?![\s\S])")]
    header: TemplateHeaderBody | None = None
    body: (
        Annotated[list[Filler], Meta(max_length=_MAX_GAPS)]
        | Annotated[dict[str, Filler], Meta(max_length=_MAX_GAPS)]
    ) = []
    buttons: Annotated[list[TemplateButtonBody], Meta(max_length=20)] = []

    def content(self) -> Content:
        """As a message has it until it is filled."""
        return InteractiveContent(interactive=Interactive(kind="button_offer"))

    def given(self) -> Given:
        """What is to be filled, and with what."""
        header = None
        if self.header is not None:
            header = HeaderGiven(
                text=self.header.text,
                url=self.header.url,
                file_id=self.header.file_id,
                filename=self.header.filename,
            )
        return Given(
            name=self.name,
            language=self.language,
            header=header,
            body=self.body,
            buttons=[ButtonGiven(index=one.index, text=one.text) for one in self.buttons],
        )


def template_of(body: object) -> Given | None:
    """The template that is asked for."""
    return body.given() if isinstance(body, SendTemplateBody) else None
