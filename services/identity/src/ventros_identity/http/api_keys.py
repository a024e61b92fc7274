"""`/v1/api-keys` and `/v1/scopes`: programs of the company's own, and what they may do."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from platform_auth.scopes import SCOPES, described
from platform_bus import emit
from platform_core.clock import utc_now
from platform_core.types import NonEmptyStr
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_identity.commands import api_keys as commands
from ventros_identity.commands.email_confirmation import check_confirmed
from ventros_identity.domain.api_key import LONGEST_DAYS, ApiKey, ApiKeyChange, KeyState, state_of
from ventros_identity.events import api_keys as events
from ventros_identity.events.access import revoke
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.signing import refused
from ventros_identity.store import api_keys, audit

_SCOPE = r"^[a-z_]{1,40}:[a-z_]{1,20}(?![\s\S])"
Scope = Annotated[str, Meta(pattern=_SCOPE, max_length=64, examples=["contact:read"])]
Scopes = Annotated[
    list[Scope],
    Meta(min_length=1, max_length=200, description="What it may do; `GET /v1/scopes` has all."),
]
Life = Annotated[
    int,
    Meta(
        ge=1,
        le=LONGEST_DAYS,
        description="Days after which it expires; without them it never does.",
    ),
]
_NOT_ALLOWED = refused("Scopes that cannot be given; the detail names them.")


class CreateApiKeyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to the project of the caller's token. Nobody gives more than they may do."""

    name: NonEmptyStr
    scopes: Scopes
    expires_in_days: Life | None = None


class UpdateApiKeyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; a field that is left out stays. Scopes may become fewer or more."""

    name: NonEmptyStr | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET


class ApiKeyResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret.

    `created_by` is a user's id, also of one who is disabled since: the key goes on. `last_used_at`
    is right to the minute.
    """

    id: UUID
    project_id: UUID
    name: str
    scopes: list[str]
    state: KeyState
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    never_expires: bool
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None
    version: int


class CreatedApiKeyResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The new key with its secret, which is shown now and never again."""

    key: ApiKeyResponse
    secret: str


class ScopeResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a program can be given."""

    scope: str
    description: str


def api_key_response(key: ApiKey) -> ApiKeyResponse:
    """The answer that shows a key as it is now."""
    return ApiKeyResponse(
        id=key.id,
        project_id=key.project_id,
        name=key.name,
        scopes=key.scopes,
        state=state_of(key, utc_now()),
        created_by=key.created_by,
        created_at=key.created_at,
        updated_at=key.updated_at,
        expires_at=key.expires_at,
        never_expires=key.expires_at is None,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        last_used_address=key.last_used_address,
        version=key.version,
    )


def _shown(key: ApiKey) -> dict[str, Any]:
    expires_at = None if key.expires_at is None else key.expires_at.isoformat()
    return {"name": key.name, "scopes": key.scopes, "expires_at": expires_at}


class ApiKeys(Controller):
    """The keys to the project of the caller's token."""

    path = "/v1/api-keys"
    tags = ("API keys",)

    @post(
        operation_id="create_api_key",
        summary="Make an API key",
        idempotency="required",
        answer="secret",
        responses={
            403: refused(
                "The role lacks the permission, or the caller has not confirmed their address."
            ),
            404: refused("The project of the token was deleted."),
            422: _NOT_ALLOWED,
        },
    )
    async def create(
        self,
        data: JSONBody[CreateApiKeyRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> CreatedApiKeyResponse:
        """The answer has the key's text, once: `Authorization: Bearer vk_live_…`."""
        days = data.expires_in_days
        command = commands.CreateApiKey(
            tenant_id=principal.tenant_id,
            project_id=principal.project_id,
            name=data.name,
            scopes=data.scopes,
            life=None if days is None else timedelta(days=days),
            by=principal.subject,
            may=principal.permissions,
        )
        async with writer(principal) as tx:
            await check_confirmed(tx, principal)
            key, secret = await commands.create_api_key(tx, command)
            await emit(tx, [events.api_key_created(key)])
            told = entry(principal, origin, "api_key.created", "api_key", key.id, after=_shown(key))
            await audit.append(tx, [told])
        return CreatedApiKeyResponse(key=api_key_response(key), secret=secret)

    @get(operation_id="list_api_keys", summary="List API keys")
    async def list_api_keys(
        self,
        principal: Caller,
        reader: Reads,
        page: Paged,
        only: Annotated[
            KeyState | None, QueryParameter(name="state", description="Only such keys.")
        ] = None,
    ) -> Page[ApiKeyResponse]:
        """Keys to the project, in the order in which they were made."""
        question = f"api keys {principal.project_id} {only}"
        after = page.after(question, UUID)
        async with reader(principal) as tx:
            rows = await api_keys.page(
                tx,
                principal.tenant_id,
                principal.project_id,
                after=after,
                state=only,
                limit=page.fetch,
            )
        return page.cut(question, rows, lambda row: row.id, api_key_response)

    @get("/{api_key_id:uuid}", operation_id="read_api_key", summary="Read an API key")
    async def read(
        self, api_key_id: FromPath[UUID], principal: Caller, reader: Reads
    ) -> ApiKeyResponse:
        """One key to the project, without its secret."""
        async with reader(principal) as tx:
            key = await commands.read_api_key(
                tx, principal.tenant_id, principal.project_id, api_key_id
            )
        return api_key_response(key)

    @patch(
        "/{api_key_id:uuid}",
        operation_id="update_api_key",
        summary="Change an API key",
        responses={409: refused("The key was revoked."), 422: _NOT_ALLOWED},
    )
    async def update(
        self,
        api_key_id: FromPath[UUID],
        data: JSONBody[UpdateApiKeyRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> ApiKeyResponse:
        """Change its name or what it may do. Other scopes count within a second."""
        change = ApiKeyChange(name=data.name, scopes=data.scopes)
        async with writer(principal) as tx:
            before, key = await commands.change_api_key(
                tx,
                principal.tenant_id,
                principal.project_id,
                api_key_id,
                change,
                principal.permissions,
            )
            if key is not before:
                await emit(tx, [events.api_key_updated(key, principal.subject)])
                told = entry(
                    principal,
                    origin,
                    "api_key.updated",
                    "api_key",
                    key.id,
                    before=_shown(before),
                    after=_shown(key),
                )
                await audit.append(tx, [told])
            if key.scopes != before.scopes:
                # A gateway that hears it asks what the key may do now.
                await revoke(tx, key.tenant_id, key.project_id, "api_key", [key.id])
        return api_key_response(key)

    @delete("/{api_key_id:uuid}", operation_id="revoke_api_key", summary="Revoke an API key")
    async def remove(
        self, api_key_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> None:
        """It is refused from now on, within a second. It stays in the list, as revoked."""
        async with writer(principal) as tx:
            key = await commands.revoke_api_key(
                tx, principal.tenant_id, principal.project_id, api_key_id
            )
            if key is not None:
                await emit(tx, [events.api_key_revoked(key, principal.subject)])
                told = entry(
                    principal, origin, "api_key.revoked", "api_key", key.id, before=_shown(key)
                )
                await audit.append(tx, [told])
                await revoke(tx, key.tenant_id, key.project_id, "api_key", [key.id])


@get("/v1/scopes", operation_id="list_scopes", summary="List scopes", tags=["API keys"])
async def list_scopes(principal: Caller, page: Paged) -> Page[ScopeResponse]:  # noqa: ARG001
    """What API keys and applications can be given: permissions that make no ways in."""
    after = page.after("scopes", str) or ""
    rest = sorted(scope for scope in SCOPES if scope > after)[: page.fetch]
    return page.cut(
        "scopes",
        rest,
        lambda scope: scope,
        lambda scope: ScopeResponse(scope=scope, description=described(scope)),
    )
