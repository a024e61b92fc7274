"""What a person sees: progress as it happens, the addresses at the end, errors with their log."""

import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from platform_devstack import demo_tenant
from platform_devstack.endpoints import without_password
from platform_devstack.errors import StackError
from platform_devstack.services import GATEWAY, WAHA, Surroundings
from platform_devstack.status import PartStatus

_SLOW = 2.0


class Progress:
    """A line per part that lives while the part starts; plain lines where no one looks live."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._rows: dict[str, tuple[str, float | None]] = {}
        self._spinner = Spinner("dots")
        self._live = Live(
            get_renderable=self._render, console=console, refresh_per_second=10, transient=False
        )

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.refresh()
            self._live.stop()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def doing(self, name: str, what: str) -> None:
        """A part is at work."""
        if not self._console.is_terminal and self._rows.get(name, ("", None))[0] != what:
            self._console.print(f"  {name:<12} {what} …", highlight=False)
        self._rows[name] = (what, None)

    def done(self, name: str, what: str, seconds: float) -> None:
        """A part is ready, or was stopped."""
        self._rows[name] = (what, seconds)
        if not self._console.is_terminal:
            self._console.print(f"  {name:<12} {what} ({seconds:.1f} s)", highlight=False)

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(min_width=12)
        table.add_column()
        for name, (what, seconds) in self._rows.items():
            if seconds is None:
                table.add_row(self._spinner, name, Text(what, style="dim"))
            else:
                took = f"{what}  {seconds:.1f} s" if seconds >= _SLOW else what
                table.add_row(Text("✓", style="green"), name, Text(took, style="dim"))
        return Group(table)


def show_addresses(console: Console, around: Surroundings, seconds: float) -> None:
    """What a newcomer wants to know after `ventros up`."""
    api = around.url(GATEWAY)
    password = demo_tenant.password(around)
    at = around.endpoints
    console.print(f"\nVentros is up ({seconds:.0f} s)\n", style="bold green", highlight=False)
    rows = [
        ("API", api),
        ("API docs", f"{api}/docs"),
        ("Temporal", at.temporal_ui_url),
        ("RabbitMQ", _rabbitmq_page(around)),
        ("WAHA (simulated)", f"{around.url(WAHA)}   X-Api-Key {around.secrets.get('waha')}"),
        ("Demo login", f"{demo_tenant.EMAIL}   {password}"),
    ]
    for name, value in rows:
        if value:
            console.print(f"  {name:<18}{value}", soft_wrap=True, highlight=False, markup=False)
    console.print("\nTry:", style="bold")
    sign_in = (
        f"curl -s {api}/v1/auth/sign-in -H 'Content-Type: application/json' "
        f"""-d '{{"email":"{demo_tenant.EMAIL}","password":"{password}"}}'"""
    )
    for command in ("make demo", "make status", sign_in):
        # Not through rich's wrapping: it has to be copied as it is.
        console.print(f"  {command}", soft_wrap=True, highlight=False, markup=False)


def show_error(console: Console, error: StackError) -> None:
    """Which part, why, and where more is written."""
    told = f"✗ {error.part}: {error.why}"
    console.print(told, style="bold red", markup=False, soft_wrap=True)
    for line in error.tail:
        console.print(f"    {line}", style="dim", markup=False, highlight=False, soft_wrap=True)
    if error.log is not None:
        console.print(f"  log: {error.log}", markup=False, soft_wrap=True)


def show_status(console: Console, parts: list[PartStatus]) -> None:
    """A table of the parts, and the reason of each that is not well."""
    table = Table(box=None, pad_edge=False)
    for heading, justify in (("part", "left"), ("state", "left"), ("port", "right")):
        table.add_column(heading, justify="right" if justify == "right" else "left")
    table.add_column("pid", justify="right")
    table.add_column("MiB (PSS)", justify="right")
    for part in parts:
        style = "green" if part.well else "dim" if part.state == "not started" else "bold red"
        table.add_row(
            part.name,
            Text(part.state, style=style),
            str(part.port or ""),
            str(part.pid or ""),
            f"{part.memory:.0f}" if part.memory else "",
        )
    console.print(table)
    total = sum(part.memory or 0 for part in parts)
    if total:
        console.print(f"memory: {total:.0f} MiB (PSS)", style="dim")
    for part in parts:
        if not part.well and part.state != "not started":
            why = f": {part.why}" if part.why else ""
            console.print(
                f"✗ {part.name} {part.state}{why}\n  log: {part.log}",
                style="red",
                markup=False,
                soft_wrap=True,
            )


def _rabbitmq_page(around: Surroundings) -> str:
    url = around.endpoints.amqp_management_url
    if not url:
        return ""
    login = url.partition("://")[2].partition("@")[0].replace(":", " / ")
    return f"{without_password(url)}   {login}"
