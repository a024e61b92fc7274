"""Every service's application as its own `app.py` builds it, with keys made for the occasion.

Nothing is connected to: pools, broker and Temporal are opened when a process starts.
"""

import contextlib
import importlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from checks.workspace import services
from platform_core import settings as core_settings
from platform_devstack import keys
from platform_http.serve import Roles

NOWHERE = "127.0.0.1:9"
ISSUER = "https://ventros.example"


def environment(folder: Path) -> Mapping[str, str]:
    """Settings that every service accepts, with key files in `folder`."""
    keys.make(folder)
    urls = {
        f"VENTROS_{service.folder.name.upper()}_URL": f"http://{NOWHERE}" for service in services()
    }
    databases = {
        f"VENTROS_DATABASE_{role}_URL": f"postgresql://nobody@{NOWHERE}/ventros"
        for role in ("APP", "RELAY", "SYSTEM")
    }
    return {
        **urls,
        **databases,
        "VENTROS_AMQP_URL": f"amqp://{NOWHERE}",
        "VENTROS_REDIS_URL": f"redis://{NOWHERE}",
        "VENTROS_TEMPORAL_ADDRESS": NOWHERE,
        "VENTROS_HTTP_PORT": "0",
        "VENTROS_ISSUER": ISSUER,
        "VENTROS_PUBLIC_URL": f"http://{NOWHERE}",
        "VENTROS_STORAGE_URL": (folder / "files").as_uri(),
        "VENTROS_FILE_LINK_KEY": str(folder / keys.FILE_LINK_KEY),
        "VENTROS_CREDENTIAL_KEYS": str(folder / keys.CREDENTIAL_KEYS),
        "VENTROS_KEY_RING": str(folder / keys.IDENTITY_KEYS),
        "VENTROS_INTERNAL_TOKEN_PUBLIC_KEY": str(folder / keys.INTERNAL_PUBLIC),
        "VENTROS_INTERNAL_TOKEN_PRIVATE_KEY": str(folder / keys.INTERNAL_PRIVATE),
    }


@contextlib.asynccontextmanager
async def application(service: str, environ: Mapping[str, str]) -> AsyncIterator[Litestar]:
    """The HTTP side of a service."""
    wiring = importlib.import_module(f"ventros_{service}.app")
    kind = importlib.import_module(f"ventros_{service}.settings").Settings
    settings = core_settings.load(kind, environ)
    process = await wiring.build(settings, Roles(api=True, worker=False, workflows=False))
    try:
        yield _innermost(process.app)
    finally:
        await process.close()


async def document(app: Litestar) -> bytes:
    """The OpenAPI document as the service serves it, with a newline at its end."""
    asgi: Any = app
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(asgi), base_url="http://service"
    ) as client:
        answer = await client.get("/openapi.json")
    answer.raise_for_status()
    return answer.content + b"\n"


def _innermost(app: Any) -> Litestar:
    """The application itself: the gateway's proxy and its observer stand before its own."""
    while not isinstance(app, Litestar):
        app = vars(app).get("_app") or vars(app)["_own"]
    return app
