"""A template as its author wants it, and what is wrong with it before anybody is asked."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from platform_core.errors import Invalid
from ventros_channels.domain.whatsapp_cloud.templates import gaps

Category: TypeAlias = Literal["MARKETING", "UTILITY"]


class ExamplesWrong(Invalid):
    """Each gap of a template needs an example, and nothing else does."""

    code = "template_examples_wrong"


class HeaderWrong(Invalid):
    """Above a template are words or a file."""

    code = "template_header_wrong"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Words above a template, with at most one gap and what may stand in it."""

    text: str
    example: str | None = None


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A button; `example` is of the gap at the end of a `url`, or the code that is copied."""

    type: Literal["QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE"]
    text: str | None = None
    url: str | None = None
    phone: str | None = None
    example: str | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """`examples` fill the gaps of the body in their order, or by their names. `file` is the SHA-256
    of a file above it, in place of words."""

    name: str
    language: str
    category: Category
    body: str
    examples: Sequence[str] | Mapping[str, str] = ()
    header: Header | None = None
    file: str | None = None
    footer: str | None = None
    buttons: Sequence[Button] = ()

    @property
    def named(self) -> bool:
        """Whether the gaps have names that are words."""
        return any(not gap.isdigit() for gap in gaps(self.body))

    @property
    def filled(self) -> list[tuple[str, str]]:
        """The gaps of the body and their examples. Raises `ExamplesWrong`."""
        found, given = gaps(self.body), self.examples
        if isinstance(given, Mapping):
            if set(given) != set(found):
                raise ExamplesWrong(f"The body has the gaps {', '.join(found)[:200] or 'none'}.")
            return [(gap, given[gap]) for gap in found]
        if len(given) != len(found):
            raise ExamplesWrong(f"The body has {len(found)} gaps.")
        return list(zip(found, given, strict=True))


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A template that the provider took and looks at."""

    provider_id: str
    status: str
    category: str | None


def check(draft: Draft) -> None:
    """Raises `ExamplesWrong`."""
    _ = draft.filled
    header = draft.header
    if header is not None:
        _one("The header", gaps(header.text), header.example)
    for button in draft.buttons:
        if button.type == "URL":
            _one("A button's address", gaps(button.url or ""), button.example)


def _one(where: str, found: Sequence[str], example: str | None) -> None:
    if len(found) > 1:
        raise ExamplesWrong(f"{where} has one gap at most.")
    if (example is not None) != bool(found):
        raise ExamplesWrong(f"{where} needs an example of its gap, and none without one.")
