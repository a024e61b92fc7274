"""The API: lists, filters, pages, one session, closing."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from platform_core.ids import new_id
from platform_testkit import TestTenant


@pytest.fixture
async def five(service: Any, facts: Any, make_facts: Any, long_ago: Any) -> list[dict[str, Any]]:
    """Five sessions of five contacts on two channels, an hour apart, none ended yet."""
    other = make_facts(facts.tenant)
    for number in range(5):
        told = (facts, other)[number % 2]
        told.contact_id = new_id()
        await service.record(told.message(received_at=long_ago(hours=4 - number)))
    return list(reversed(await service.rows(facts.tenant)))


async def test_a_session_tells_its_totals(service: Any, facts: Any, api: Any) -> None:
    first = facts.message()
    asked = first.data.message.occurred_at
    await service.record(
        first, facts.message(from_me=True, occurred_at=asked + timedelta(seconds=42))
    )
    (row,) = await service.rows(facts.tenant)
    answer = await api.get(f"/v1/sessions/{row['id']}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "active"
    assert body["contact_id"] == str(facts.contact_id)
    assert (body["total_messages"], body["inbound_messages"], body["outbound_messages"]) == (
        2,
        1,
        1,
    )
    assert body["first_response_seconds"] == 42
    waits = ("waiting_since", "answers", "longest_wait_seconds", "total_wait_seconds")
    assert [body[name] for name in waits] == [None, 1, 42, 42]
    again = asked + timedelta(seconds=100)
    await service.record(facts.message(occurred_at=again))
    body = (await api.get(f"/v1/sessions/{row['id']}")).json()
    assert datetime.fromisoformat(body["waiting_since"]) == again
    assert [body[name] for name in waits[1:]] == [1, 42, 42]
    expires = datetime.fromisoformat(body["expires_at"])
    assert expires - datetime.fromisoformat(body["last_activity_at"]) == timedelta(minutes=30)


async def test_the_list_is_newest_first_and_pages(five: list[dict[str, Any]], api: Any) -> None:
    expected = [str(row["id"]) for row in five]
    assert [item["id"] for item in await api.sessions()] == expected
    assert [item["id"] for item in await api.sessions(limit=2)] == expected
    assert [item["id"] for item in await api.sessions(limit=5)] == expected


async def test_filters(service: Any, facts: Any, five: list[dict[str, Any]], api: Any) -> None:
    async def found(**query: object) -> list[int]:
        ids = [item["id"] for item in await api.sessions(limit=2, **query)]
        return [[str(row["id"]) for row in five].index(identifier) for identifier in ids]

    assert await found(channel_id=five[0]["channel_id"]) == [0, 2, 4]
    assert await found(contact_id=five[3]["contact_id"]) == [3]
    assert await found(started_after=five[2]["started_at"].isoformat()) == [0, 1, 2]
    assert await found(started_before=five[2]["started_at"].isoformat()) == [3, 4]
    assert await found(
        started_after=five[3]["started_at"].isoformat(),
        started_before=five[1]["started_at"].isoformat(),
    ) == [2, 3]
    await api.post(f"/v1/sessions/{five[2]['id']}/close", {})
    assert await found(status="ended") == [2]
    assert await found(status="active") == [0, 1, 3, 4]
    assert await found(status="active", channel_id=five[0]["channel_id"]) == [0, 4]
    assert await found(contact_id=new_id()) == []


async def test_the_list_of_a_contact_has_those_of_the_whole_person(
    service: Any, facts: Any, api: Any
) -> None:
    ana, lid = facts.contact_id, new_id()
    await service.record(facts.message(node=lid))
    await service.people(facts.merged(lid, ana))
    await service.record(facts.message(node=ana, channel_id=new_id()))
    both = {str(row["id"]) for row in await service.rows(facts.tenant)}
    for node in (ana, lid):
        assert {item["id"] for item in await api.sessions(contact_id=node)} == both
    await service.people(facts.unmerged(lid, ana, sequence=2))
    assert len(await api.sessions(contact_id=ana)) == 1


async def test_closing_ends_it_once_and_says_so(service: Any, facts: Any, api: Any) -> None:
    await service.record(facts.message())
    (row,) = await service.rows(facts.tenant)
    path = f"/v1/sessions/{row['id']}/close"
    answer = await api.post(path, {"reason": "contact_request"})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["end_reason"]) == ("ended", "contact_request")
    assert answer.json()["expires_at"] is None
    again = await api.post(path, {})
    assert again.status_code == 409
    assert again.json()["code"] == "session_not_active"
    ((envelope, ended),) = await service.said(facts.tenant, "session.ended")
    assert (ended.reason, envelope.sequence) == ("contact_request", 3)
    # what comes after begins anew
    await service.record(facts.message())
    assert [r["status"] for r in await service.rows(facts.tenant)] == ["ended", "active"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": 201}, "page_size_too_large"),
        ({"limit": 0}, "validation_failed"),
        ({"cursor": "bm90IG91cnM"}, "invalid_cursor"),
        ({"status": "asleep"}, "validation_failed"),
        ({"contact_id": "nobody"}, "validation_failed"),
        ({"started_after": "2026-03-01T12:00:00"}, "validation_failed"),
        ({"started_after": "yesterday"}, "validation_failed"),
        ({"colour": "red"}, "unknown_parameter"),
    ],
)
async def test_a_bad_question_is_refused(api: Any, query: dict[str, object], code: str) -> None:
    answer = await api.get("/v1/sessions", **query)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"] == code
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "body", [{"reason": "boredom"}, {"reason": "merged"}, {"why": "x"}, [], "x", None]
)
async def test_a_bad_close_is_refused(service: Any, facts: Any, api: Any, body: object) -> None:
    await service.record(facts.message())
    (row,) = await service.rows(facts.tenant)
    answer = await api.post(f"/v1/sessions/{row['id']}/close", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == ("body_missing" if body is None else "validation_failed")
    assert (await service.rows(facts.tenant))[0]["status"] == "active"


async def test_a_cursor_of_another_question_is_refused(
    five: list[dict[str, Any]], api: Any
) -> None:
    page = (await api.get("/v1/sessions", limit=1)).json()
    answer = await api.get("/v1/sessions", limit=1, status="active", cursor=page["next_cursor"])
    assert answer.json()["code"] == "invalid_cursor"


async def test_no_route_shows_or_changes_what_is_anothers(
    service: Any, facts: Any, api_of: Any, tenant: TestTenant, make_facts: Any
) -> None:
    """Two tenants, and two projects of one tenant, over every route."""
    await service.record(facts.message())
    (row,) = await service.rows(tenant)
    sibling = TestTenant(tenant_id=tenant.tenant_id, project_id=new_id())
    stranger = make_facts().tenant
    for caller in (sibling, stranger):
        theirs = api_of(caller)
        for query in (
            {},
            {"contact_id": facts.contact_id},
            {"channel_id": facts.channel_id},
            {"status": "active"},
        ):
            assert await theirs.sessions(**query) == []
        for answer in (
            await theirs.get(f"/v1/sessions/{row['id']}"),
            await theirs.post(f"/v1/sessions/{row['id']}/close", {}),
        ):
            assert answer.status_code == 404
            assert answer.json()["code"] == "session_not_found"
    assert len(await api_of(tenant).sessions()) == 1
