"""The API's document is in the repository; it changes only on purpose.

To renew it: `python -m checks.snapshots`, and look at the difference.
"""

from pathlib import Path

import httpx
from litestar import Litestar

from platform_auth import routes

SNAPSHOT = Path(__file__).parents[2] / "openapi.json"


async def document(app: Litestar) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.get("/openapi.json")


async def test_the_document_is_the_one_in_the_repository(app: Litestar) -> None:
    assert (await document(app)).content.strip() == SNAPSHOT.read_bytes().strip()


async def test_every_declared_route_is_documented(app: Litestar) -> None:
    paths = (await document(app)).json()["paths"]
    documented = {
        (method.upper(), routes.shape(path)) for path, item in paths.items() for method in item
    }
    assert documented == set(routes.of_service("identity"))
