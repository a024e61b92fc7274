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
    """In characters, and `list_options` in options; what was not told is no limit."""

    caption: int | None = None
    list_title: int | None = None
    list_text: int | None = None
    list_option: int | None = None
    list_options: int | None = None


def check_limits(limits: ContentLimits, content: Content) -> None:
    """Raises `TextTooLong`, `TooManyOptions`."""
    match content:
        case ImageContent() | VideoContent() | DocumentContent():
            _check("A caption", content.text, limits.caption)
        case InteractiveContent(interactive=Interactive(kind="list_offer") as offer):
            _check("What a list asks", content.text, limits.list_text)
            _check("A list's title", offer.title, limits.list_title)
            most = limits.list_options
            if most is not None and len(offer.options) > most:
                raise TooManyOptions(f"The channel takes at most {most} options.")
            for option in offer.options:
                _check("An option", option, limits.list_option)


def _check(what: str, words: str | None, most: int | None) -> None:
    if most is not None and len(words or "") > most:
        raise TextTooLong(f"{what} has at most {most} characters on this channel.")
