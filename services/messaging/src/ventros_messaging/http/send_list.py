"""What a caller says of a list that is to be sent."""

from typing import Annotated

import msgspec
from msgspec import Meta

from platform_core.types import NonEmptyStr
from ventros_messaging.domain.content import (
    Content,
    Interactive,
    InteractiveContent,
    ListRow,
    ListSection,
)
from ventros_messaging.domain.list_offer import ListMalformed, list_in_sections, plain_list

_MOST_ROWS = 10
_Line = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00]*(?![\s\S])")]
_Asked = Annotated[str, Meta(max_length=65_536, pattern=r"^[^\x00]*(?![\s\S])")]


class ListRowBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row: its `id` comes back as `selected_id` when it is chosen."""

    id: _Line
    title: _Line
    description: _Line | None = None


class ListSectionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows under a heading, which one section alone needs not have."""

    title: _Line | None = None
    rows: Annotated[list[ListRowBody], Meta(min_length=1, max_length=_MOST_ROWS)]

    def section(self) -> ListSection:
        """As a message has it."""
        rows = [
            ListRow(id=row.id, title=row.title, description=row.description) for row in self.rows
        ]
        return ListSection(title=self.title, rows=rows)


class SendListBody(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="interactive",
):
    """A list to choose from: `options` alone, or rows in `sections`; not every engine of a provider
    shows lists.

    Of options the choice comes back as their number from 1, and the `title` opens them. Rows in
    sections have ids of yours; their `button` opens them, `text` is needed, and a `title` may stand
    above and a `footer` below.
    """

    title: NonEmptyStr | None = None
    text: _Asked | None = None
    options: Annotated[list[NonEmptyStr], Meta(min_length=1, max_length=_MOST_ROWS)] | None = None
    sections: Annotated[list[ListSectionBody], Meta(min_length=1, max_length=_MOST_ROWS)] | None = (
        None
    )
    button: _Line | None = None
    footer: _Line | None = None

    def content(self) -> Content:
        """As a message has it.

        Raises:
            ListMalformed: its parts do not go together.
        """
        return InteractiveContent(interactive=self._offer(), text=self.text)

    def _offer(self) -> Interactive:
        if self.options is not None and self.sections is None:
            if self.button is not None or self.footer is not None:
                raise ListMalformed("A button and a footer are of a list in sections.")
            return plain_list(self.title, self.options)
        if self.sections is None or self.options is not None:
            raise ListMalformed("Exactly one of options and sections is needed.")
        if not self.text:
            raise ListMalformed("A list in sections says something: text is missing.")
        return list_in_sections(
            [one.section() for one in self.sections],
            title=self.title,
            button=self.button,
            footer=self.footer,
        )
