"""Buttons and lists as they are posted to Meta.

The limits are of developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages
and interactive-reply-buttons-messages.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from proto_events.conversation import Interactive
from ventros_channels.domain.adapter import NotSent

MAX_BUTTONS: Final = 3
MAX_ROWS: Final = 10
MAX_BUTTON: Final = 20
MAX_ROW: Final = 24
MAX_ROW_ID: Final = 200
MAX_DESCRIPTION: Final = 72
MAX_SECTION: Final = 24
MAX_HEADER: Final = 60
MAX_FOOTER: Final = 60
MAX_BODY_WITH_BUTTONS: Final = 1024
MAX_BODY_WITH_LIST: Final = 4096


class _Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Optional members are left out."""


class Words(_Body, frozen=True, kw_only=True):
    """A part of an interactive message."""

    text: str


class Header(_Body, frozen=True, kw_only=True):
    """What stands above; of a list, words alone."""

    type: str
    text: str


class Reply(_Body, frozen=True, kw_only=True):
    """What a button or a row says, and what comes back."""

    id: str
    title: str
    description: str | None = None


class Button(_Body, frozen=True, kw_only=True):
    """A button."""

    type: str
    reply: Reply


class Section(_Body, frozen=True, kw_only=True):
    """Rows to choose from."""

    rows: list[Reply]
    title: str | None = None


class Action(_Body, frozen=True, kw_only=True):
    """What can be chosen."""

    buttons: list[Button] | None = None
    button: str | None = None
    sections: list[Section] | None = None


class Offer(_Body, frozen=True, kw_only=True):
    """An interactive message."""

    type: str
    body: Words
    action: Action
    header: Header | None = None
    footer: Words | None = None


def offered(offer: Interactive, asked: str) -> Offer:
    """Buttons, or a list; of options, what is chosen comes back as its number.

    Raises:
        NotSent: `unsupported`, since Meta cuts nothing off: it refuses.
    """
    if offer.kind == "list_offer" and offer.sections:
        return _in_sections(offer, asked)
    choices = [Reply(id=str(place), title=title) for place, title in enumerate(offer.options, 1)]
    body = Words(text=asked or offer.title or "")
    if offer.kind == "button_offer" and 0 < len(choices) <= MAX_BUTTONS:
        _check_asked(body.text, MAX_BODY_WITH_BUTTONS)
        _check("A choice", offer.options, MAX_BUTTON)
        if len(set(offer.options)) < len(choices):
            raise NotSent("unsupported", "Two buttons say the same.")
        buttons = [Button(reply=choice, type="reply") for choice in choices]
        return Offer(type="button", body=body, action=Action(buttons=buttons))
    if offer.kind == "list_offer" and 0 < len(choices) <= MAX_ROWS:
        button = offer.title or "…"
        _check_asked(body.text, MAX_BODY_WITH_LIST)
        _check("A choice", offer.options, MAX_ROW)
        _check("A button", [button], MAX_BUTTON)
        action = Action(button=button, sections=[Section(rows=choices)])
        return Offer(type="list", body=body, action=action)
    raise NotSent("unsupported", "The Cloud API does not send so many choices.")


def _in_sections(offer: Interactive, asked: str) -> Offer:
    rows = [row for section in offer.sections for row in section.rows]
    if not 0 < len(rows) <= MAX_ROWS:
        raise NotSent("unsupported", f"A list has 1 to {MAX_ROWS} rows.")
    button = offer.button or offer.title or ""
    _check_asked(asked, MAX_BODY_WITH_LIST)
    _check("A button", [button], MAX_BUTTON)
    _check("A choice", [row.title for row in rows], MAX_ROW)
    _check("A row's id", [row.id for row in rows], MAX_ROW_ID)
    _check("A description", [row.description for row in rows], MAX_DESCRIPTION)
    _check("A section's title", [section.title for section in offer.sections], MAX_SECTION)
    header = None if offer.button is None else offer.title
    _check("A header", [header], MAX_HEADER)
    _check("A footer", [offer.footer], MAX_FOOTER)
    return Offer(
        type="list",
        header=None if header is None else Header(type="text", text=header),
        body=Words(text=asked),
        footer=None if offer.footer is None else Words(text=offer.footer),
        action=Action(
            button=button,
            sections=[
                Section(
                    title=section.title,
                    rows=[
                        Reply(id=row.id, title=row.title, description=row.description)
                        for row in section.rows
                    ],
                )
                for section in offer.sections
            ],
        ),
    )


def _check_asked(asked: str, longest: int) -> None:
    _check("What is asked", [asked], longest)


def _check(what: str, words: Sequence[str | None], longest: int) -> None:
    """What is there is not empty and not too long."""
    if not all(one is None or 0 < len(one) <= longest for one in words):
        raise NotSent("unsupported", f"{what} has 1 to {longest} characters.")
