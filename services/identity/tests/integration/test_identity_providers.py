"""Identity providers of a tenant: what is checked when one is added, changed and removed."""

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc.jwk import OctKey

from platform_outbound import SCHEMES, Outbound
from platform_postgres import Database
from ventros_identity.domain.identity_provider import IdentityProviderUnavailable
from ventros_identity.openid.client import Client, OpenIdClient

from ..conftest import Tenant
from ..provider import SECRET, Provider, come, register, running

PATH = "/v1/identity-providers"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


def fields(issuer: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "Own", "issuer": issuer, "client_id": "our client", "client_secret": SECRET, **more,
    }  # fmt: skip


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_provider_is_added_changed_tested_and_removed(
    ana: Tenant, provider: Provider, db: Database, outbox: Callable[[Any], Any]
) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = fields(provider.issuer, email_domains=["B.example", "a.example", "b.example"])
    answers = [await ana.call("POST", PATH, json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    made = answers[0].json()
    assert answers[1].json() == made
    assert made["email_domains"] == ["a.example", "b.example"]
    path = f"{PATH}/{made['id']}"
    assert (await ana.call("GET", path)).json() == made
    assert (await ana.call("GET", PATH)).json()["items"] == [made]
    new = {"role": "manager"}
    change = {"name": "Other", "client_secret": "another", "new_users": new}
    changed = (await ana.call("PATCH", path, json=change)).json()
    assert (changed["name"], changed["version"]) == ("Other", 2)
    assert changed["new_users"] == {"role": "manager", "project_id": None, "project_role": None}
    same = await ana.call("PATCH", path, json={"name": "Other", "new_users": new})
    assert same.json() == changed
    tested = await ana.call("POST", f"{path}/test")
    assert (tested.status_code, tested.json()["keys"]) == (200, 1)
    assert (await ana.call("DELETE", path)).status_code == 204
    assert code_of(await ana.call("GET", path)) == (404, "identity_provider_not_found")
    types = [event["type"] for event in await outbox(ana.id)]
    assert [one for one in types if one.startswith("identity_provider.")] == [
        f"identity_provider.{done}.v1" for done in ("created", "updated", "deleted")
    ]
    log = (await ana.call("GET", "/v1/audit-log")).json()["items"]
    assert [item["action"] for item in reversed(log)] == [
        f"identity_provider.{done}" for done in ("created", "updated", "deleted")
    ]
    assert log[1]["after"]["client_secret_changed"] is True
    answered = "".join(one.text for one in (*answers, same, tested)) + str(log)
    assert SECRET not in answered
    assert '"another"' not in answered


async def test_the_new_secret_is_the_one_that_is_used(ana: Tenant, provider: Provider) -> None:
    provider.tell = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    provider.knows("s-1", email="ana@ana.example", email_verified=True)
    provider_id = await register(ana, provider)
    path = f"{PATH}/{provider_id}"
    assert (await ana.call("PATCH", path, json={"client_secret": "newer"})).is_success
    assert (await come(ana, provider, provider_id, "s-1")).status_code == 200
    form = provider.forms[-1]
    assert (form["client_id"], form["client_secret"]) == ("our client", "newer")
    assert provider.authorizations[-1] == ""
    # With the provider goes what it knew; the person stays.
    assert (await ana.call("DELETE", path)).status_code == 204
    assert (await ana.call("GET", "/v1/me/external-identities")).json()["items"] == []


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://another.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "ftp://x.example/"},
        {"jwks_uri": None},
        {"userinfo_endpoint": "file:///etc/passwd"},
        {"response_types_supported": ["id_token"]},
        {"response_types_supported": None},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"id_token_signing_alg_values_supported": "RS256"},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
)
async def test_a_provider_that_says_the_wrong_things_is_not_added(
    ana: Tenant, provider: Provider, told: dict[str, Any]
) -> None:
    provider.tell = told
    answer = await ana.call("POST", PATH, json=fields(provider.issuer))
    assert code_of(answer) == (422, "identity_provider_unfit"), answer.text
    assert (await ana.call("GET", PATH)).json()["items"] == []


async def test_a_provider_that_does_not_answer_is_not_added(ana: Tenant) -> None:
    with running() as provider:
        away = provider.issuer
        wrong_path = await ana.call("POST", PATH, json=fields(f"{away}/realm"))
    assert code_of(wrong_path) == (422, "identity_provider_unreachable")
    answer = await ana.call("POST", PATH, json=fields(away))
    assert code_of(answer) == (422, "identity_provider_unreachable")


@pytest.mark.parametrize(
    "issuer",
    ["http://10.0.0.1", "http://169.254.169.254/latest", "http://[fd00::1]", "https://2130706433",
     "https://user:x@id.example"],
)  # fmt: skip
async def test_an_inner_address_is_no_provider_s(ana: Tenant, issuer: str) -> None:
    answer = await ana.call("POST", PATH, json=fields(issuer))
    assert code_of(answer) == (422, "identity_provider_unfit")


async def test_an_inner_address_in_the_metadata_is_not_called(
    ana: Tenant, provider: Provider
) -> None:
    provider.tell = {"jwks_uri": "https://169.254.169.254/latest/meta-data"}
    answer = await ana.call("POST", PATH, json=fields(provider.issuer))
    assert code_of(answer) == (422, "identity_provider_unfit")


async def test_a_provider_that_is_slow_is_not_waited_for(provider: Provider) -> None:
    outbound = Outbound(allow=[ip_network("127.0.0.0/8")], timeout=0.3)
    client = OpenIdClient(outbound, schemes=SCHEMES)
    metadata = await client.metadata(provider.issuer)
    provider.awake.clear()
    try:
        for asked in (
            client.metadata(provider.issuer, fresh=True),
            client.exchange(
                metadata, Client(id="x", secret="x"), code="x", verifier="x", redirect_uri="x"
            ),
            client.keys(metadata),
        ):
            with pytest.raises(IdentityProviderUnavailable):
                await asked
    finally:
        provider.awake.set()
        await client.close()


async def test_a_shared_secret_among_the_keys_is_none(ana: Tenant, provider: Provider) -> None:
    provider.published += [OctKey.generate_key(256)]
    provider_id = await register(ana, provider)
    tested = await ana.call("POST", f"{PATH}/{provider_id}/test")
    assert tested.json()["keys"] == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"new_users": {"role": "manager"}}, "email_domains_needed"),
        ({"new_users": {"role": "user"}, "email_domains": ["x.example"]},
         "incomplete_project_role"),
        ({"new_users": {"role": "user", "project_id": str(uuid4())},
          "email_domains": ["x.example"]}, "incomplete_project_role"),
    ],
)  # fmt: skip
async def test_who_may_come_in_has_to_be_said_whole(
    ana: Tenant, provider: Provider, more: dict[str, Any], code: str
) -> None:
    answer = await ana.call("POST", PATH, json=fields(provider.issuer, **more))
    assert code_of(answer) == (422, code)


async def test_new_users_come_to_a_project_of_the_own_tenant(
    ana: Tenant, rui: Tenant, provider: Provider
) -> None:
    for project_id in (str(rui.project_id), str(uuid4())):
        new = {"role": "user", "project_id": project_id, "project_role": "agent"}
        body = fields(provider.issuer, email_domains=["x.example"], new_users=new)
        assert code_of(await ana.call("POST", PATH, json=body)) == (404, "project_not_found")


@pytest.mark.parametrize(
    "more",
    [
        {"new_users": {"role": "admin"}}, {"issuer": "ftp://x.example"}, {"client_secret": ""},
        {"email_domains": ["not a domain"]}, {"email_domains": ["@x.example"]},
        {"redirect_uris": ["javascript:alert(1)"]}, {"client_id": "a\nb"}, {"unknown": 1},
    ],
)  # fmt: skip
async def test_a_request_that_is_not_as_described_is_refused(
    ana: Tenant, more: dict[str, Any]
) -> None:
    answer = await ana.call("POST", PATH, json=fields("https://x.example") | more)
    assert answer.status_code == 400


async def test_the_issuer_stays(ana: Tenant, provider: Provider) -> None:
    provider_id = await register(ana, provider)
    answer = await ana.call("PATCH", f"{PATH}/{provider_id}", json={"issuer": "https://x.example"})
    assert answer.status_code == 400
