"""What the demo prints: readable live, and readable in a file."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table


class Screen:
    """Scenes, what was done in them, what the API then says."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scene = 0

    def scene(self, title: str) -> None:
        """The next chapter."""
        self._scene += 1
        self._console.print(f"\n[bold]{self._scene}. {escape(title)}[/bold]", soft_wrap=True)

    def wrote(self, who: str, what: str) -> None:
        """Somebody did something in WhatsApp."""
        self._console.print(f"   [cyan]{escape(who)}[/cyan] {escape(what)}", soft_wrap=True)

    def became(self, what: str) -> None:
        """The API says so."""
        self._console.print(f"   [green]→[/green] {escape(what)}", soft_wrap=True)

    def note(self, what: str) -> None:
        """A fact on the side."""
        self._console.print(f"   [dim]{escape(what)}[/dim]", soft_wrap=True)

    def table(self, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A list of the API."""
        table = Table(title=title, title_justify="left")
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self._console.print()
        self._console.print(table)

    def end(self, what: str) -> None:
        """The last line."""
        self._console.print(f"\n[bold green]✓[/bold green] {escape(what)}", soft_wrap=True)

    def failed(self, why: str) -> None:
        """The last line, when it did not go well."""
        self._console.print(f"\n[bold red]✗ {escape(why)}[/bold red]", soft_wrap=True)
