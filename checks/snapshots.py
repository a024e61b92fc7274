"""`python -m checks.snapshots`: write each service's `openapi.json` anew.

The gateway has none: its document is theirs, merged while they run.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from checks.applications import application, document, environment
from checks.workspace import ROOT, services

DOCUMENTED: Final = [
    service.folder.name for service in services() if service.folder.name != "gateway"
]


def snapshot(service: str) -> Path:
    """Where a service's document is kept."""
    return ROOT / "services" / service / "openapi.json"


async def write() -> None:
    """Write all of them."""
    with tempfile.TemporaryDirectory() as folder:
        environ = environment(Path(folder))
        for service in DOCUMENTED:
            async with application(service, environ) as app:
                snapshot(service).write_bytes(await document(app))


if __name__ == "__main__":
    asyncio.run(write())
