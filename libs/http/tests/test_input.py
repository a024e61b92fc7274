"""Every kind of bad input has its own code and place, and nothing is coerced."""

import json
from typing import Any

import pytest

from .conftest import TENANT, Api


def body_problem(api: Api, body: bytes, **headers: str) -> dict[str, Any]:
    answer = api.post(
        "/v1/contacts", content=body, headers={"content-type": "application/json", **headers}
    )
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["type"].endswith("/" + problem["code"])
    return problem


def test_good_input_goes_through(api: Api) -> None:
    answer = api.post("/v1/contacts", json={"name": "Ana", "seen_at": "2026-01-01T00:00:00-03:00"})
    assert (answer.status_code, answer.json()) == (201, {"text": f"{TENANT} Ana"})


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": 5}, "/name", "wrong_type"),
        ({"name": "Ana", "minutes": "5"}, "/minutes", "wrong_type"),
        ({"name": "Ana", "inner": {"count": "1"}}, "/inner/count", "wrong_type"),
        ({"name": "Ana", "inner": {"count": True}}, "/inner/count", "wrong_type"),
        ({"name": "Ana", "inner": {"count": 1.5}}, "/inner/count", "wrong_type"),
        ({"name": "Ana", "inner": {"count": 1, "tags": ["a", 2]}}, "/inner/tags/1", "wrong_type"),
        ({"name": "Ana", "inner": {"count": 1, "tags": ["a"] * 3}}, "/inner/tags", "too_long"),
        ({"name": "Ana", "inner": {"count": 1, "x/y": 1}}, "/inner/x~1y", "unknown_field"),
        ({"name": "x" * 256}, "/name", "too_long"),
        ({"name": ""}, "/name", "too_short"),
        ({"name": " Ana"}, "/name", "wrong_format"),
        ({"name": "Ana", "minutes": 0.01}, "/minutes", "out_of_range"),
        ({"name": "Ana", "seen_at": "2026-01-01T00:00:00"}, "/seen_at", "time_zone_missing"),
        ({"name": "Ana", "seen_at": "yesterday"}, "/seen_at", "wrong_format"),
        ({"name": "Ana", "tenant_id": str(TENANT)}, "/tenant_id", "unknown_field"),
        ({}, "/name", "required"),
        ([], "", "wrong_type"),
        (None, "", "wrong_type"),
    ],
)
def test_a_bad_value_is_told_with_its_place(
    api: Api, body: object, pointer: str, code: str
) -> None:
    problem = body_problem(api, json.dumps(body).encode())
    assert (problem["status"], problem["code"]) == (400, "validation_failed")
    [error] = problem["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert error["detail"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "\xff"}', 400, "invalid_utf8"),
        (b'{"name": "Ana"', 400, "malformed_json"),
        (b'{"name": "\\ud800"}', 400, "malformed_json"),
        (b"name=Ana", 400, "malformed_json"),
        (b'{"name": "' + b"x" * 3000 + b'"}', 413, "body_too_large"),
    ],
)
def test_a_body_that_cannot_be_read(api: Api, body: bytes, status: int, code: str) -> None:
    problem = body_problem(api, body)
    assert (problem["status"], problem["code"]) == (status, code)


def test_a_body_is_needed(api: Api) -> None:
    problem = body_problem(api, b"")
    assert problem["status"] == 400
    assert problem["code"] == "body_missing"


def test_another_media_type_is_refused(api: Api) -> None:
    problem = body_problem(
        api, b"name=Ana", **{"content-type": "application/x-www-form-urlencoded"}
    )
    assert (problem["status"], problem["code"]) == (415, "unsupported_media_type")


def test_a_body_over_the_limit_is_refused_before_it_is_read(api: Api) -> None:
    """The announced length alone is enough."""
    read = []

    def endless() -> Any:
        for _ in range(100):
            read.append(1)
            yield b" " * 1024

    problem = body_problem(api, endless(), **{"content-length": "999999"})
    assert problem["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=201", "page_size_too_large", "limit"),
        ("limit=0", "validation_failed", "limit"),
        ("limit=-1", "validation_failed", "limit"),
        ("limit=ten", "validation_failed", "limit"),
        ("limit=", "validation_failed", "limit"),
        ("limit=5&limit=6", "repeated_parameter", "limit"),
        ("offset=3", "unknown_parameter", "offset"),
        ("search=a&tenant_id=x", "unknown_parameter", "tenant_id"),
        ("search=%FF", "invalid_utf8", None),
        ("search=%00", "invalid_text", None),
        ("since=2026-01-01T00:00:00", "validation_failed", "since"),
        ("since=0.5", "validation_failed", "since"),
        ("since=1767225600", "validation_failed", "since"),
        ("since=yesterday", "validation_failed", "since"),
        ("since=", "validation_failed", "since"),
    ],
)
def test_a_bad_query(api: Api, query: str, code: str, parameter: str | None) -> None:
    answer = api.get(f"/v1/contacts?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, code)
    if parameter is not None:
        assert [error["parameter"] for error in problem["errors"]] == [parameter]


def test_a_moment_with_its_zone_goes_through(api: Api) -> None:
    assert api.get("/v1/contacts?since=2026-01-01T00:00:00Z&limit=1").status_code == 200
    assert api.get("/v1/contacts?since=2026-01-01T00:00:00%2B05:30&limit=1").status_code == 200


@pytest.mark.parametrize("cursor", ["abc", "AAAA", "%20", "x" * 600, "é", "a.b", "====="])
def test_a_cursor_that_is_not_ours(api: Api, cursor: str) -> None:
    answer = api.get(f"/v1/contacts?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_a_cursor_of_another_question_is_refused(api: Api) -> None:
    cursor = api.get("/v1/contacts?limit=5").json()["next_cursor"]
    assert api.get(f"/v1/contacts?limit=5&cursor={cursor}").json()["items"] == [5, 6, 7, 8, 9]
    answer = api.get(f"/v1/contacts?search=ana&cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_pages_give_everything_once(api: Api) -> None:
    seen: list[int] = []
    cursor = ""
    for _ in range(10):
        page = api.get(f"/v1/contacts?limit=50{cursor}").json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == list(range(120))


@pytest.mark.parametrize("path", ["/v1/contacts/1", "/v1/contacts/%2e%2e", "/nothing", "/v1/%ff"])
def test_what_is_not_there(api: Api, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


def test_a_missing_parameter_is_named(api: Api) -> None:
    answer = api.request("PATCH", "/v1/contacts/0190a8a0-0000-7000-8000-000000000000")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == ("kind", "required")


def test_a_method_that_is_not_there(api: Api) -> None:
    for method in ("PUT", "OPTIONS", "TRACE"):
        answer = api.request(method, "/v1/contacts")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
