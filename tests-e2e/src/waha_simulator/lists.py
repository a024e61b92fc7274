"""A list to choose from: as it is posted, and as it comes in messages."""

from typing import Annotated, Any, Final

from msgspec import Meta, Struct, field

Given = Annotated[str, Meta(min_length=1)]


class Row(Struct, frozen=True, kw_only=True):
    """One choice."""

    title: Given
    row_id: Given = field(name="rowId")
    description: str | None = None


class Section(Struct, frozen=True, kw_only=True):
    """Choices under a heading."""

    title: str
    rows: Annotated[tuple[Row, ...], Meta(min_length=1)]


class ListOffer(Struct, frozen=True, kw_only=True):
    """The `message` of POST /api/sendList."""

    title: Given
    button: Given
    sections: Annotated[tuple[Section, ...], Meta(min_length=1)]
    description: str | None = None
    footer: str | None = None


SAMPLE: Final = ListOffer(
    title="Camisetas",
    description="Qual tamanho?",
    footer="Entrega em dois dias",
    button="Ver tamanhos",
    sections=(
        Section(
            title="Adulto",
            rows=(
                Row(row_id="size-m", title="Tamanho M", description="Pronta entrega"),
                Row(row_id="size-g", title="Tamanho G"),
            ),
        ),
    ),
)


def list_member(offer: ListOffer) -> dict[str, Any]:
    """The document of a list, in Baileys' spelling, which is the browser's too."""
    return {
        "title": offer.title,
        "description": offer.description,
        "buttonText": offer.button,
        "footerText": offer.footer,
        "listType": 1,
        "sections": [
            {
                "title": section.title,
                "rows": [
                    {"title": row.title, "rowId": row.row_id, "description": row.description}
                    for row in section.rows
                ],
            }
            for section in offer.sections
        ],
    }
