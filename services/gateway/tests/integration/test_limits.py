"""How often a caller may ask, with Redis and without."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import httpx
import pytest

from platform_testkit.own_valkey import OwnValkey
from platform_testkit.waiting import eventually

from ..conftest import KeysOnly, Service, ready

StartGateway = Callable[..., Awaitable[str]]
SIGN_IN = "/v1/auth/sign-in"
# draft-ietf-httpapi-ratelimit-headers: structured fields, a list of strings with parameters.
POLICY = re.compile(r'"[a-z]+";q=\d+;w=\d+(, "[a-z]+";q=\d+;w=\d+)*')
LIMIT = re.compile(r'"[a-z]+";r=\d+;t=\d+')


@pytest.fixture
async def own_valkey() -> AsyncIterator[OwnValkey]:
    valkey = OwnValkey()
    await valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
async def limited(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service, own_valkey: OwnValkey
) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway with small quotas and a Redis of its own."""
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, channels_url=service.url,
        redis_url=own_valkey.url, limit_read_caller="5/3600", limit_read_tenant="8/3600",
        limit_write_caller="3/3600", limit_sign_in_address="2/3600",
        limit_webhook_webhook="2/3600",
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        await ready(client)
        yield client


def refused(answer: httpx.Response) -> bool:
    """Whether it is a well-formed 429; anything else must be the service's own answer."""
    if answer.status_code == 200:
        return False
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "rate_limited"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers.get_list("retry-after") == [answer.headers["retry-after"]]
    assert LIMIT.fullmatch(answer.headers["ratelimit"])
    return True


async def test_a_caller_has_a_quota_of_each_kind_and_sees_it(
    limited: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    ana = keys_only.bearer()
    answers = [await limited.get("/v1/contacts", headers=ana) for _ in range(7)]
    assert [refused(answer) for answer in answers] == [False] * 5 + [True] * 2
    assert len(service.seen) == 5
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == [
        "r=4", "r=3", "r=2", "r=1", "r=0", "r=0", "r=0",
    ]  # fmt: skip
    for answer in answers:
        assert POLICY.fullmatch(answer.headers["ratelimit-policy"])
        assert answer.headers["ratelimit-policy"] == '"caller";q=5;w=3600, "tenant";q=8;w=3600'
    written = [await limited.post("/v1/contacts", headers=ana) for _ in range(4)]
    assert [refused(answer) for answer in written] == [False] * 3 + [True]
    assert not refused(await limited.get("/v1/contacts", headers=keys_only.bearer()))


async def test_the_people_of_a_tenant_share_its_quota_and_no_other_tenants(
    limited: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    tenant = str(uuid4())
    people = [keys_only.bearer(tid=tenant) for _ in range(3)]
    answers = [
        await limited.get("/v1/contacts", headers=person) for _ in range(4) for person in people
    ]
    assert [refused(answer) for answer in answers].count(False) == 8
    assert answers[-1].headers["ratelimit"].startswith('"tenant";r=0')
    assert not refused(await limited.get("/v1/contacts", headers=keys_only.bearer()))


async def test_a_token_that_is_not_good_counts_against_nobody(
    limited: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    subject = str(uuid4())
    for _ in range(10):
        bad = keys_only.bearer(sub=subject, aud="elsewhere")
        assert (await limited.get("/v1/contacts", headers=bad)).status_code == 401
    assert not refused(await limited.get("/v1/contacts", headers=keys_only.bearer(sub=subject)))


async def test_a_webhook_has_its_own_quota(limited: httpx.AsyncClient) -> None:
    answers = [await limited.post("/webhooks/a", content=b"{}") for _ in range(3)]
    assert [refused(answer) for answer in answers] == [False, False, True]
    assert not refused(await limited.post("/webhooks/b", content=b"{}"))


async def test_signing_in_is_counted_by_address_which_a_header_cannot_change(
    limited: httpx.AsyncClient,
) -> None:
    answers = [
        await limited.post(SIGN_IN, json={}, headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in range(4)
    ]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True, True]


async def test_fifty_at_once_get_no_more_than_the_quota(
    limited: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    ana = keys_only.bearer()
    answers = await asyncio.gather(*(limited.get("/v1/contacts", headers=ana) for _ in range(50)))
    assert [refused(answer) for answer in answers].count(False) == 5


async def test_without_redis_the_api_counts_alone_and_nobody_signs_in(
    limited: httpx.AsyncClient, keys_only: KeysOnly, own_valkey: OwnValkey,
) -> None:  # fmt: skip
    assert not refused(await limited.get("/v1/contacts", headers=keys_only.bearer()))
    own_valkey.kill()
    ana = keys_only.bearer()
    answers = [await limited.get("/v1/contacts", headers=ana) for _ in range(7)]
    assert [refused(answer) for answer in answers] == [False] * 5 + [True] * 2
    assert not refused(await limited.post("/webhooks/a", content=b"{}"))
    signed = await limited.post(SIGN_IN, json={})
    assert (signed.status_code, signed.json()["code"]) == (503, "limits_unavailable")
    assert int(signed.headers["retry-after"]) >= 1
    assert (await limited.get("/health/ready")).status_code == 200
    await own_valkey.start()

    async def signed_in_again() -> bool:
        return (await limited.post(SIGN_IN, json={})).status_code != 503

    await eventually(signed_in_again)
