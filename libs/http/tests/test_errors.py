import json
import re
from typing import Any
from uuid import uuid4

import pytest

from platform_auth.testing import InternalTokens

from .conftest import TENANT, Api

CONTACT = "/v1/contacts/0190a8a0-0000-7000-8000-000000000000"


def failing(api: Api, kind: str) -> Any:
    return api.request("PATCH", f"{CONTACT}?kind={kind}")


@pytest.mark.parametrize(
    ("kind", "status", "code", "detail"),
    [
        ("invalid", 422, "some_rule", "The rule."),
        ("not_found", 404, "not_found", "No contact has this id."),
        ("conflict", 409, "session_closed", "It is closed."),
        ("too_large", 413, "too_large", "More than ten."),
        ("unavailable", 503, "unavailable", "Away."),
    ],
)
def test_a_domain_error_keeps_its_code_and_words(
    api: Api, kind: str, status: int, code: str, detail: str
) -> None:
    answer = failing(api, kind)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["code"], problem["detail"]) == (status, code, detail)
    assert problem["status"] == status
    assert problem["title"]
    assert problem["type"] == f"https://docs.ventros.dev/problems/{code}"


def test_our_own_failure_says_nothing_but_the_id(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = failing(api, "bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "canary" not in answer.text
    assert "Traceback" not in answer.text
    logged = capsys.readouterr().out
    assert "ZeroDivisionError" in logged
    assert answer.json()["request_id"] in logged


@pytest.mark.parametrize("kind", ["timeout", "refused", "unavailable"])
def test_a_database_that_is_away_is_a_503_with_retry_after(api: Api, kind: str) -> None:
    answer = failing(api, kind)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "canary" not in answer.text


def test_without_a_token_401_with_the_challenge(api: Api) -> None:
    api.headers = {}
    answer = api.get(CONTACT)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["www-authenticate"] == "Bearer"

    api.headers = InternalTokens().header(TENANT, uuid4())
    answer = api.get(CONTACT)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("sane", ["abcdefgh", "0190a8a0-0000-7000-8000-000000000000", "a" * 128])
def test_a_sane_request_id_is_taken_over(api: Api, sane: str) -> None:
    assert api.get(CONTACT, headers={"x-request-id": sane}).headers["x-request-id"] == sane


@pytest.mark.parametrize("odd", ["", "short", "a" * 129, "with space", 'quote"quote', "<script>1"])
def test_another_request_id_is_replaced(api: Api, odd: str) -> None:
    given = api.get(CONTACT, headers={"x-request-id": odd}).headers["x-request-id"]
    assert given != odd
    assert re.fullmatch(r"[0-9a-f-]{36}", given)


def test_request_ids_are_on_errors_of_routing_too(api: Api) -> None:
    answer = api.get("/nothing", headers={"x-request-id": "abcdefgh"})
    assert answer.headers["x-request-id"] == json.loads(answer.text)["request_id"] == "abcdefgh"
