"""The API's document is in the repository; it changes only on purpose.

To renew it: `python -m checks.snapshots`.
"""

from pathlib import Path
from typing import Any

from platform_auth import routes

SNAPSHOT = Path(__file__).parents[2] / "openapi.json"


async def test_the_document_is_the_one_in_the_repository(caller: Any) -> None:
    answer = await caller.call("GET", "/openapi.json")
    assert answer.content.strip() == SNAPSHOT.read_bytes().strip()


async def test_every_declared_route_is_documented(caller: Any) -> None:
    paths = (await caller.call("GET", "/openapi.json")).json()["paths"]
    documented = {
        (method.upper(), routes.shape(path)) for path, item in paths.items() for method in item
    }
    assert documented == set(routes.of_service("contacts"))
