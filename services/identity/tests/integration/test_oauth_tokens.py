"""Tokens for applications, asked for by an unmodified client, and every way to be refused."""

import secrets
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platform_auth.access import AccessClaims, verify_access_token
from platform_auth.keys import thumbprint
from platform_auth.routes import ROUTES
from platform_postgres import Database
from ventros_identity.commands import secret_tokens
from ventros_identity.commands.sign_in import mark_of
from ventros_identity.commands.tokens import CODE_PREFIX
from ventros_identity.store import authorization_codes, users

from ..conftest import ISSUER, PASSWORD, Tenant
from .test_applications import registered

TOKEN = "/oauth/token"
AT_HOME = "http://127.0.0.1:8123/back"
VERIFIER = secrets.token_urlsafe(48)


def client_of(tenant: Tenant, client_id: str, secret: str | None, method: str) -> Any:
    transport = httpx.ASGITransport(app=tenant.app, raise_app_exceptions=False)
    return AsyncOAuth2Client(
        client_id,
        secret,
        token_endpoint_auth_method=method,
        transport=transport,
        base_url="http://identity",
        code_challenge_method="S256",
    )


async def send(
    tenant: Tenant, form: dict[str, Any] | bytes, path: str = TOKEN, **options: Any
) -> httpx.Response:
    transport = httpx.ASGITransport(app=tenant.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        if isinstance(form, bytes):
            return await client.post(path, content=form, **options)
        return await client.post(path, data=form, **options)


async def code_for(db: Database, tenant: Tenant, application_id: str, **change: Any) -> str:
    """A code as consent makes it."""
    token = secret_tokens.make(CODE_PREFIX, tenant.id)
    async with db.tenant(tenant.id) as tx:
        password_hash = await users.lock_hash(tx, tenant.id, tenant.seeded.user_id)
        assert password_hash is not None
        values = {
            "redirect_uri": AT_HOME,
            "code_challenge": create_s256_code_challenge(VERIFIER),
            "user_id": tenant.seeded.user_id,
            "project_id": tenant.project_id,
            "scopes": ["contact:list", "contact:read"],
            "password_mark": mark_of(password_hash),
            **change,
        }
        await authorization_codes.insert(
            tx, tenant.id, token.hash, application_id=UUID(application_id), **values
        )
    return token.text


async def public(tenant: Tenant) -> str:
    made = await registered(tenant, kind="public", redirect_uris=[AT_HOME])
    application_id: str = made["application"]["id"]
    return application_id


def by_code(client_id: str, code: str, **change: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": AT_HOME,
        "code_verifier": VERIFIER,
        **change,
    }


def claims_of(token: str, signing_keys: list[Any]) -> AccessClaims:
    keys = {thumbprint(key.public_key()): key.public_key() for key in signing_keys}
    return verify_access_token(token, keys=keys, issuer=ISSUER)


def said(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_an_application_acts_for_itself(
    ana: Tenant, signing_keys: list[Any], method: str
) -> None:
    made = await registered(ana, project_id=str(ana.project_id))
    client_id = made["application"]["id"]
    async with client_of(ana, client_id, made["client_secret"], method) as client:
        token = await client.fetch_token(TOKEN, grant_type="client_credentials")
        less = await client.fetch_token(
            TOKEN, grant_type="client_credentials", scope="contact:read"
        )
    assert "refresh_token" not in token
    assert (token["scope"], less["scope"]) == ("contact:list contact:read", "contact:read")
    claims = claims_of(less["access_token"], signing_keys)
    assert (claims.kind, claims.role, str(claims.sub)) == ("application", None, client_id)
    assert (claims.client_id, claims.scope, claims.sid) == (claims.sub, "contact:read", None)
    assert (claims.tid, claims.pid) == (ana.id, ana.project_id)


async def test_both_secrets_are_good_until_one_is_deleted(ana: Tenant) -> None:
    made = await registered(ana, project_id=str(ana.project_id))
    client_id = made["application"]["id"]
    path = f"/v1/applications/{client_id}/secrets"
    once = {"Idempotency-Key": str(uuid4())}
    following = (await ana.call("POST", path, headers=once)).json()
    form = {"grant_type": "client_credentials", "client_id": client_id}
    old = form | {"client_secret": made["client_secret"]}
    new = form | {"client_secret": following["client_secret"]}
    assert [(await send(ana, one)).status_code for one in (old, new)] == [200, 200]
    used = (await ana.call("GET", path)).json()["items"]
    assert all(one["last_used_at"] for one in used)
    await ana.call("DELETE", f"{path}/{made['secret']['id']}")
    assert said(await send(ana, old)) == (401, "invalid_client")
    assert (await send(ana, new)).status_code == 200


async def test_a_person_s_consent_becomes_tokens_that_go_on(
    ana: Tenant, db: Database, signing_keys: list[Any]
) -> None:
    client_id = await public(ana)
    code = await code_for(db, ana, client_id)
    async with client_of(ana, client_id, None, "none") as client:
        token = await client.fetch_token(
            TOKEN, code=code, code_verifier=VERIFIER, redirect_uri=AT_HOME
        )
        following = await client.refresh_token(TOKEN, refresh_token=token["refresh_token"])
    claims = claims_of(following["access_token"], signing_keys)
    assert (claims.kind, claims.sub) == ("user", ana.seeded.user_id)
    assert (str(claims.client_id), claims.scope) == (client_id, "contact:list contact:read")
    assert claims.sid is not None
    assert following["refresh_token"] != token["refresh_token"]


async def test_a_code_that_comes_again_ends_what_it_gave(ana: Tenant, db: Database) -> None:
    client_id = await public(ana)
    form = by_code(client_id, await code_for(db, ana, client_id))
    given = (await send(ana, form)).json()
    assert said(await send(ana, form)) == (400, "invalid_grant")
    refresh = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "refresh_token": given["refresh_token"],
    }
    assert said(await send(ana, refresh)) == (400, "invalid_grant")
    log = (await ana.call("GET", "/v1/audit-log?action=sign_in.ended")).json()["items"]
    assert [one["after"]["reason"] for one in log] == ["code_reused"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        # As if the challenge had been plain.
        ({"code_verifier": create_s256_code_challenge(VERIFIER)}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8124/back"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"code": "vc_nothing"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ventros:client"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"client_id": str(uuid4())}, "invalid_client"),
        ({"client_id": "x"}, "invalid_client"),
        ({"client_secret": "vs_live_x"}, "invalid_client"),
    ],
)
async def test_every_refusal_of_a_code(
    ana: Tenant, db: Database, change: dict[str, str], error: str
) -> None:
    client_id = await public(ana)
    form = by_code(client_id, await code_for(db, ana, client_id))
    answer = await send(ana, form | change)
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400), answer.text
    # Nothing was used up.
    assert (await send(ana, form)).status_code == 200


async def test_a_code_is_no_other_client_s_nor_another_company_s(
    ana: Tenant, rui: Tenant, db: Database
) -> None:
    code = await code_for(db, ana, await public(ana))
    for tenant in (ana, rui):
        stranger = by_code(await public(tenant), code)
        assert said(await send(tenant, stranger)) == (400, "invalid_grant")


async def test_a_code_is_over_with_its_minute_and_with_the_password(
    ana: Tenant, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = await public(ana)
    other = await code_for(db, ana, client_id, password_mark="of another password")
    assert said(await send(ana, by_code(client_id, other))) == (400, "invalid_grant")
    monkeypatch.setattr(authorization_codes, "CODE_LIFE", -authorization_codes.CODE_LIFE)
    late = await code_for(db, ana, client_id)
    assert said(await send(ana, by_code(client_id, late))) == (400, "invalid_grant")


async def test_refresh_tokens_are_for_whom_they_were_given(ana: Tenant, db: Database) -> None:
    client_id = await public(ana)
    given = (await send(ana, by_code(client_id, await code_for(db, ana, client_id)))).json()
    own = (await ana.sign_in())["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": client_id}
    theirs = form | {"refresh_token": given["refresh_token"]}
    assert said(await send(ana, form | {"refresh_token": own})) == (400, "invalid_grant")
    stranger = theirs | {"client_id": await public(ana)}
    assert said(await send(ana, stranger)) == (400, "invalid_grant")
    body = {"refresh_token": given["refresh_token"]}
    assert (await ana.call("POST", "/v1/auth/refresh", json=body)).status_code == 401
    assert (await ana.call("POST", "/v1/auth/refresh", json={"refresh_token": own})).is_success
    assert said(await send(ana, theirs | {"scope": "message:create"})) == (400, "invalid_scope")
    # None of these has ended it.
    less = await send(ana, theirs | {"scope": "contact:read"})
    assert less.json()["scope"] == "contact:read"
    again = form | {"refresh_token": less.json()["refresh_token"]}
    assert (await send(ana, again)).json()["scope"] == "contact:list contact:read"


@pytest.mark.parametrize("how", ["disable", "delete", "password", "everywhere"])
async def test_what_ends_an_application_or_its_person_ends_its_sign_in(
    ana: Tenant, db: Database, how: str
) -> None:
    client_id = await public(ana)
    given = (await send(ana, by_code(client_id, await code_for(db, ana, client_id)))).json()
    path = f"/v1/applications/{client_id}"
    if how == "disable":
        assert (await ana.call("POST", f"{path}/disable")).is_success
        assert (await ana.call("POST", f"{path}/enable")).is_success
    elif how == "delete":
        assert (await ana.call("DELETE", path)).is_success
    elif how == "password":
        await ana.sign_in()
        body = {"old_password": PASSWORD, "new_password": "another long password"}
        assert (await ana.call("POST", "/v1/me/password", json=body)).is_success
    else:
        assert (await ana.call("POST", "/v1/auth/sign-out-everywhere")).is_success
    form = {"grant_type": "refresh_token", "client_id": client_id}
    answer = await send(ana, form | {"refresh_token": given["refresh_token"]})
    expected = (401, "invalid_client") if how == "delete" else (400, "invalid_grant")
    assert said(answer) == expected


async def test_a_client_gives_its_token_back_and_nobody_else_s(ana: Tenant, db: Database) -> None:
    client_id = await public(ana)
    given = (await send(ana, by_code(client_id, await code_for(db, ana, client_id)))).json()
    form = {"grant_type": "refresh_token", "client_id": client_id}
    theirs = {"token": given["refresh_token"]}
    stranger = theirs | {"client_id": await public(ana)}
    assert (await send(ana, stranger, "/oauth/revoke")).status_code == 200
    nobody = theirs | {"client_id": str(uuid4())}
    assert said(await send(ana, nobody, "/oauth/revoke")) == (401, "invalid_client")
    assert said(await send(ana, {"client_id": client_id}, "/oauth/revoke")) == (
        400,
        "invalid_request",
    )
    following = (await send(ana, form | {"refresh_token": given["refresh_token"]})).json()
    async with client_of(ana, client_id, None, "none") as client:
        answer = await client.revoke_token("/oauth/revoke", following["refresh_token"])
    assert answer.status_code == 200, answer.text
    again = form | {"refresh_token": following["refresh_token"]}
    assert said(await send(ana, again)) == (400, "invalid_grant")


async def test_secrets_are_not_guessed_for_long(ana: Tenant) -> None:
    made = await registered(ana, project_id=str(ana.project_id))
    form = {"grant_type": "client_credentials", "client_id": made["application"]["id"]}
    wrong = form | {"client_secret": "vs_live_wrong"}
    for _ in range(61):
        assert (await send(ana, wrong)).status_code == 401
    right = await send(ana, form | {"client_secret": made["client_secret"]})
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"grant_type=client_credentials&grant_type=refresh_token", {}),
        (b"grant_type", {}),
        (b"a=%ff", {}),
        (b"\xff=1", {}),
        (b"{}", {"content-type": "application/json"}),
        (b"client_id=a", {"authorization": "Basic YjpjCg=="}),
        (b"client_secret=c", {"authorization": "Basic YjpjCg=="}),
        (b"&".join(b"a%d=1" % number for number in range(40)), {}),
    ],
)
async def test_what_is_no_request_is_refused_as_such(
    ana: Tenant, body: bytes, headers: dict[str, str]
) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"} | headers
    for path in (TOKEN, "/oauth/revoke"):
        assert said(await send(ana, body, path, headers=headers)) == (400, "invalid_request")


@pytest.mark.parametrize("authorization", ["Bearer x", "Basic !", "Basic /w=="])
async def test_a_client_that_proves_itself_in_no_known_way_is_told_how(
    ana: Tenant, authorization: str
) -> None:
    form = "application/x-www-form-urlencoded"
    headers = {"content-type": form, "authorization": authorization}
    for path in (TOKEN, "/oauth/revoke"):
        answer = await send(ana, b"a=1", path, headers=headers)
        assert said(answer) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")


@given(
    form=st.dictionaries(
        st.sampled_from(
            ["grant_type", "client_id", "client_secret", "code", "refresh_token", "scope", "token"]
        ),
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(
                [
                    "authorization_code",
                    "client_credentials",
                    "refresh_token",
                    "vc_" + "A" * 64,
                    "vr_" + "A" * 64,
                    "00000000-0000-0000-0000-000000000000",
                ]
            ),
        ),
    ),
    basic=st.one_of(st.none(), st.binary(max_size=20)),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_whatever_is_sent_it_is_answered(
    ana: Tenant, form: dict[str, str], basic: bytes | None
) -> None:
    headers = {} if basic is None else {"authorization": b"Basic " + basic}
    for path in (TOKEN, "/oauth/revoke"):
        answer = await send(ana, form, path, headers=headers)
        assert answer.status_code in {400, 401, 429}, answer.text
        assert answer.json()["error"]


async def test_the_documents_say_where_everything_is(ana: Tenant) -> None:
    server = (await ana.call("GET", "/.well-known/oauth-authorization-server")).json()
    assert server["issuer"] == ISSUER
    assert server["token_endpoint"] == f"{ISSUER}{TOKEN}"
    assert server["code_challenge_methods_supported"] == ["S256"]
    page = any(route.path == "/oauth/authorize" for route in ROUTES)
    assert ("authorization_endpoint" in server) is page
    assert server["response_types_supported"] == (["code"] if page else [])
    assert "password" not in server["grant_types_supported"]
    resource = (await ana.call("GET", "/.well-known/oauth-protected-resource")).json()
    assert resource["authorization_servers"] == [ISSUER]
