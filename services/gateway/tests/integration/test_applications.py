"""Applications at the edge, with the real identity: how they prove themselves through it, and how
what they have is taken back.
"""

import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest

from platform_auth.internal import InternalTokenVerifier
from platform_testkit.waiting import eventually

from ..conftest import INVALID_TOKEN, KeysOnly, Service, ready
from .test_revocation import refused_soon, revoked, tell

StartGateway = Callable[..., Awaitable[str]]
TOKEN, REVOKE = "/oauth/token", "/oauth/revoke"


def basic(client_id: str, secret: str) -> dict[str, str]:
    """RFC 6749, section 2.3.1."""
    pair = f"{quote(client_id)}:{quote(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


class Registered:
    """An application, and the gateway that it talks to."""

    def __init__(
        self, http: httpx.AsyncClient, admin: dict[str, str], made: dict[str, Any], project: str
    ) -> None:
        self.http, self.admin, self.project = http, admin, project
        self.id: str = made["application"]["id"]
        self.secret: str = made["client_secret"]
        self.path = f"/v1/applications/{self.id}"

    async def ask(self, form: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        """Ask for a token, as an application that acts for itself."""
        form = {"grant_type": "client_credentials", **form}
        return await self.http.post(TOKEN, data=form, headers=headers)

    async def token(self) -> dict[str, str]:
        """The Authorization header of a new token."""
        answer = await self.ask({}, basic(self.id, self.secret))
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture
async def application(
    start_gateway: StartGateway, identity: str, service: Service
) -> AsyncIterator[Registered]:
    url = await start_gateway(identity_url=identity, contacts_url=service.url)
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        await ready(http)
        credentials = {"email": "ana@ana.example", "password": "a long password"}
        signed_in = (await http.post("/v1/auth/sign-in", json=credentials)).json()
        admin = {"Authorization": f"Bearer {signed_in['access_token']}"}
        project: str = (await http.get("/v1/projects", headers=admin)).json()["items"][0]["id"]
        wanted = {"name": "Shop", "kind": "confidential", "scopes": ["contact:list"]}
        made = await http.post(
            "/v1/applications",
            json={**wanted, "project_id": project},
            headers={**admin, "Idempotency-Key": str(uuid4())},
        )
        assert made.status_code == 201, made.text
        yield Registered(http, admin, made.json(), project)


@pytest.mark.parametrize("how", ["Basic", "form"])
async def test_it_proves_itself_through_the_gateway_and_is_let_in(
    application: Registered, service: Service, verifier: InternalTokenVerifier, how: str
) -> None:
    form = {"client_id": application.id, "client_secret": application.secret}
    if how == "Basic":
        answer = await application.ask({}, basic(application.id, application.secret))
    else:
        answer = await application.ask(form, {})
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert (given["token_type"], given["scope"]) == ("Bearer", "contact:list")
    assert answer.headers["cache-control"] == "no-store"
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    assert (await application.http.get("/v1/contacts", headers=headers)).status_code == 200
    principal = verifier.verify(service.header("authorization")[0].removeprefix("Bearer "))
    assert (principal.kind, principal.subject) == ("application", UUID(application.id))
    assert principal.permissions == {"contact:list"}
    refused = await application.http.post("/v1/contacts", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert 'error="insufficient_scope", scope="' in refused.headers["www-authenticate"]


@pytest.mark.parametrize("path", [TOKEN, REVOKE])
@pytest.mark.parametrize("how", ["Basic", "form", "nothing", "Bearer"])
async def test_who_does_not_prove_itself_is_refused_in_their_own_format(
    application: Registered, path: str, how: str
) -> None:
    form = {"grant_type": "client_credentials", "token": "ventros"}
    headers = {
        "Basic": basic(application.id, "wrong"),
        # No caller of ours is handed on: the service sees a client without a proof.
        "Bearer": await application.token(),
    }.get(how, {})
    if how == "form":
        form |= {"client_id": application.id, "client_secret": "wrong"}
    answer = await application.http.post(path, data=form, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    # Theirs to say, not the gateway's: how a client proves itself, not how a caller does.
    assert answer.headers.get_list("www-authenticate") == ['Basic realm="ventros"']


async def test_a_token_is_given_back_by_either_proof_and_a_form_alone_is_read(
    application: Registered,
) -> None:
    form = {"client_id": application.id, "client_secret": application.secret, "token": "nobody's"}
    for headers, fields in (
        (basic(application.id, application.secret), {"token": "nobody's"}),
        ({}, form),
    ):
        answer = await application.http.post(REVOKE, data=fields, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {})
        wrong = await application.http.post(REVOKE, json=fields, headers=headers)
        assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_request")


async def test_basic_opens_no_other_route(application: Registered, service: Service) -> None:
    headers = basic(application.id, application.secret)
    answer = await application.http.get("/v1/contacts", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert service.seen == []


@pytest.mark.parametrize("how", ["disabled", "deleted", "other scopes", "another project"])
async def test_what_is_taken_from_it_is_refused_within_a_second(
    application: Registered, how: str
) -> None:
    http, path, admin = application.http, application.path, application.admin
    token = await application.token()
    assert (await http.get("/v1/contacts", headers=token)).status_code == 200
    if how == "disabled":
        answer = await http.post(f"{path}/disable", headers=admin)
    elif how == "deleted":
        answer = await http.delete(path, headers=admin)
    elif how == "other scopes":
        answer = await http.patch(path, json={"scopes": ["contact:read"]}, headers=admin)
    else:
        answer = await http.patch(path, json={"project_id": None}, headers=admin)
    assert answer.status_code in {200, 204}, answer.text
    await refused_soon(http, token, within=1)
    if how in {"disabled", "deleted"}:
        again = await application.ask({}, basic(application.id, application.secret))
        assert again.status_code == 401
    # The person who did it goes on.
    assert (await http.get("/v1/applications", headers=admin)).status_code == 200


async def test_once_it_is_enabled_again_new_tokens_are_good_and_the_old_one_is_not(
    application: Registered,
) -> None:
    http, path = application.http, application.path
    old = await application.token()
    for what in ("disable", "enable"):
        assert (await http.post(f"{path}/{what}", headers=application.admin)).status_code == 200
    await refused_soon(http, old, within=1)

    async def let_in() -> None:
        # Tokens tell their time in whole seconds: one of the same second is refused as well.
        answer = await http.get("/v1/contacts", headers=await application.token())
        assert answer.status_code == 200

    await eventually(let_in, interval=0.2)
    refused = await http.get("/v1/contacts", headers=old)
    assert refused.headers["www-authenticate"] == INVALID_TOKEN


async def test_what_it_has_for_people_goes_with_it_and_their_own_stays(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service, amqp_vhost: str
) -> None:
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, amqp_url=amqp_vhost
    )
    gone, other, ana = str(uuid4()), str(uuid4()), str(uuid4())
    before = int(time.time()) - 5
    for_ana = {"sub": ana, "sid": str(uuid4()), "scope": "contact:list", "iat": before}
    hers = keys_only.bearer(sub=ana, sid=str(uuid4()), iat=before)
    through_gone = keys_only.bearer(**for_ana, client_id=gone)
    through_other = keys_only.bearer(**for_ana, client_id=other)
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        for headers in (hers, through_gone, through_other):
            assert (await http.get("/v1/contacts", headers=headers)).status_code == 200
        await tell(amqp_vhost, "access.revoked.v1", revoked("application", gone))
        await refused_soon(http, through_gone, within=1)
        for headers in (hers, through_other):
            assert (await http.get("/v1/contacts", headers=headers)).status_code == 200
