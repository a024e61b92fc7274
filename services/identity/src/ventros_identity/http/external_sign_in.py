"""`/v1/auth/external`: sign in at an identity provider of the tenant's own.

The app asks for a flow, keeps its secret, sends the browser to the provider, and finishes with what
the browser has brought back. No cookie is needed anywhere.
"""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from platform_bus import emit
from ventros_identity.commands import external_sign_in as commands
from ventros_identity.commands import guessing, identity_providers
from ventros_identity.commands.secret_tokens import SecretToken
from ventros_identity.domain.audit import (
    SYSTEM,
    Actor,
    Entry,
    Origin,
    TargetKind,
    entry_of,
)
from ventros_identity.domain.external_sign_in import (
    FLOW_LIFE,
    ExternalFlowInvalid,
    ExternalIdentityUnknown,
    ExternalSignInRefused,
    Flow,
    Person,
    safe_error,
)
from ventros_identity.domain.guessing import EXTERNAL, Subject, neighbourhood
from ventros_identity.domain.identity_provider import IdentityProvider, IdentityProviderNotFound
from ventros_identity.events import identity_providers as said
from ventros_identity.events import people
from ventros_identity.http.audit import Comes
from ventros_identity.http.identity_providers import Asks
from ventros_identity.http.members import shown as member_shown
from ventros_identity.http.signing import Signing, SignInResponse, Signs, begin, refused
from ventros_identity.openid.client import Client, OpenIdClient
from ventros_identity.openid.id_token import Expected, person_of
from ventros_identity.store import audit
from ventros_identity.store import identity_providers as rows

MAX_PROVIDERS: Final = 10
APP_PATH: Final = "/sign-in/external"
_TOO_MANY = refused("Too many attempts; Retry-After says when the next is let through.")
_AWAY = refused("The provider does not answer.")
_NO_PROVIDER = "No identity provider has this id."

Value = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[!-~]+(?![\s\S])")]


class BeginExternalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With which provider, and where in the app to come back to: one that the provider lists."""

    provider_id: UUID
    redirect_uri: Annotated[str, Meta(max_length=2048)] | None = None


class ExternalFlowResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Send the browser to `authorization_url`. `flow` stays in the app's storage of this browser;
    it is good once, for `expires_in` seconds."""

    flow: str
    authorization_url: str
    expires_in: int


class FinishExternalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The flow, and the query that the provider has sent the browser back with.

    That has a `code`, or an `error`; and `iss` where the provider sends it (RFC 9207).
    """

    flow: Annotated[str, Meta(min_length=1, max_length=128)]
    state: Annotated[str, Meta(min_length=1, max_length=256)]
    code: Value | None = None
    error: Annotated[str, Meta(max_length=256)] | None = None
    iss: Annotated[str, Meta(max_length=512)] | None = None


class ProviderChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A provider to sign in with."""

    id: UUID
    name: str


class ProviderChoices(msgspec.Struct, frozen=True, kw_only=True):
    """Providers that list an address's domain, ten at most."""

    providers: list[ProviderChoice]


@post(
    "/v1/auth/external",
    operation_id="begin_external_sign_in",
    summary="Begin to sign in with an identity provider",
    tags=["sign-in"],
    status_code=200,
    responses={
        404: refused("There is no such provider, or it is disabled."),
        422: refused("The provider does not list the redirect_uri, or is not as it must be."),
        429: _TOO_MANY,
        503: _AWAY,
    },
)
async def begin_external_sign_in(
    data: JSONBody[BeginExternalRequest], signing: Signs, openid: Asks, origin: Comes
) -> Response[ExternalFlowResponse]:
    """Where to send the browser, and the secret that lets this browser alone finish."""
    await guessing.attempt(signing.db, _counted(origin))
    provider = await _enabled(signing, data.provider_id)
    default = signing.app_url.rstrip("/") + APP_PATH
    redirect_uri = commands.redirect_uri_of(provider, data.redirect_uri, default)
    metadata = await openid.metadata(provider.issuer)
    async with signing.db.tenant(provider.tenant_id) as tx:
        begun = await commands.begin_flow(
            tx, provider, metadata.authorization_endpoint, redirect_uri
        )
    body = ExternalFlowResponse(
        flow=begun.flow,
        authorization_url=begun.authorization_url,
        expires_in=int(FLOW_LIFE.total_seconds()),
    )
    return Response(body, headers={"cache-control": "no-store"})


@post(
    "/v1/auth/external/finish",
    operation_id="finish_external_sign_in",
    summary="Finish signing in with an identity provider",
    tags=["sign-in"],
    status_code=200,
    responses={
        401: refused(
            "`external_flow_invalid`: begin anew. `external_sign_in_refused`: the provider refused,"
            " or what it said does not hold."
        ),
        403: refused(
            "`external_identity_unknown`: no active user here is this person. `no_project`: there"
            " is no project to sign in to."
        ),
        422: refused("What the provider says of itself is not as it must be any more."),
        429: _TOO_MANY,
        503: _AWAY,
    },
)
async def finish_external_sign_in(
    data: JSONBody[FinishExternalRequest], signing: Signs, openid: Asks, origin: Comes
) -> Response[SignInResponse]:
    """Tokens for who the provider says came back. A flow is good once, however it ends."""
    tried = await guessing.attempt(signing.db, _counted(origin))
    token = commands.read_flow(data.flow)
    async with signing.db.tenant(token.tenant_id) as tx:
        provider_id, flow = await commands.take_flow(tx, token)
    commands.check_state(flow, data.state)
    async with signing.db.tenant(token.tenant_id) as tx:
        provider = await rows.find(tx, token.tenant_id, provider_id)
        if provider is None or not provider.enabled:
            raise IdentityProviderNotFound(_NO_PROVIDER)
        secret = await identity_providers.open_secret(tx, signing.vault, provider)
    client = Client(id=provider.client_id, secret=secret)
    try:
        person = await _ask(signing, openid, provider, client, flow, data)
        came = await _come_in(signing, provider, person, origin)
    except (ExternalSignInRefused, ExternalIdentityUnknown) as error:
        await _tell_refused(signing, token, provider, origin, error)
        raise
    await guessing.succeeded(signing.db, tried)
    return await begin(signing, came.signed_in, origin, None)


@get(
    "/v1/auth/external/providers",
    operation_id="list_external_providers",
    summary="Identity providers of an e-mail domain",
    tags=["sign-in"],
    responses={429: _TOO_MANY},
)
async def list_external_providers(
    signing: Signs,
    origin: Comes,
    email: Annotated[
        str,
        QueryParameter(
            description="An e-mail address; its domain alone is looked at.",
            max_length=254,
        ),
    ],
) -> ProviderChoices:
    """Enabled providers that list the domain. It is the same whether there is such a user."""
    await guessing.attempt(signing.db, _counted(origin))
    domain = email.rpartition("@")[2].strip().lower()[:254]
    async with signing.db.system() as tx:
        found = await rows.of_domain(tx, domain, MAX_PROVIDERS)
    return ProviderChoices(providers=[ProviderChoice(id=one.id, name=one.name) for one in found])


async def _enabled(signing: Signing, provider_id: UUID) -> IdentityProvider:
    async with signing.db.system() as tx:
        tenant_id = await rows.tenant_of(tx, provider_id)
    if tenant_id is None:
        raise IdentityProviderNotFound(_NO_PROVIDER)
    async with signing.db.tenant(tenant_id) as tx:
        provider = await rows.find(tx, tenant_id, provider_id)
    if provider is None:
        raise IdentityProviderNotFound(_NO_PROVIDER)
    return provider


async def _ask(
    signing: Signing,
    openid: OpenIdClient,
    provider: IdentityProvider,
    client: Client,
    flow: Flow,
    data: FinishExternalRequest,
) -> Person:
    """Who came back, as the provider says. No transaction is open while it is asked."""
    if data.error is not None:
        raise ExternalSignInRefused(safe_error(data.error))
    metadata = await openid.metadata(provider.issuer)
    if data.iss != provider.issuer and (data.iss is not None or metadata.names_issuer):
        raise ExternalSignInRefused("iss")
    if data.code is None:
        raise ExternalFlowInvalid("There is neither a code nor an error.")
    tokens = await openid.exchange(
        metadata,
        client,
        code=data.code,
        verifier=flow.verifier,
        redirect_uri=flow.redirect_uri,
    )
    expected = Expected(
        issuer=provider.issuer,
        client_id=client.id,
        nonce=flow.nonce,
        access_token=tokens.access_token,
    )
    claims: Mapping[str, Any] = await openid.verify(metadata, tokens.id_token, expected)
    if "email" in claims:
        return person_of(claims)
    async with signing.db.tenant(provider.tenant_id) as tx:
        if await commands.is_known(tx, provider, claims["sub"]):
            return person_of(claims)
    more = await openid.userinfo(metadata, tokens.access_token, claims["sub"])
    return person_of({**more, **claims})


async def _come_in(
    signing: Signing, provider: IdentityProvider, person: Person, origin: Origin
) -> commands.Came:
    password_hash = None
    if provider.new_users is not None:
        async with signing.db.tenant(provider.tenant_id) as tx:
            known = await commands.is_known(tx, provider, person.subject)
        if not known:
            # A password that nobody knows: verifying it takes as long as any other.
            password_hash = await signing.passwords.hash(secrets.token_urlsafe(32))
    async with signing.db.tenant(provider.tenant_id) as tx:
        came = await commands.come_in(tx, provider, person, password_hash)
        project_id = came.signed_in.project_id
        events = []
        if came.created is not None:
            events.append(people.user_created(came.created, project_id, None))
        if came.member is not None:
            events.append(people.member_invited(came.member))
        if came.linked is not None:
            events.append(said.identity_linked(came.linked, project_id))
        await emit(tx, events)
        await audit.append(tx, _entries(came, provider, origin))
    if events:
        signing.bell.ring()
    return came


def _entries(came: commands.Came, provider: IdentityProvider, origin: Origin) -> list[Entry]:
    user, by = came.signed_in.user, {"identity_provider_id": str(provider.id)}

    def told(action: str, kind: TargetKind, target_id: UUID | None, after: dict[str, Any]) -> Entry:
        actor = Actor(kind="user", id=user.id)
        return entry_of(
            provider.tenant_id, actor, origin, action, kind, target_id, after=after | by
        )

    entries = []
    if came.created is not None:
        shown = {"email": user.email, "name": user.name, "role": user.role}
        entries.append(told("user.created", "user", user.id, shown))
    if (member := came.member) is not None:
        shown = member_shown(member)
        entries.append(told("project_member.invited", "project_member", member.id, shown))
    if (linked := came.linked) is not None:
        shown = {"external_identity_id": str(linked.id)}
        entries.append(told("external_identity.linked", "user", user.id, shown))
    entries.append(told("external_identity.passed", "user", user.id, {}))
    return entries


async def _tell_refused(
    signing: Signing,
    token: SecretToken,
    provider: IdentityProvider,
    origin: Origin,
    error: ExternalSignInRefused | ExternalIdentityUnknown,
) -> None:
    reason = error.reason if isinstance(error, ExternalSignInRefused) else error.code
    told = entry_of(
        token.tenant_id,
        SYSTEM,
        origin,
        "external_identity.refused",
        "tenant",
        token.tenant_id,
        after={"identity_provider_id": str(provider.id), "reason": reason},
    )
    async with signing.db.tenant(token.tenant_id) as tx:
        await audit.append(tx, [told])


def _counted(origin: Origin) -> list[Subject]:
    return [Subject(limit=EXTERNAL, value=neighbourhood(origin.address))]
