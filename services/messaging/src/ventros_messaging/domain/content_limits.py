"""How long parts of a content may be at a channel's provider: said before anything is queued."""

import msgspec

from platform_core.errors import Invalid
from ventros_messaging.domain.content import (
    Content,
    DocumentContent,
    ImageContent,
    Interactive,
    InteractiveContent,
    VideoContent,
)


class TextTooLong(Invalid):
    """The text is longer than the channel's provider takes."""

    code = "text_too_long"


class TooManyOptions(Invalid):
    """There are more options to choose from than the channel's provider shows."""

    code = "too_many_options"


class ContentLimits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In characters, and `list_options` in options; what was not told is no limit.

    `list_title` is of a list that is opened by its title, `list_header` and what follows of one
    that has a button.
    """

    caption: int | None = None
    list_title: int | None = None
    list_text: int | None = None
    list_option: int | None = None
    list_options: int | None = None
    list_header: int | None = None
    list_button: int | None = None
    list_footer: int | None = None
    list_section: int | None = None
    list_row_id: int | None = None
    list_description: int | None = None


def check_limits(limits: ContentLimits, content: Content) -> None:
    """Raises `TextTooLong`, `TooManyOptions`."""
    match content:
        case ImageContent() | VideoContent() | DocumentContent():
            _check("A caption", content.text, limits.caption)
        case InteractiveContent(interactive=Interactive(kind="list_offer") as offer):
            _check("What a list asks", content.text, limits.list_text)
            longest = limits.list_title if offer.button is None else limits.list_header
            _check("A list's title", offer.title, longest)
            most = limits.list_options
            if most is not None and len(offer.options) > most:
                raise TooManyOptions(f"The channel takes at most {most} options.")
            for option in offer.options:
                _check("An option", option, limits.list_option)
            _check_sections(limits, offer)


def _check_sections(limits: ContentLimits, offer: Interactive) -> None:
    _check("A list's button", offer.button, limits.list_button)
    _check("A list's footer", offer.footer, limits.list_footer)
    for section in offer.sections:
        _check("A section's title", section.title, limits.list_section)
        for row in section.rows:
            _check("A row's id", row.id, limits.list_row_id)
            _check("A row's description", row.description, limits.list_description)


def _check(what: str, words: str | None, most: int | None) -> None:
    if most is not None and len(words or "") > most:
        raise TextTooLong(f"{what} has at most {most} characters on this channel.")
