from typing import Any

import msgspec
import pytest
from litestar import get, post
from litestar.params import JSONBody

from platform_auth.guard import UndeclaredRouteError
from platform_http import Health, create_app
from platform_http.app import UnnamedOperationError
from platform_http.strict import LooseBodyError

from .conftest import TOKENS, Api


class Loose(msgspec.Struct):
    name: str


def test_health_tells_each_part(api: Api, health: Health) -> None:
    async def slow_and_well() -> bool:
        return True

    async def broken() -> bool:
        raise OSError

    assert api.get("/health/live").json() == {"status": "live"}
    health.watch("bus", lambda: True)
    health.watch("database", slow_and_well)
    answer = api.get("/health/ready", headers={"authorization": ""})
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "parts": {"bus": True, "database": True}}
    health.watch("database", broken)
    answer = api.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not_ready", "parts": {"bus": True, "database": False}}


def test_a_process_that_is_stopping_is_not_ready(api: Api, health: Health) -> None:
    health.draining = True
    assert api.get("/health/ready").status_code == 503
    assert api.get("/health/live").status_code == 200


def test_metrics_count_requests_by_route_and_not_by_path(api: Api) -> None:
    api.get("/v1/contacts/0190a8a0-0000-7000-8000-000000000000")
    text = api.get("/metrics").text
    assert 'route="/v1/contacts/{contact_id}",service="contacts",status="200"' in text
    assert "0190a8a0" not in text


def test_the_document_is_true_to_what_is_served(api: Api) -> None:
    document = api.get("/openapi.json").json()
    assert set(document["paths"]) == {"/v1/contacts", "/v1/contacts/{contact_id}"}
    create = document["paths"]["/v1/contacts"]["post"]
    assert create["operationId"] == "createContact"
    assert create["x-permission"] == "contact:create"
    assert create["security"] == [{"bearer": []}]
    body = create["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    sent = document["components"]["schemas"][body.rpartition("/")[2]]
    assert sent["additionalProperties"] is False
    assert create["responses"]["503"]["headers"]["Retry-After"]["required"]
    assert create["responses"]["401"]["headers"]["WWW-Authenticate"]["required"]
    for status in ("400", "401", "403", "409", "413", "415", "422", "500", "503"):
        content = create["responses"][status]["content"]
        assert list(content) == ["application/problem+json"]
        reference = content["application/problem+json"]["schema"]["$ref"]
        assert reference.rsplit("/", 1)[1] in document["components"]["schemas"]
    lists = document["paths"]["/v1/contacts"]["get"]["parameters"]
    limit = next(parameter for parameter in lists if parameter["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 200)
    text = msgspec.json.encode(document).decode()
    assert "ValidationException" not in text
    assert "principal" not in text
    seen_at = document["components"]["schemas"]["CreateContact"]["properties"]["seen_at"]
    assert "date-time" in str(seen_at)


def make(*handlers: Any) -> None:
    create_app("contacts", handlers, auth=TOKENS.verifier)


def test_what_would_be_a_hole_keeps_the_application_from_starting() -> None:
    @get("/v1/secrets", operation_id="secrets")
    async def undeclared() -> str:
        return ""

    @post("/v1/contacts", operation_id="createContact")
    async def loose(data: JSONBody[Loose]) -> str:
        return data.name

    @get("/v1/contacts")
    async def unnamed() -> str:
        return ""

    with pytest.raises(UndeclaredRouteError):
        make(undeclared)
    with pytest.raises(LooseBodyError, match="Loose"):
        make(loose)
    with pytest.raises(UnnamedOperationError):
        make(unnamed)
