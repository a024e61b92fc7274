"""`POST /oauth/token` and `/oauth/revoke`: RFC 6749 and RFC 7009, in their own format."""

import base64
import binascii
import math
from typing import Any, Final
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.openapi import ResponseSpec

from platform_auth import Role
from platform_auth.access import LIFETIME_SECONDS
from platform_auth.project_matrix import ProjectRole
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_identity.commands import guessing, tokens
from ventros_identity.commands.tokens import Asked, Ended, ForItself, ForPerson
from ventros_identity.domain.audit import SYSTEM, Actor, Origin, entry_of
from ventros_identity.domain.guessing import CLIENT, Subject, TooManyAttempts, neighbourhood
from ventros_identity.events.access import revoke
from ventros_identity.http.audit import Comes
from ventros_identity.http.signing import Signing, Signs
from ventros_identity.oauth.judge import NOBODY, Loaded, Refused, judge, refused
from ventros_identity.store import audit

_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
_MOST_FIELDS: Final = 30


class TokenResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 6749, section 5.1. Without `refresh_token` the application acts for itself."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


class OAuthError(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 6749, section 5.2."""

    error: str
    error_description: str | None = None


def _refusal(description: str) -> ResponseSpec:
    return ResponseSpec(OAuthError, description=description, generate_examples=False)


_REFUSALS: Final = {
    400: _refusal("The request, the grant or the scope is not good; `error` says which."),
    401: _refusal("The client is not known, or its secret is wrong."),
    429: _refusal("Too many attempts; Retry-After says when the next is let through."),
}


_OWN_FORMAT: Final = {"$ref": "#/components/schemas/OAuthError"}
_TEXT: Final = {"type": "string", "minLength": 1}
_CLIENT: Final = {
    "client_id": {"type": "string", "format": "uuid"},
    "client_secret": {**_TEXT, "description": "Or both in an Authorization header, Basic."},
}


def _form(*shapes: tuple[dict[str, Any], list[str]]) -> dict[str, Any]:
    """What the document says of a route that takes a form and refuses in the RFC's format."""
    schemas = [
        {
            "type": "object",
            "properties": {**fields, **_CLIENT},
            "required": [*required, "client_id"],
            "additionalProperties": {"type": "string"},
        }
        for fields, required in shapes
    ]
    one = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": one}},
        },
        "responses": {"400": {"content": {"application/json": {"schema": _OWN_FORMAT}}}},
    }


def _grant(name: str) -> dict[str, Any]:
    return {"type": "string", "enum": [name]}


_TOKEN_FORM: Final = _form(
    ({"grant_type": _grant("client_credentials"), "scope": _TEXT}, ["grant_type"]),
    (
        {
            "grant_type": _grant("authorization_code"),
            "code": _TEXT,
            "redirect_uri": _TEXT,
            "code_verifier": {"type": "string", "pattern": r"^[A-Za-z0-9._~-]{43,128}(?![\s\S])"},
        },
        ["grant_type", "code", "redirect_uri", "code_verifier"],
    ),
    (
        {"grant_type": _grant("refresh_token"), "refresh_token": _TEXT, "scope": _TEXT},
        ["grant_type", "refresh_token"],
    ),
)
_REVOKE_FORM: Final = _form(
    ({"token": _TEXT, "token_type_hint": {"type": "string"}}, ["token"]),
)


class RefusedError(Exception):
    """The request is no form, names a field or a client twice, or proves the client in a way that
    there is not."""

    def __init__(self, verdict: Refused) -> None:
        super().__init__(verdict.body["error"])
        self.verdict = verdict


def _malformed(detail: str) -> RefusedError:
    return RefusedError(refused("invalid_request", detail))


@post(
    "/oauth/token",
    operation_id="oauth_token",
    summary="Get tokens as an application",
    tags=["OAuth"],
    status_code=200,
    responses=_REFUSALS,
    described=_TOKEN_FORM,
)
async def oauth_token(
    request: Request[Any, Any, Any], signing: Signs, origin: Comes
) -> Response[TokenResponse] | Response[dict[str, str]]:
    """Tokens for a code, for a refresh token, or for the application itself.

    The body is a form (`application/x-www-form-urlencoded`) as RFC 6749 and RFC 7636 say; errors
    are in their format as well.
    """
    try:
        asked = await _asked(request, origin)
    except RefusedError as error:
        return _refuse(error.verdict)
    try:
        tried = await guessing.attempt(signing.db, _counted(asked))
    except TooManyAttempts as error:
        return _slow_down(error)
    tenant_id = await tokens.tenant_of(signing.db, asked.client_id)
    if tenant_id is None:
        verdict = judge(asked.form, asked.authorization, Loaded(application=None))
        return _refuse(verdict if isinstance(verdict, Refused) else NOBODY)
    async with signing.db.tenant(tenant_id) as tx:
        outcome = await tokens.give(tx, tenant_id, asked, signing.lifetimes)
        if isinstance(outcome, Ended):
            await _tell_ended(tx, tenant_id, asked, outcome)
        elif isinstance(outcome, ForPerson) and outcome.new:
            await _tell_started(tx, tenant_id, asked, outcome)
        # Before the end: what is taken back afterwards is taken back later than it was made.
        given = None
        if not isinstance(outcome, Refused | Ended):
            given = _tokens(signing, tenant_id, outcome)
    if isinstance(outcome, Refused):
        if outcome.body.get("error") != "invalid_client":
            await guessing.succeeded(signing.db, tried)
        return _refuse(outcome)
    await guessing.succeeded(signing.db, tried)
    if given is None:
        signing.bell.ring()
        return _refuse(refused("invalid_grant", "It was used before; all that it gave has ended."))
    return Response(given, headers=dict(_NO_STORE))


@post(
    "/oauth/revoke",
    operation_id="oauth_revoke",
    summary="Give a refresh token back",
    tags=["OAuth"],
    status_code=200,
    responses=_REFUSALS,
    described=_REVOKE_FORM,
)
async def oauth_revoke(
    request: Request[Any, Any, Any], signing: Signs, origin: Comes
) -> Response[dict[str, str]]:
    """The sign-in that a refresh token belongs to ends, and its access tokens within a second.

    A token that is not known, or not this client's, is answered alike: it is not good afterwards.
    """
    try:
        asked = await _asked(request, origin)
    except RefusedError as error:
        return _refuse(error.verdict)
    try:
        tried = await guessing.attempt(signing.db, _counted(asked))
    except TooManyAttempts as error:
        return _slow_down(error)
    tenant_id = await tokens.tenant_of(signing.db, asked.client_id)
    if tenant_id is None:
        return _refuse(NOBODY)
    async with signing.db.tenant(tenant_id) as tx:
        outcome = await tokens.take_back(tx, tenant_id, asked)
        if outcome is not None and not isinstance(outcome, Refused):
            ended = Ended(
                sign_in_id=outcome.id,
                user_id=outcome.user_id,
                project_id=outcome.project_id,
                reason="signed_out",
            )
            await _tell_ended(tx, tenant_id, asked, ended)
    if isinstance(outcome, Refused):
        return _refuse(outcome)
    await guessing.succeeded(signing.db, tried)
    signing.bell.ring()
    return Response({}, headers=dict(_NO_STORE))


def _tokens(signing: Signing, tenant_id: UUID, outcome: ForItself | ForPerson) -> TokenResponse:
    given = outcome.granted
    if isinstance(outcome, ForItself):
        access_token = signing.tokens.issue(
            token_id=new_id(),
            subject=given.application.id,
            tenant_id=tenant_id,
            project_id=outcome.project_id,
            role=None,
            kind="application",
            application_id=given.application.id,
            scopes=given.scopes,
        )
        refresh_token = None
    else:
        started = outcome.started
        role = started.project_role
        access_token = signing.tokens.issue(
            token_id=new_id(),
            subject=started.user.id,
            tenant_id=tenant_id,
            project_id=started.sign_in.project_id,
            role=Role(started.user.role),
            project_role=None if role is None else ProjectRole(role),
            sign_in_id=started.sign_in.id,
            application_id=given.application.id,
            scopes=given.scopes,
        )
        refresh_token = started.refresh_token
    return TokenResponse(
        access_token=access_token,
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in=LIFETIME_SECONDS,
        scope=" ".join(given.scopes),
        refresh_token=refresh_token,
    )


async def _asked(request: Request[Any, Any, Any], origin: Origin) -> Asked:
    """What the request says. Raises `RefusedError`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise _malformed("The body has to be application/x-www-form-urlencoded.")
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise _malformed("The body is no form.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _malformed("A field is given twice.")
    # RFC 6749, section 3.2: what is sent without a value is as good as not sent.
    form = {name: value for name, value in form.items() if value}
    authorization = request.headers.get("authorization")
    basic = None if authorization is None else _basic(authorization)
    if authorization is not None and basic is None:
        raise RefusedError(NOBODY)
    if basic is not None:
        if "client_secret" in form or form.get("client_id", basic) != basic:
            raise _malformed("The client is named twice.")
        form["client_id"] = basic
    try:
        client_id = UUID(form.get("client_id", ""))
    except ValueError:
        # Nobody has this id; it is refused like any other that is not known.
        client_id = UUID(int=0)
    return Asked(client_id=client_id, form=form, authorization=authorization, origin=origin)


def _basic(authorization: str) -> str | None:
    """The client that a Basic header names; None when it is not well-formed."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, _ = (
            base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
        )
    except (binascii.Error, ValueError):
        return None
    return unquote(name) if colon else None


def _counted(asked: Asked) -> list[Subject]:
    near = neighbourhood(asked.origin.address)
    return [Subject(limit=CLIENT, value=f"{near}\n{asked.client_id}")]


def _refuse(verdict: Refused) -> Response[dict[str, str]]:
    headers = {**_NO_STORE, **verdict.headers}
    return Response(dict(verdict.body), status_code=verdict.status, headers=headers)


def _slow_down(error: TooManyAttempts) -> Response[dict[str, str]]:
    body = {"error": "temporarily_unavailable", "error_description": str(error)}
    headers = {**_NO_STORE, "retry-after": str(math.ceil(error.retry_after or 1))}
    return Response(body, status_code=429, headers=headers)


async def _tell_started(tx: Tx, tenant_id: UUID, asked: Asked, outcome: ForPerson) -> None:
    sign_in = outcome.started.sign_in
    told = entry_of(
        tenant_id,
        Actor(kind="application", id=asked.client_id),
        asked.origin,
        "sign_in.started",
        "sign_in",
        sign_in.id,
        project_id=sign_in.project_id,
        after={"user_id": str(sign_in.user_id), "scopes": outcome.granted.scopes},
    )
    await audit.append(tx, [told])


async def _tell_ended(tx: Tx, tenant_id: UUID, asked: Asked, ended: Ended) -> None:
    by = SYSTEM
    if ended.reason == "signed_out":
        by = Actor(kind="application", id=asked.client_id)
    told = entry_of(
        tenant_id,
        by,
        asked.origin,
        "sign_in.ended",
        "sign_in",
        ended.sign_in_id,
        project_id=ended.project_id,
        after={"user_id": str(ended.user_id), "reason": ended.reason},
    )
    await audit.append(tx, [told])
    await revoke(
        tx, tenant_id, ended.project_id, "sign_in", [ended.sign_in_id], user_id=ended.user_id
    )
