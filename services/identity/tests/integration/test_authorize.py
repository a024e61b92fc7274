"""A person lets an application in: every refusal before, the consent itself, and its end."""

import asyncio
import re
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from platform_postgres import Database

from ..conftest import ISSUER, Tenant
from .test_applications import CALLBACK, registered
from .test_oauth_tokens import AT_HOME, TOKEN, VERIFIER, by_code, client_of, public, said, send

PAGE = "/oauth/authorize"
API = "/v1/oauth/authorizations"
CHALLENGE = create_s256_code_challenge(VERIFIER)


def request_of(known: str, **change: str | None) -> dict[str, str]:
    fields = {
        "client_id": known,
        "redirect_uri": AT_HOME,
        "response_type": "code",
        "scope": "contact:read",
        "state": "a state/of=theirs&mine",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **change,
    }
    return {name: value for name, value in fields.items() if value is not None}


async def visit(tenant: Tenant, query: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=tenant.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.get(f"{PAGE}?{query}")


async def decide(tenant: Tenant, decision: str, fields: dict[str, Any]) -> httpx.Response:
    return await tenant.call("POST", API, json={"decision": decision, **fields})


async def code_of(tenant: Tenant, client_id: str, **change: str | None) -> str:
    answer = await decide(tenant, "allow", request_of(client_id, **change))
    assert answer.status_code == 200, answer.text
    return told(answer.json()["redirect_to"])["code"]


def told(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


async def test_a_good_request_gets_a_page_that_keeps_to_itself(ana: Tenant) -> None:
    answer = await visit(ana, urlencode(request_of(await public(ana))))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert b"<script>" not in answer.content
    assert b"style=" not in answer.content
    for name in ("authorize.css", "authorize.js"):
        # Beside the page, wherever the API is mounted.
        assert f'"authorize/{name}"' in answer.text
        transport = httpx.ASGITransport(app=ana.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
            assert (await client.get(f"{PAGE}/{name}")).status_code == 200
            assert (await client.get(f"{PAGE}/refused.html")).status_code in {400, 404, 422}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": 'c\x15ß"\\'}, "unsupported_response_type"),
        ({"scope": "contact:destroy"}, "invalid_scope"),
        ({"scope": "contact:read message:create"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
    ],
)
async def test_what_is_wrong_is_told_to_the_application(
    ana: Tenant, change: dict[str, str | None], error: str
) -> None:
    fields = request_of(await public(ana), **change)
    answer = await visit(ana, urlencode(fields))
    assert answer.status_code == 302, answer.text
    address = answer.headers["location"]
    assert address.startswith(f"{AT_HOME}?")
    back = told(address)
    assert (back["error"], back["state"], back["iss"]) == (error, fields["state"], ISSUER)
    assert back["error_description"]
    assert "code" not in back


@pytest.mark.parametrize("name", ["scope", "state", "response_type", "code_challenge"])
async def test_a_field_that_comes_twice_is_refused(ana: Tenant, name: str) -> None:
    fields = request_of(await public(ana))
    answer = await visit(ana, urlencode([*fields.items(), (name, fields[name])]))
    assert told(answer.headers["location"])["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"client_id": str(uuid4())}, 404),
        ({"client_id": "x"}, 404),
        ({"client_id": None}, 404),
        ({"redirect_uri": None}, 422),
        ({"redirect_uri": "https://evil.example/back"}, 422),
        ({"redirect_uri": "http://127.0.0.1:8123/other"}, 422),
        ({"redirect_uri": "http://127.0.0.1:8123/back?x=1"}, 422),
        ({"redirect_uri": "http://127.0.0.1.evil.example/back"}, 422),
        ({"redirect_uri": "http://127.0.0.1:8123@evil.example/back"}, 422),
        ({"redirect_uri": "javascript:alert(1)"}, 422),
        ({"redirect_uri": "//evil.example/back"}, 422),
        ({"redirect_uri": "http://127.0.0.1:8123/back#x"}, 422),
        ({"redirect_uri": "http://127.0.0.1\\@evil.example/back"}, 422),
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    ana: Tenant, change: dict[str, str | None], status: int
) -> None:
    fields = request_of(await public(ana), **change)
    # Wrong in another way as well: even then nothing is redirected.
    for query in (urlencode(fields), urlencode(fields | {"response_type": "token"})):
        answer = await visit(ana, query)
        assert answer.status_code == status, answer.text
        assert "location" not in answer.headers
        assert "evil" not in answer.text
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_two_addresses_are_none(ana: Tenant) -> None:
    fields = request_of(await public(ana))
    for twice in ("client_id", "redirect_uri"):
        answer = await visit(ana, urlencode([*fields.items(), (twice, fields[twice])]))
        assert answer.status_code in {404, 422}
        assert "location" not in answer.headers


async def test_an_application_that_is_switched_off_asks_nobody(ana: Tenant) -> None:
    client_id = await public(ana)
    assert (await ana.call("POST", f"/v1/applications/{client_id}/disable")).is_success
    fields = request_of(client_id)
    assert (await visit(ana, urlencode(fields))).status_code == 404
    assert (await decide(ana, "allow", fields)).status_code == 422
    assert (await ana.call("GET", f"{API}?{urlencode(fields)}")).status_code == 422


async def test_a_consent_becomes_tokens_in_the_hands_of_an_unmodified_client(
    ana: Tenant, db: Database
) -> None:
    made = await registered(ana)
    client_id = made["application"]["id"]
    async with client_of(ana, client_id, made["client_secret"], "client_secret_basic") as client:
        address, state = client.create_authorization_url(
            "http://identity/oauth/authorize",
            redirect_uri=CALLBACK,
            scope="contact:read",
            code_verifier=VERIFIER,
        )
        query = urlsplit(address).query
        assert (await visit(ana, query)).status_code == 200
        asked = (await ana.call("GET", f"{API}?{query}")).json()
        assert asked["application_name"] == "Books"
        assert asked["scopes"] == [{"scope": "contact:read", "description": "Read contacts"}]
        assert asked["allowed_before"] is None
        answer = await decide(ana, "allow", told(address))
        assert answer.headers["cache-control"] == "no-store"
        back = answer.json()["redirect_to"]
        assert (told(back)["state"], told(back)["iss"]) == (state, ISSUER)
        token = await client.fetch_token(
            TOKEN,
            authorization_response=back,
            state=state,
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )
    assert token["scope"] == "contact:read"
    again = (await ana.call("GET", f"{API}?{query}")).json()
    assert again["allowed_before"] == ["contact:read"]


async def test_without_a_scope_all_of_the_application_s_are_asked_for(ana: Tenant) -> None:
    client_id = await public(ana)
    asked = await ana.call("GET", f"{API}?{urlencode(request_of(client_id, scope=None))}")
    scopes = [one["scope"] for one in asked.json()["scopes"]]
    assert scopes == ["contact:list", "contact:read"]
    code = await code_of(ana, client_id, scope=" ".join(scopes), state=None)
    given = (await send(ana, by_code(client_id, code))).json()
    assert given["scope"] == "contact:list contact:read"


async def test_what_a_person_was_not_shown_they_have_not_allowed(ana: Tenant) -> None:
    fields = request_of(await public(ana))
    # An empty field beside a full one is as good as not sent, on whichever side it stands.
    for query in (f"scope=&{urlencode(fields)}", f"{urlencode(fields)}&scope="):
        asked = (await ana.call("GET", f"{API}?{query}")).json()
        assert [one["scope"] for one in asked["scopes"]] == ["contact:read"]
    del fields["scope"]
    answer = await decide(ana, "allow", fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


async def test_the_page_names_the_application_and_leads_back_without_a_sign_in(
    ana: Tenant,
) -> None:
    name = "<script>alert(1)</script> {{cancel}}"
    made = await registered(ana, name=name, kind="public", redirect_uris=[AT_HOME])
    fields = request_of(made["application"]["id"])
    page = (await visit(ana, urlencode(fields))).text
    assert escape(name) in page
    assert "<script>" not in page
    (cancel,) = set(re.findall(r'class="button" href="([^"]+)"', page))
    back = told(unescape(cancel))
    assert unescape(cancel).startswith(f"{AT_HOME}?")
    assert (back["error"], back["state"], back["iss"]) == (
        "access_denied",
        fields["state"],
        ISSUER,
    )


async def test_no_is_told_and_nothing_is_written(ana: Tenant, db: Database) -> None:
    client_id = await public(ana)
    answer = await decide(ana, "deny", request_of(client_id))
    back = told(answer.json()["redirect_to"])
    assert (back["error"], back["iss"]) == ("access_denied", ISSUER)
    assert back["state"] == request_of(client_id)["state"]
    async with db.tenant(ana.id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM authorization_code") == 0
        assert await tx.fetchval("SELECT count(*) FROM application_consent") == 0


async def test_what_a_person_let_in_they_see_and_take_back(ana: Tenant, db: Database) -> None:
    await ana.sign_in()
    client_id = await public(ana)
    code = await code_of(ana, client_id)
    given = (await send(ana, by_code(client_id, code))).json()
    unused = await code_of(ana, client_id)
    (mine,) = (await ana.call("GET", "/v1/me/applications")).json()["items"]
    assert (mine["id"], mine["name"], mine["scopes"]) == (client_id, "Books", ["contact:read"])
    assert mine["last_used_at"] is not None

    assert (await ana.call("DELETE", f"/v1/me/applications/{client_id}")).status_code == 204
    assert (await ana.call("GET", "/v1/me/applications")).json()["items"] == []
    again = await ana.call("DELETE", f"/v1/me/applications/{client_id}")
    assert (again.status_code, again.json()["code"]) == (404, "application_consent_not_found")
    refresh = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "refresh_token": given["refresh_token"],
    }
    assert said(await send(ana, refresh)) == (400, "invalid_grant")
    assert said(await send(ana, by_code(client_id, unused))) == (400, "invalid_grant")
    async with db.tenant(ana.id) as tx:
        rows = await tx.fetch("SELECT what FROM revocation")
        actions = [
            row["action"]
            for row in await tx.fetch(
                "SELECT action FROM audit_entry WHERE action LIKE 'application_consent.%'"
                " ORDER BY id"
            )
        ]
    assert [row["what"] for row in rows] == ["sign_in"]
    assert actions == ["application_consent.granted"] * 2 + ["application_consent.withdrawn"]
    # The person's own sign-in goes on.
    assert (await ana.call("GET", "/v1/me")).is_success


async def test_what_was_switched_off_has_to_be_let_in_anew(ana: Tenant) -> None:
    client_id = await public(ana)
    await code_of(ana, client_id)
    for how in ("disable", "enable"):
        assert (await ana.call("POST", f"/v1/applications/{client_id}/{how}")).is_success
    assert (await ana.call("GET", "/v1/me/applications")).json()["items"] == []
    asked = await ana.call("GET", f"{API}?{urlencode(request_of(client_id))}")
    assert asked.json()["allowed_before"] is None


async def test_another_company_s_application_is_none(ana: Tenant, rui: Tenant) -> None:
    client_id = await public(ana)
    fields = request_of(client_id)
    answer = await decide(rui, "allow", fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "authorization_refused")
    assert (await rui.call("GET", f"{API}?{urlencode(fields)}")).status_code == 422
    await code_of(ana, client_id)
    assert (await rui.call("GET", "/v1/me/applications")).json()["items"] == []
    assert (await rui.call("DELETE", f"/v1/me/applications/{client_id}")).status_code == 404


async def test_it_acts_only_in_a_project_that_the_person_may_enter(
    ana: Tenant, rui: Tenant
) -> None:
    client_id = await public(ana)
    body = {"name": "Filial", "time_zone": "America/Sao_Paulo"}
    once = {"Idempotency-Key": str(uuid4())}
    other = (await ana.call("POST", "/v1/projects", json=body, headers=once)).json()["id"]
    fields = request_of(client_id)
    assert (await decide(ana, "allow", fields | {"project_id": other})).is_success
    for strange in (str(rui.project_id), str(uuid4())):
        answer = await decide(ana, "allow", fields | {"project_id": strange})
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


async def test_a_switching_off_and_a_consent_at_once_leave_no_code(
    ana: Tenant, db: Database
) -> None:
    for _ in range(4):
        client_id = await public(ana)
        await asyncio.gather(
            *(decide(ana, "allow", request_of(client_id)) for _ in range(3)),
            ana.call("POST", f"/v1/applications/{client_id}/disable"),
        )
        async with db.tenant(ana.id) as tx:
            left = await tx.fetchval(
                "SELECT count(*) FROM authorization_code WHERE application_id = $1",
                UUID(client_id),
            )
        assert left == 0


VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            AT_HOME,
            CHALLENGE,
            "code",
            "S256",
            "https://evil.example/",
            f"{AT_HOME}\r\nx: y",
            "%0d%0a",
        ]
    ),
)
NAMES = st.sampled_from(
    [
        "client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge",
        "code_challenge_method", "response_mode", "request",
    ]
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(NAMES, VALUES), max_size=6), raw=st.binary(max_size=40))
@example(changes=[("response_type", "6\x157ß")], raw=b"")
@example(changes=[("scope", 'ß\x15"')], raw=b"")
@example(changes=[("code_challenge", 'ß\x15"')], raw=b"")
@example(changes=[("state", "á\x00")], raw=b"&state=%ff")
async def test_no_request_breaks_it_or_sends_anybody_elsewhere(
    ana: Tenant, changes: list[tuple[str, str]], raw: bytes
) -> None:
    fields = request_of(await _known(ana))
    left = [(name, value) for name, value in fields.items() if name not in dict(changes)]
    query = urlencode([*left, *changes])
    encoded = "".join(f"%{byte:02x}" for byte in raw) if len(raw) % 2 else ""
    answer = await visit(ana, f"{query}{'&' if encoded else ''}{encoded}")
    assert answer.status_code in {200, 302, 404, 422}, answer.text
    if answer.status_code == 302:
        address = answer.headers["location"]
        assert urlsplit(address).netloc == "127.0.0.1:8123"
        assert urlsplit(address).path == "/back"
        assert "error" in told(address)


_CLIENTS: dict[UUID, str] = {}


async def _known(tenant: Tenant) -> str:
    """One application for all examples."""
    if tenant.id not in _CLIENTS:
        _CLIENTS[tenant.id] = await public(tenant)
    return _CLIENTS[tenant.id]
