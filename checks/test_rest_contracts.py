"""Every service answers as its document says, whatever it is asked."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import msgspec
import pytest
from litestar import HttpMethod, Litestar, Request, Response, route

from checks.applications import environment
from checks.contracts.fuzz import CHECKS, Found, fuzz, unanswered
from checks.contracts.running import EMAIL, PASSWORD, gateway, listening, running
from checks.snapshots import DOCUMENTED, snapshot
from platform_devstack.provision import ServiceDatabase

MakeDatabase = Callable[[str], ServiceDatabase]

UNREACHED: Final = {
    # Only who is known by events of contacts and channels can be written to.
    "POST /v1/messages",
    "POST /v1/messages/{message_id}/forward",
    "GET /v1/outgoing-messages/{message_id}",
    # Only what was written in a group, or sent and taken by the provider, or came with a file.
    "GET /v1/chats/{chat_id}/messages/{message_id}",
    "GET /v1/chats/{chat_id}/messages/{message_id}/recipients",
    "PATCH /v1/messages/{message_id}",
    "PUT /v1/messages/{message_id}/votes",
    "DELETE /v1/messages/{message_id}",
    "GET /v1/message-actions/{action_id}",
    "GET /v1/messages/{message_id}/file",
    "GET /v1/files/{link}",
    # Only where there is a WAHA.
    "POST /v1/channels/{channel_id}/connect",
    "POST /v1/channels/{channel_id}/start",
    "POST /v1/channels/{channel_id}/stop",
    "POST /v1/channels/{channel_id}/restart",
    "POST /v1/channels/{channel_id}/log-out",
    "GET /v1/channels/{channel_id}/connection",
    "GET /v1/channels/{channel_id}/connection/qr",
    "POST /v1/channels/{channel_id}/connection/pairing-code",
    "GET /v1/channels/{channel_id}/connection/passkey",
    "POST /v1/channels/{channel_id}/connection/passkey",
    "GET /v1/channels/{channel_id}/connection/passkey/code",
    "POST /v1/channels/{channel_id}/connection/passkey/confirm",
    "GET /v1/channels/{channel_id}/gaps",
    "GET /v1/channels/{channel_id}/look-ups/phone",
    "GET /v1/channels/{channel_id}/look-ups/lids/{lid}",
    "GET /v1/channels/{channel_id}/look-ups/profile-picture",
    # Only of a channel whose provider shows what it kept; generated ids are of none.
    "POST /v1/channels/{channel_id}/history-imports",
    "GET /v1/channels/{channel_id}/history-imports",
    "GET /v1/channels/{channel_id}/history-imports/{import_id}",
    "GET /v1/channels/{channel_id}/history-imports/{import_id}/failures",
    "POST /v1/channels/{channel_id}/history-imports/{import_id}/cancel",
    # Only where a provider told of one.
    "GET /v1/contacts/{contact_id}/profile-picture",
    "GET /v1/templates/{template_id}",
    # Only where there is a Graph API.
    "POST /v1/channels/{channel_id}/templates",
    "DELETE /v1/channels/{channel_id}/templates/{provider_id}",
    "POST /v1/channels/{channel_id}/templates/refresh",
    # Only a signed body is taken.
    "POST /webhooks/{webhook_id}",
    # Only who has connected the number knows what Meta has to show.
    "GET /webhooks/{webhook_id}",
    # Only who has the letter knows its token, and only who invited knows the invitation.
    "POST /v1/auth/password-reset/confirm",
    "POST /v1/auth/email-confirmation/confirm",
    "POST /v1/invitations/accept",
    "POST /v1/invitations",
    "DELETE /v1/invitations/{invitation_id}",
    # Only who has signed in has a sign-in and its tokens; the token of these requests is minted.
    "POST /v1/auth/refresh",
    "POST /v1/auth/sign-out",
    "DELETE /v1/me/sign-ins/{sign_in_id}",
    "DELETE /v1/users/{user_id}/sign-ins/{sign_in_id}",
    # Only where there is an OpenID provider, which is asked when one is added.
    "POST /v1/identity-providers",
    "GET /v1/identity-providers/{identity_provider_id}",
    "PATCH /v1/identity-providers/{identity_provider_id}",
    "DELETE /v1/identity-providers/{identity_provider_id}",
    "POST /v1/identity-providers/{identity_provider_id}/test",
    "DELETE /v1/me/external-identities/{external_identity_id}",
    "DELETE /v1/users/{user_id}/external-identities/{external_identity_id}",
    "POST /v1/auth/external",
    "POST /v1/auth/external/finish",
    # Only who registered an application knows it, its secrets, and what it was given.
    "GET /oauth/authorize",
    "GET /v1/oauth/authorizations",
    "POST /v1/oauth/authorizations",
    "DELETE /v1/me/applications/{application_id}",
    "POST /oauth/token",
    "POST /oauth/revoke",
    "POST /v1/applications/{application_id}/secrets",
    "DELETE /v1/applications/{application_id}/secrets/{secret_id}",
    # Only who knows the old password, or has the app with its codes.
    "POST /v1/me/password",
    "POST /v1/auth/second-factor",
    "POST /v1/me/second-factor",
    "POST /v1/me/second-factor/confirm",
    "POST /v1/me/second-factor/disable",
    "POST /v1/me/second-factor/recovery-codes",
    "DELETE /v1/users/{user_id}/second-factor",
}
"""Answered with 2xx only to what no generated request can have; the services' own tests do have it,
and see the answer."""


GENERATED: Final = 4
"""How many requests are generated for each operation, beside those that follow from the document's
bounds, which are most. Ten reached no more."""


@pytest.fixture
def environ(tmp_path: Any) -> Mapping[str, str]:
    """Settings that every service accepts."""
    return environment(tmp_path)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", DOCUMENTED)
async def test_a_service_answers_as_its_document_says(
    service: str, make_database: MakeDatabase, environ: Mapping[str, str]
) -> None:
    document = msgspec.json.decode(snapshot(service).read_bytes())
    async with running(service, make_database(service), environ) as one:
        found = await fuzz(
            one.app,
            document,
            token=one.token,
            known=one.known,
            examples=GENERATED,
            chains=GENERATED,
        )
    assert not found.findings, found.told
    unreached = set(unanswered(document, found)) - UNREACHED
    assert not unreached, ", ".join(sorted(unreached))


@pytest.mark.timeout(600)
async def test_the_gateway_answers_as_the_merged_document_says(
    make_database: MakeDatabase, environ: Mapping[str, str], redis_url: str
) -> None:
    """Before every service, as the one process that clients see. What is wrong with a request is
    the services' to say, so that the valid ones are enough here."""
    async with contextlib.AsyncExitStack() as stack:
        urls = {"VENTROS_REDIS_URL": redis_url}
        for service in DOCUMENTED:
            one = await stack.enter_async_context(running(service, make_database(service), environ))
            urls[f"VENTROS_{service.upper()}_URL"] = await stack.enter_async_context(
                listening(one.app)
            )
        app = await stack.enter_async_context(gateway({**environ, **urls}))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://gateway"
        ) as client:
            document = (await client.get("/openapi.json")).json()
            # An answer without an end is heard in the gateway's own tests.
            del document["paths"]["/v1/events/stream"]
            signed_in = await client.post(
                "/v1/auth/sign-in", json={"email": EMAIL, "password": PASSWORD}
            )
        token = signed_in.json()["access_token"]
        found = await fuzz(
            app, document, token=lambda: token, examples=1, chains=1, valid_only=True
        )
    assert not found.findings, found.told
    assert len(found.statuses) == sum(len(item) for item in document["paths"].values())


TEXT: Final = {"required": True, "schema": {"type": "string"}}
"""A header that must be there, as a document has it."""


def operation(**change: Any) -> dict[str, Any]:
    """A read of a thing with a token, and its answer, as a document has it."""
    return {
        "operationId": "read",
        "security": [{"bearer": []}],
        "parameters": [
            {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1}},
        ],
        "responses": {
            "200": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["size"],
                            "properties": {"size": {"type": "integer"}},
                        }
                    }
                }
            },
            **{status: {"content": {"application/json": {}}} for status in ("400", "401")},
        },
        **change,
    }


def document_of(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Planted", "version": "1"},
        "paths": {"/thing": {"get": one}},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }


Answer = Callable[[bool, bool], Response[Any]]
"""From (has a token, has a good size) to an answer."""


async def planted(answer: Answer, *, also_post: bool = False, **change: Any) -> Found:
    """What is found in a service that answers like this, under a document with this change."""
    methods = [HttpMethod.GET, *([HttpMethod.POST] if also_post else [])]

    @route("/thing", http_method=methods, status_code=200)
    async def thing(request: Request[Any, Any, Any]) -> Response[Any]:
        sizes = request.query_params.getall("size", ["1"])
        good = all(size.isascii() and size.isdecimal() and int(size) > 0 for size in sizes)
        known = request.headers.get("authorization") == "Bearer good"
        return answer(known, good and request.query_params.keys() <= {"size"})

    app = Litestar([thing], openapi_config=None)
    return await fuzz(
        app, document_of(operation(**change)), token=lambda: "good", examples=3, chains=1
    )


def honest(known: bool, good: bool) -> Response[Any]:
    if not known:
        return Response({}, status_code=401)
    return Response({"size": 1}) if good else Response({}, status_code=400)


def instead(answer: Response[Any]) -> Answer:
    """Honest, but for what a good request gets."""
    return lambda known, good: answer if known and good else honest(known, good)


async def test_a_service_that_keeps_its_word_passes() -> None:
    found = await planted(honest)
    assert not found.findings, found.told
    assert unanswered(document_of(operation()), found) == []


PLANTED: list[tuple[str, Answer, dict[str, Any]]] = [
    ("not_a_server_error", lambda known, good: Response({}, status_code=500), {}),
    ("status_code_conformance", lambda known, good: Response({}, status_code=418), {}),
    ("ignored_auth", lambda known, good: honest(True, good), {}),
    ("negative_data_rejection", lambda known, good: honest(known, True), {}),
    ("accepts_what_it_documents", lambda known, good: honest(known, False), {}),
    ("response_schema_conformance", instead(Response({"size": "L"})), {}),
    ("content_type_conformance", instead(Response("1", media_type="text/plain")), {}),
    ("unsupported_method", honest, {"also_post": True}),
    (
        "response_headers_conformance",
        honest,
        {"responses": {"200": {"headers": {"ETag": TEXT}}, "400": {}, "401": {}}},
    ),
    (
        "missing_required_header",
        honest,
        {"parameters": [{"name": "X-Reason", "in": "header", **TEXT}]},
    ),
]


@pytest.mark.parametrize(("check", "answer", "change"), PLANTED, ids=[one[0] for one in PLANTED])
async def test_a_broken_promise_is_found(
    check: str, answer: Answer, change: dict[str, Any]
) -> None:
    found = await planted(answer, **change)
    assert check in {finding.check for finding in found.findings}, found.told
    assert "GET /thing" in found.told


def test_every_check_has_its_planted_promise() -> None:
    assert {one[0] for one in PLANTED} == set(CHECKS)


async def test_an_operation_that_never_succeeds_is_found() -> None:
    found = await planted(lambda known, good: Response({}, status_code=401))
    assert unanswered(document_of(operation()), found) == ["GET /thing"]
