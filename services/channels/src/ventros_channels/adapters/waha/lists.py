"""What is posted to WAHA's /api/sendList."""

import msgspec

from proto_events.conversation import Interactive


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of a list."""

    title: str
    row_id: str = msgspec.field(name="rowId")
    description: str | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Choices under a heading."""

    title: str
    rows: list[Row]


class ListBody(msgspec.Struct, frozen=True, kw_only=True):
    """The `message`; WAHA needs a title of it and of each section."""

    title: str
    description: str
    footer: str
    button: str
    sections: list[Section]


def list_of(offer: Interactive, asked: str) -> ListBody:
    """A list; what has no title goes under the words of its button."""
    button = offer.button or offer.title or ""
    title = offer.title or button
    return ListBody(
        title=title,
        description=asked,
        footer=offer.footer or "",
        button=button,
        sections=_sections(offer, title),
    )


def _sections(offer: Interactive, title: str) -> list[Section]:
    if not offer.sections:
        rows = [Row(title=text, row_id=str(place)) for place, text in enumerate(offer.options, 1)]
        return [Section(title=title, rows=rows)]
    return [
        Section(
            title=section.title or title,
            rows=[
                Row(title=row.title, row_id=row.id, description=row.description)
                for row in section.rows
            ],
        )
        for section in offer.sections
    ]
