"""A list to choose from, before it is asked for: as options alone, or as rows in sections."""

from collections.abc import Sequence

from platform_core.errors import Invalid
from ventros_messaging.domain.content import Interactive, ListSection


class ListMalformed(Invalid):
    """The parts of a list do not go together."""

    code = "list_malformed"


def plain_list(title: str | None, options: Sequence[str]) -> Interactive:
    """A list of options, numbered from 1, that its title opens.

    Raises:
        ListMalformed: it has no title.
    """
    if title is None:
        raise ListMalformed("A list of options is opened by its title, which is missing.")
    return Interactive(kind="list_offer", title=title, options=list(options))


def list_in_sections(
    sections: Sequence[ListSection], *, title: str | None, button: str | None, footer: str | None
) -> Interactive:
    """A list of rows that its button opens; `options` are the titles of the rows.

    Raises:
        ListMalformed: it has no button, two rows have one id, or one of several sections has no
            title.
    """
    if button is None:
        raise ListMalformed("A list in sections is opened by its button, which is missing.")
    rows = [row for section in sections for row in section.rows]
    if len({row.id for row in rows}) < len(rows):
        raise ListMalformed("Two rows have the same id.")
    if len(sections) > 1 and any(section.title is None for section in sections):
        raise ListMalformed("Of several sections each has a title.")
    return Interactive(
        kind="list_offer",
        title=title,
        options=[row.title for row in rows],
        button=button,
        footer=footer,
        sections=list(sections),
    )
