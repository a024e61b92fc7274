"""`/v1/oauth/authorizations` and `/v1/me/applications`: let applications act for oneself.

The page at `/oauth/authorize` is what calls the first; an app of the company's own may as well.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from platform_auth.scopes import described
from platform_bus import emit
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_identity.commands import consents as commands
from ventros_identity.domain.application import AllowedApplication
from ventros_identity.events import applications as events
from ventros_identity.events.access import revoke_all
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.authorize import FIELDS, pairs_of, wanted_of
from ventros_identity.http.signing import Signs, refused
from ventros_identity.oauth.authorize import denied, sent_to
from ventros_identity.store import application_consents, audit

_REFUSED = refused("Nobody can be asked this; the detail says why.")
Text = Annotated[str, Meta(min_length=1, max_length=4096)]


class ScopeAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A scope, and in words what it lets an application do."""

    scope: str
    description: str


class AuthorizationAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is asked. `allowed_before`: what they let the application do so far."""

    application_id: UUID
    application_name: str
    redirect_uri: str
    scopes: list[ScopeAsked]
    allowed_before: list[str] | None


class DecideRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of the authorization request, and what the person says to it.

    `scope` is what the person was shown, so that nothing else is allowed. `project_id` is where
    the application may act for them, by default where they are signed in.
    """

    decision: Literal["allow", "deny"]
    client_id: UUID
    redirect_uri: Text
    response_type: Literal["code"]
    scope: Text
    state: Text | None = None
    code_challenge: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}(?![\s\S])")]
    code_challenge_method: Literal["S256"]
    project_id: UUID | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The fields of the request."""
        fields = {
            "client_id": str(self.client_id),
            "redirect_uri": self.redirect_uri,
            "response_type": self.response_type,
            "scope": self.scope,
            "state": self.state,
            "code_challenge": self.code_challenge,
            "code_challenge_method": self.code_challenge_method,
        }
        return [(name, value) for name, value in fields.items() if value is not None]


class DecisionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes now: back to the application, with a code or an error."""

    redirect_to: str


class AllowedApplicationResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An application that acts for the caller, and what it may do at most."""

    id: UUID
    name: str
    scopes: list[str]
    allowed_at: datetime
    first_allowed_at: datetime
    last_used_at: datetime | None


@get(
    "/v1/oauth/authorizations",
    operation_id="read_authorization",
    summary="What an application asks for",
    tags=["OAuth"],
    responses={422: _REFUSED},
    described={"parameters": FIELDS},
    query="own",
)
async def read_authorization(
    request: Request[Any, Any, Any], principal: Caller, reader: Reads
) -> AuthorizationAsked:
    """For whoever shows it to the caller: the application by its name, its scopes in words."""
    async with reader(principal) as tx:
        wanted = wanted_of(await commands.judge(tx, principal.tenant_id, pairs_of(request)))
        known = await application_consents.find(
            tx, principal.tenant_id, principal.subject, wanted.application.id
        )
    return AuthorizationAsked(
        application_id=wanted.application.id,
        application_name=wanted.application.name,
        redirect_uri=wanted.redirect_uri,
        scopes=[ScopeAsked(scope=one, description=described(one)) for one in wanted.scopes],
        allowed_before=None if known is None else known.scopes,
    )


@post(
    "/v1/oauth/authorizations",
    operation_id="decide_authorization",
    summary="Let an application in, or not",
    tags=["OAuth"],
    status_code=200,
    opt={"answer": "secret"},
    responses={404: refused("There is no such project that the caller may enter."), 422: _REFUSED},
)
async def decide_authorization(
    data: JSONBody[DecideRequest],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
) -> Response[DecisionResponse]:
    """With `allow` the address has a code, which the application exchanges within a minute."""
    async with writer(principal) as tx:
        wanted = wanted_of(await commands.judge(tx, principal.tenant_id, data.pairs))
        if data.decision == "deny":
            return _sent(denied(wanted, signing.issuer))
        project_id = data.project_id or principal.project_id
        allowed = await commands.allow(
            tx, principal.tenant_id, principal.subject, wanted, project_id
        )
        await emit(tx, [events.consent_granted(allowed.consent, project_id)])
        note = entry(
            principal,
            origin,
            "application_consent.granted",
            "application",
            wanted.application.id,
            before=None if allowed.before is None else {"scopes": allowed.before},
            after={"scopes": allowed.consent.scopes, "project_id": str(project_id)},
        )
        await audit.append(tx, [note])
    return _sent(sent_to(wanted.redirect_uri, signing.issuer, wanted.state, code=allowed.code))


class MyApplications(Controller):
    """The applications that act for the caller."""

    path = "/v1/me/applications"
    tags = ("Applications",)

    @get(operation_id="list_my_applications", summary="List the applications one let in")
    async def list_mine(
        self, principal: Caller, reader: Reads, page: Paged
    ) -> Page[AllowedApplicationResponse]:
        """What the caller lets act for them."""
        question = f"my applications {principal.subject}"
        after = page.after(question, UUID)
        async with reader(principal) as tx:
            rows = await application_consents.page(
                tx, principal.tenant_id, principal.subject, after=after, limit=page.fetch
            )
        return page.cut(question, rows, lambda row: row.application_id, _response)

    @delete(
        "/{application_id:uuid}",
        operation_id="withdraw_consent",
        summary="Let an application act for oneself no longer",
    )
    async def withdraw(
        self, application_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> None:
        """What it has for the caller ends within a second. Others' is left as it is."""
        async with writer(principal) as tx:
            gone, ended = await commands.withdraw(
                tx, principal.tenant_id, principal.subject, application_id
            )
            await revoke_all(tx, principal.tenant_id, principal.project_id, "sign_in", ended)
            await emit(tx, [events.consent_withdrawn(gone, principal.project_id)])
            note = entry(
                principal,
                origin,
                "application_consent.withdrawn",
                "application",
                application_id,
                before={"scopes": gone.scopes},
            )
            await audit.append(tx, [note])


def _sent(address: str) -> Response[DecisionResponse]:
    headers = {"cache-control": "no-store"}
    return Response(DecisionResponse(redirect_to=address), headers=headers)


def _response(allowed: AllowedApplication) -> AllowedApplicationResponse:
    return AllowedApplicationResponse(
        id=allowed.application_id,
        name=allowed.name,
        scopes=allowed.scopes,
        allowed_at=allowed.updated_at,
        first_allowed_at=allowed.created_at,
        last_used_at=allowed.last_used_at,
    )
