"""Input that is wrong is told so, clearly, in problem+json."""

import pytest

from ventros_e2e.crowd import somebody

pytestmark = pytest.mark.e2e

NAME_TOO_LONG = "x" * 100_000


async def refused(tenant, method: str, path: str, **request) -> dict:
    headers = {**tenant.api.headers, **request.pop("headers", {})}
    url = tenant.api.url + path
    async with tenant.client.request(method, url, headers=headers, **request) as answer:
        text = await answer.text()
        assert answer.content_type == "application/problem+json", text
        problem = await answer.json()
        assert problem["status"] == answer.status
        assert {"type", "title", "code", "request_id"} <= problem.keys()
        return problem


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"name": 7}, "a wrong type"),
        ({"name": "Ana", "nickname": "x"}, "an unknown field"),
        ({"name": NAME_TOO_LONG}, "a text that is too long"),
        ({"name": "Ana", "phone": "abc"}, "a phone that is none"),
        ([], "no object"),
    ],
)
async def test_a_wrong_body_is_400_and_says_where(tenant, body, what) -> None:
    problem = await refused(tenant, "POST", "/v1/contacts", json=body)
    assert problem["status"] == 400, what
    assert problem.get("errors"), what


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("/v1/contacts?limit=201", "page_size_too_large"),
        ("/v1/contacts?cursor=bm90LW91cnM", None),
        ("/v1/sessions?started_after=2026-01-01T10:00:00", None),
        ("/v1/sessions?status=sleeping", None),
        ("/v1/messages", "missing_filter"),
        ("/v1/messages?session_id=not-an-id", None),
    ],
)
async def test_a_wrong_question_is_400(tenant, query: str, code: str | None) -> None:
    problem = await refused(tenant, "GET", query)
    assert problem["status"] == 400
    assert code is None or problem["code"] == code


async def test_a_body_that_is_too_large_is_413(tenant) -> None:
    body = b'{"name":"' + b"x" * (2 * 1024 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    problem = await refused(tenant, "POST", "/v1/contacts", data=body, headers=headers)
    assert problem["status"] == 413


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"name":"\xff"}', b"{", b""])
async def test_what_is_not_json_in_utf_8_is_400(tenant, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    problem = await refused(tenant, "POST", "/v1/contacts", data=body, headers=headers)
    assert problem["status"] == 400


async def test_without_a_valid_token_it_is_401(tenant) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer x.y.z"}):
        problem = await refused(tenant, "GET", "/v1/contacts", headers=headers)
        assert problem["status"] == 401


async def test_identity_headers_from_outside_change_nothing(make) -> None:
    mine, theirs = await make(), await make(of_its_own=True)
    told = await theirs.provider.write(somebody("Ana"), "oi")
    message = await theirs.inbox.the_message(told.stanza)
    headers = {
        **mine.api.headers,
        "X-Tenant-Id": str(theirs.tenant_id),
        "X-Project-Id": str(theirs.project_id),
        "X-Internal-Token": "anything",
    }
    url = f"{mine.api.url}/v1/contacts/{message.contact_id}"
    async with mine.client.get(url, headers=headers) as answer:
        assert answer.status == 404
