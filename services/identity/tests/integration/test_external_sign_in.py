"""Sign in at a real provider: the whole way, and every way that it must not go."""

import asyncio
import hashlib
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest

from platform_core.ids import new_id
from platform_devstack.provision import ServiceDatabase
from platform_postgres import Database
from ventros_identity.domain import guessing as rules

from ..conftest import PASSWORD, Tenant
from ..provider import SECRET, Provider, begin, come, finish, register, running

HOME = "http://localhost:8080/sign-in/external"
ADMIN = {"email": "ana@ana.example", "email_verified": True, "name": "Ana"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def refused_with(answer: httpx.Response, tenant: Tenant, reason: str) -> None:
    assert code_of(answer) == (401, "external_sign_in_refused"), answer.text
    assert reason in answer.json()["detail"]
    params = {"action": "external_identity.refused"}
    log = (await tenant.call("GET", "/v1/audit-log", params=params)).json()["items"]
    assert log[0]["after"]["reason"] == reason


async def test_the_whole_way(ana: Tenant, provider: Provider, outbox: Callable[[Any], Any]) -> None:
    provider.knows("s-1", **ADMIN)
    provider_id = await register(ana, provider)
    begun = await begin(ana, provider_id)
    url = urlsplit(begun["authorization_url"])
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}" == provider.issuer
    assert (asked["redirect_uri"], asked["client_id"], begun["expires_in"]) == (
        HOME, "our client", 600,
    )  # fmt: skip
    back = await asyncio.to_thread(provider.visit, begun["authorization_url"], "s-1")
    assert back["state"] == asked["state"]
    answer = await finish(ana, begun["flow"], back)
    assert answer.status_code == 200, answer.text
    signed_in = answer.json()
    assert (signed_in["tenant_id"], signed_in["user_id"], signed_in["role"]) == (
        str(ana.id), str(ana.seeded.user_id), "admin",
    )  # fmt: skip
    refreshed = {"refresh_token": signed_in["refresh_token"]}
    assert (await ana.call("POST", "/v1/auth/refresh", json=refreshed)).status_code == 200
    # PKCE: what the token request proves is what the browser's request promised.
    form = provider.forms[-1]
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (asked["code_challenge_method"], form["redirect_uri"]) == ("S256", HOME)
    scheme, _, credentials = provider.authorizations[-1].partition(" ")
    assert (scheme, b64decode(credentials).decode()) == (
        "Basic", "our%20client:a%2Fsecret%20with%3A%20signs",
    )  # fmt: skip
    types = [event["type"] for event in await outbox(ana.id)]
    assert types[-2:] == ["identity_provider.created.v1", "external_identity.linked.v1"]
    log = (await ana.call("GET", "/v1/audit-log")).json()["items"]
    assert {item["action"] for item in log} == {
        "identity_provider.created", "external_identity.linked", "external_identity.passed",
        "sign_in.started",
    }  # fmt: skip


async def test_who_somebody_is_stays_when_their_address_changes(
    ana: Tenant, provider: Provider
) -> None:
    provider.knows("s-1", **ADMIN)
    provider_id = await register(ana, provider)
    assert (await come(ana, provider, provider_id, "s-1")).status_code == 200
    provider.knows("s-1", email="new@elsewhere.example", email_verified=False)
    again = await come(ana, provider, provider_id, "s-1")
    assert again.json()["user_id"] == str(ana.seeded.user_id)
    # And the old address, given to somebody else there, does not open the account.
    provider.knows("s-2", **ADMIN)
    other = await come(ana, provider, provider_id, "s-2")
    assert code_of(other) == (403, "external_identity_unknown")


async def test_two_tenants_with_the_same_provider_and_the_same_person(
    ana: Tenant, rui: Tenant, provider: Provider
) -> None:
    provider.knows("s-1", email="both@x.example", email_verified=True)
    users = {}
    for tenant in (ana, rui):
        body = {"email": "both@x.example", "name": "B", "password": PASSWORD, "role": "manager"}
        users[tenant] = (await tenant.call("POST", "/v1/users", json=body)).json()["id"]
    ids = {tenant: await register(tenant, provider) for tenant in (ana, rui)}
    for tenant in (ana, rui):
        signed_in = (await come(tenant, provider, ids[tenant], "s-1")).json()
        assert (signed_in["tenant_id"], signed_in["user_id"]) == (str(tenant.id), users[tenant])


async def test_nobody_comes_in_by_a_provider_of_another_tenant(
    ana: Tenant, rui: Tenant, provider: Provider
) -> None:
    provider.knows("s-1", email="rui@rui.example", email_verified=True)
    provider_id = await register(ana, provider)
    answer = await come(rui, provider, provider_id, "s-1")
    assert code_of(answer) == (403, "external_identity_unknown")


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ana@ana.example", "email_verified": False},
        {"email": "ana@ana.example"},
        {"email": "ana@ana.example", "email_verified": "true"},
        {"email": "nobody@ana.example", "email_verified": True},
        {"email": "ana@ana.example@", "email_verified": True},
        {"email_verified": True},
        {},
    ],
)
async def test_an_address_that_proves_nothing_lets_nobody_in(
    ana: Tenant, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.knows("s-1", **claims)
    answer = await come(ana, provider, await register(ana, provider), "s-1")
    assert code_of(answer) == (403, "external_identity_unknown")


async def test_new_users_come_in_as_the_provider_s_row_says(
    ana: Tenant, provider: Provider, outbox: Callable[[Any], Any]
) -> None:
    new = {"role": "user", "project_id": str(ana.project_id), "project_role": "agent"}
    provider_id = await register(ana, provider, email_domains=["Ana.example"], new_users=new)
    provider.knows("s-1", email="Bia@ANA.example", email_verified=True, name=" Bia\n Reis ")
    answers = await asyncio.gather(*(come(ana, provider, provider_id, "s-1") for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3, answers[0].text
    assert len({answer.json()["user_id"] for answer in answers}) == 1
    signed_in = answers[0].json()
    assert (signed_in["role"], signed_in["project_role"]) == ("user", "agent")
    made = (await ana.call("GET", f"/v1/users/{signed_in['user_id']}")).json()
    assert (made["email"], made["name"]) == ("bia@ana.example", "Bia Reis")
    types = [event["type"] for event in await outbox(ana.id)]
    assert types[-3:] == [
        "user.created.v1", "project_member.invited.v1", "external_identity.linked.v1",
    ]  # fmt: skip
    for address in ("eva@other.example", "eva@sub.ana.example"):
        provider.knows("s-2", email=address, email_verified=True)
        refused = await come(ana, provider, provider_id, "s-2")
        assert code_of(refused) == (403, "external_identity_unknown")


async def test_an_address_comes_from_userinfo_when_the_id_token_has_none(
    ana: Tenant, provider: Provider
) -> None:
    provider.knows("s-1", **ADMIN)
    provider.claims = {"email": None, "email_verified": None}
    provider_id = await register(ana, provider)
    for _ in range(2):
        assert (await come(ana, provider, provider_id, "s-1")).status_code == 200
    assert provider.userinfo == 1


async def test_a_disabled_user_and_a_disabled_provider_let_nobody_in(
    ana: Tenant, provider: Provider
) -> None:
    body = {"email": "bia@x.example", "name": "B", "password": PASSWORD, "role": "manager"}
    user_id = (await ana.call("POST", "/v1/users", json=body)).json()["id"]
    provider.knows("s-1", email="bia@x.example", email_verified=True)
    provider_id = await register(ana, provider)
    assert (await come(ana, provider, provider_id, "s-1")).status_code == 200
    await ana.call("POST", f"/v1/users/{user_id}/disable")
    answer = await come(ana, provider, provider_id, "s-1")
    assert code_of(answer) == (403, "external_identity_unknown")
    begun = await begin(ana, provider_id)
    back = await asyncio.to_thread(provider.visit, begun["authorization_url"], "s-1")
    path = f"/v1/identity-providers/{provider_id}"
    assert (await ana.call("PATCH", path, json={"enabled": False})).status_code == 200
    late = await finish(ana, begun["flow"], back)
    assert code_of(late) == (404, "identity_provider_not_found")
    for unknown in (provider_id, str(uuid4())):
        answer = await ana.call("POST", "/v1/auth/external", json={"provider_id": unknown})
        assert code_of(answer) == (404, "identity_provider_not_found")


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "another"}, "id_token_nonce"),
        ({"nonce": None}, "id_token_nonce"),
        ({"aud": "another client"}, "id_token_aud"),
        ({"aud": ["our client", "another"]}, "id_token_azp"),
        ({"aud": ["our client", "another"], "azp": "another"}, "id_token_azp"),
        ({"iss": "https://another.example"}, "id_token_iss"),
        ({"exp": NOW - 3600}, "id_token_exp"),
        ({"iat": NOW + 3600}, "id_token_iat"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "id_token_at_hash"),
        ({"sub": ""}, "id_token_sub"),
        ({"sub": None}, "id_token_sub"),
    ],
)
async def test_an_id_token_that_does_not_hold_lets_nobody_in(
    ana: Tenant, provider: Provider, claims: dict[str, Any], reason: str
) -> None:
    provider.knows("s-1", **ADMIN)
    provider.claims = claims
    answer = await come(ana, provider, await register(ana, provider), "s-1")
    await refused_with(answer, ana, reason)


@pytest.mark.parametrize("way", ["unsigned", "with_public_key_as_secret"])
async def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    ana: Tenant, provider: Provider, way: str
) -> None:
    provider.knows("s-1", **ADMIN)
    provider.sign = getattr(provider, way)
    answer = await come(ana, provider, await register(ana, provider), "s-1")
    await refused_with(answer, ana, "id_token_signature")


@pytest.mark.parametrize("kid", ["two", "one"])
async def test_newer_keys_are_fetched_and_a_strange_key_is_not_taken(
    ana: Tenant, provider: Provider, kid: str
) -> None:
    provider.knows("s-1", **ADMIN)
    provider_id = await register(ana, provider)
    assert (await come(ana, provider, provider_id, "s-1")).status_code == 200
    provider.rotate(kid)
    assert (await come(ana, provider, provider_id, "s-1")).status_code == 200
    published = provider.published
    provider.rotate(kid)
    provider.published = published
    answer = await come(ana, provider, provider_id, "s-1")
    await refused_with(answer, ana, "id_token_signature")


async def test_a_flow_is_good_once_and_in_its_own_browser(ana: Tenant, provider: Provider) -> None:
    provider.knows("s-1", **ADMIN)
    provider_id = await register(ana, provider)
    mine, theirs = await begin(ana, provider_id), await begin(ana, provider_id)
    back = await asyncio.to_thread(provider.visit, theirs["authorization_url"], "s-1")
    # Somebody was lured to open what another browser has brought back.
    lured = await finish(ana, mine["flow"], back)
    assert code_of(lured) == (401, "external_flow_invalid")
    assert provider.forms == []
    both = await asyncio.gather(*(finish(ana, theirs["flow"], back) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 401]
    for flow in (theirs["flow"], mine["flow"], theirs["flow"][:-4] + "AAA=", "vf_x", "x"):
        assert code_of(await finish(ana, flow, back)) == (401, "external_flow_invalid")


async def test_a_flow_that_took_too_long_is_over_and_goes_with_the_next(
    ana: Tenant, provider: Provider, db: Database, database: ServiceDatabase
) -> None:
    provider.knows("s-1", **ADMIN)
    provider_id = await register(ana, provider)
    begun = [await begin(ana, provider_id) for _ in range(2)]
    back = await asyncio.to_thread(provider.visit, begun[0]["authorization_url"], "s-1")
    age = "UPDATE external_flow SET expires_at = now() - interval '1 second'"
    await _owner_does(database, age)
    assert code_of(await finish(ana, begun[0]["flow"], back)) == (401, "external_flow_invalid")
    await begin(ana, provider_id)
    async with db.tenant(ana.id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM external_flow") == 1


async def test_a_provider_s_refusal_is_told_in_words_of_the_protocol(
    ana: Tenant, provider: Provider
) -> None:
    provider_id = await register(ana, provider)
    for error, reason in (("access_denied", "access_denied"), ("<b>you</b>", "other")):
        begun = await begin(ana, provider_id)
        state = parse_qs(urlsplit(begun["authorization_url"]).query)["state"][0]
        answer = await finish(ana, begun["flow"], {"state": state, "error": error})
        await refused_with(answer, ana, reason)
    begun = await begin(ana, provider_id)
    state = parse_qs(urlsplit(begun["authorization_url"]).query)["state"][0]
    answer = await finish(ana, begun["flow"], {"state": state, "code": "never-given"})
    await refused_with(answer, ana, "invalid_grant")


@pytest.mark.parametrize(("iss", "status"), [(None, 401), ("other", 401), ("own", 200)])
async def test_a_provider_that_names_itself_has_to(
    ana: Tenant, provider: Provider, iss: str | None, status: int
) -> None:
    """RFC 9207: an answer of another provider is not taken for this one's."""
    provider.tell = {"authorization_response_iss_parameter_supported": True}
    provider.knows("s-1", **ADMIN)
    provider_id = await register(ana, provider)
    begun = await begin(ana, provider_id)
    back = await asyncio.to_thread(provider.visit, begun["authorization_url"], "s-1")
    if iss is not None:
        back["iss"] = provider.issuer if iss == "own" else "https://another.example"
    assert (await finish(ana, begun["flow"], back)).status_code == status


async def test_a_provider_that_went_away_is_said_to_be(ana: Tenant) -> None:
    with running() as provider:
        provider.knows("s-1", **ADMIN)
        provider_id = await register(ana, provider)
        begun = await begin(ana, provider_id)
        back = await asyncio.to_thread(provider.visit, begun["authorization_url"], "s-1")
    answer = await finish(ana, begun["flow"], back)
    assert code_of(answer) == (503, "identity_provider_unavailable")
    assert "retry-after" in answer.headers


async def test_where_to_come_back_to_is_what_the_row_lists(ana: Tenant, provider: Provider) -> None:
    listed = ["https://app.ana.example/in", "https://other.ana.example/in"]
    provider_id = await register(ana, provider, redirect_uris=listed)
    for wanted, given in ((None, listed[0]), (listed[1], listed[1])):
        fields = {} if wanted is None else {"redirect_uri": wanted}
        begun = await begin(ana, provider_id, **fields)
        query = parse_qs(urlsplit(begun["authorization_url"]).query)
        assert query["redirect_uri"] == [given]
    for wrong in (HOME, listed[0] + "/x", listed[0] + "?a=b", "https://evil.example/in"):
        body = {"provider_id": provider_id, "redirect_uri": wrong}
        answer = await ana.call("POST", "/v1/auth/external", json=body)
        assert code_of(answer) == (422, "redirect_uri_unknown")


async def test_providers_are_found_by_the_domain_alone(
    ana: Tenant, rui: Tenant, provider: Provider
) -> None:
    domain = f"{new_id().hex}.example"
    first = await register(ana, provider, email_domains=[domain])
    second = await register(rui, provider, name="Rui's", email_domains=[domain.upper()])
    off = await register(rui, provider, email_domains=[domain], enabled=False)
    answers = []
    for name in ("ana", "nobody", "Ana"):
        params = {"email": f"{name}@{domain}"}
        answers.append(await ana.call("GET", "/v1/auth/external/providers", params=params))
    found = answers[0].json()["providers"]
    assert found == [{"id": first, "name": "Ana's own"}, {"id": second, "name": "Rui's"}]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert off not in answers[0].text
    for email in ("ana", "", f"ana@sub.{domain}", "@", f"ana@{domain}x"):
        params = {"email": email}
        answer = await ana.call("GET", "/v1/auth/external/providers", params=params)
        assert answer.json() == {"providers": []}


async def test_attempts_of_one_address_are_counted(
    ana: Tenant, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider_id = await register(ana, provider)
    headers = {"X-Forwarded-For": "198.51.100.77"}
    few = rules.Limit(
        name="external", free=3, window=rules.EXTERNAL.window, pause=rules.EXTERNAL.pause,
        longest=rules.EXTERNAL.longest,
    )  # fmt: skip
    monkeypatch.setattr("ventros_identity.http.external_sign_in.EXTERNAL", few)
    statuses = []
    for _ in range(2):
        body: dict[str, Any] = {"provider_id": provider_id}
        for path, sent in (("", body), ("/finish", {"flow": "x", "state": "x"})):
            answer = await ana.call("POST", f"/v1/auth/external{path}", json=sent, headers=headers)
            statuses.append(answer.status_code)
    answer = await ana.call(
        "GET", "/v1/auth/external/providers", params={"email": "a@b.c"}, headers=headers
    )
    assert [*statuses, answer.status_code] == [200, 401, 200, 401, 429]


async def test_one_s_external_identities_are_seen_and_unlinked(
    ana: Tenant, rui: Tenant, provider: Provider, outbox: Callable[[Any], Any]
) -> None:
    provider.knows("s-1", **ADMIN)
    provider_id = await register(ana, provider)
    await come(ana, provider, provider_id, "s-1")
    mine = (await ana.call("GET", "/v1/me/external-identities")).json()["items"]
    assert [
        (one["identity_provider_id"], one["identity_provider_name"], one["email"]) for one in mine
    ] == [(provider_id, "Ana's own", "ana@ana.example")]
    path = f"/v1/me/external-identities/{mine[0]['id']}"
    assert code_of(await rui.call("DELETE", path)) == (404, "external_identity_not_found")
    assert (await ana.call("DELETE", path)).status_code == 204
    assert code_of(await ana.call("DELETE", path)) == (404, "external_identity_not_found")
    assert (await ana.call("GET", "/v1/me/external-identities")).json()["items"] == []
    types = [event["type"] for event in await outbox(ana.id)]
    assert types[-2:] == ["external_identity.unlinked.v1", "access.revoked.v1"]
    provider.knows("s-2", **ADMIN)
    assert (await come(ana, provider, provider_id, "s-2")).status_code == 200


async def test_nothing_secret_is_kept_in_the_clear(
    ana: Tenant, provider: Provider, db: Database
) -> None:
    provider_id = await register(ana, provider)
    begun = await begin(ana, provider_id)
    query = parse_qs(urlsplit(begun["authorization_url"]).query)
    canaries = [SECRET, begun["flow"], query["state"][0], query["nonce"][0]]
    async with db.tenant(ana.id) as tx:
        tables = ("identity_provider", "external_flow", "audit_entry", "outbox")
        stored = b""
        for table in tables:
            for row in await tx.fetch(f"SELECT * FROM {table}"):
                stored += b"\n".join(
                    one if isinstance(one, bytes) else str(one).encode() for one in row.values()
                )
    assert not [canary for canary in canaries if canary.encode() in stored]


async def _owner_does(database: ServiceDatabase, statement: str) -> None:
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("ALTER TABLE external_flow NO FORCE ROW LEVEL SECURITY")
        await owner.execute(statement)
        await owner.execute("ALTER TABLE external_flow FORCE ROW LEVEL SECURITY")
    finally:
        await owner.close()
