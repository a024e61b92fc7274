"""`python -m ventros_e2e.bench`: measure, print the table, write `.ventros/bench.json`.

Exits with 1 when a limit does not hold.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import uvloop
from rich.console import Console

from platform_devstack.errors import StackError
from platform_devstack.layout import find_root
from platform_devstack.screen import show_error
from ventros_e2e.bench.report import missed, save, show
from ventros_e2e.bench.run import PARTS, Options, measure


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ventros_e2e.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part (repeatable)")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the inbound part")
    parser.add_argument("--in-flight", type=int, default=1000, help="unfinished messages, inbound")
    parser.add_argument("--events", type=int, default=100_000, help="backlog of the relay part")
    parser.add_argument("--tenants", type=int, default=20)
    parser.add_argument("--contacts", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="keep the stack's state here between runs")
    return parser.parse_args()


def main() -> int:
    """Run what is asked for; the exit code."""
    given = _arguments()
    console = Console(highlight=False)
    root = find_root(Path(__file__).resolve())
    options = Options(
        parts=tuple(given.only or PARTS),
        seconds=given.seconds,
        in_flight=given.in_flight,
        events=given.events,
        tenants=given.tenants,
        contacts=given.contacts,
        folder=given.folder,
    )
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(measure(options, console))
    except StackError as error:
        show_error(console, error)
        return 1
    show(figures, console)
    path = root / ".ventros" / "bench.json"
    save(figures, path)
    console.print(f"written to {path.relative_to(root)}")
    broken = missed(figures)
    if broken:
        console.print(f"limits that do not hold: {', '.join(broken)}", style="bold red")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
