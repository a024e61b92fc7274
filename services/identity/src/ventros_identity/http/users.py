"""`/v1/users`, `/v1/me`, `/v1/tenant`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import Meta

from platform_auth import Role
from platform_core.types import Email, NonEmptyStr
from platform_http import Caller, Page, Paged, Problem, Reads, Writes
from platform_http.problems import MEDIA_TYPE
from ventros_identity.commands.passwords import MAX_LENGTH, MIN_LENGTH, Passwords
from ventros_identity.commands.users import CreateUser, create_user
from ventros_identity.domain.user import RoleName, User
from ventros_identity.http.audit import Comes, entry
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit

Hashing = NamedDependency[SkipValidation[Passwords]]


class CreateUserRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new user of the caller's tenant."""

    email: Email
    name: NonEmptyStr
    password: Annotated[str, Meta(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
    role: RoleName


class UserResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A user."""

    id: UUID
    email: str
    name: str
    role: RoleName
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class MeResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, to what, and what they may do."""

    user: UserResponse
    tenant_id: UUID
    project_id: UUID
    role: Role
    permissions: list[str]


class TenantResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's tenant."""

    id: UUID
    name: str
    version: int
    created_at: datetime
    updated_at: datetime


def _gone(what: str) -> ResponseSpec:
    return ResponseSpec(
        Problem,
        description=f"The {what} of the token is no more.",
        media_type=MEDIA_TYPE,
        generate_examples=False,
    )


def user_response(user: User) -> UserResponse:
    """The answer that shows a user."""
    return UserResponse(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        active=user.active,
        version=user.version,
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


class Users(Controller):
    """The users of the caller's tenant."""

    path = "/v1/users"
    tags = ("users",)

    @post(operation_id="create_user", summary="Create a user")
    async def create(
        self,
        data: JSONBody[CreateUserRequest],
        principal: Caller,
        writer: Writes,
        passwords: Hashing,
        origin: Comes,
    ) -> UserResponse:
        """Make a user of the caller's tenant."""
        password_hash = await passwords.hash(data.password)
        command = CreateUser(
            tenant_id=principal.tenant_id,
            email=data.email,
            name=data.name,
            role=data.role,
            password_hash=password_hash,
        )
        async with writer(principal) as tx:
            user = await create_user(tx, command)
            shown = {"email": user.email, "name": user.name, "role": user.role}
            added = entry(principal, origin, "user.created", "user", user.id, after=shown)
            await audit.append(tx, [added])
        return user_response(user)

    @get(operation_id="list_users", summary="List users")
    async def list_users(self, principal: Caller, reader: Reads, page: Paged) -> Page[UserResponse]:
        """Users of the caller's tenant, in the order of their creation."""
        after = page.after("users", UUID)
        async with reader(principal) as tx:
            rows = await queries.user_page(tx, principal.tenant_id, after=after, limit=page.fetch)
        return page.cut("users", rows, lambda row: row.id, user_response)

    @get("/{user_id:uuid}", operation_id="read_user", summary="Read a user")
    async def read(self, user_id: FromPath[UUID], principal: Caller, reader: Reads) -> UserResponse:
        """One user of the caller's tenant."""
        async with reader(principal) as tx:
            return user_response(await queries.user(tx, principal.tenant_id, user_id))


@get(
    "/v1/me",
    operation_id="read_me",
    summary="Who am I",
    tags=["sign-in"],
    responses={404: _gone("user")},
)
async def read_me(principal: Caller, reader: Reads) -> MeResponse:
    """The user of the token, and what the token allows."""
    async with reader(principal) as tx:
        user = await queries.user(tx, principal.tenant_id, principal.subject)
    return MeResponse(
        user=user_response(user),
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        role=principal.role,
        permissions=sorted(principal.permissions),
    )


@get(
    "/v1/tenant",
    operation_id="read_tenant",
    summary="Read one's tenant",
    tags=["tenant"],
    responses={404: _gone("tenant")},
)
async def read_tenant(principal: Caller, reader: Reads) -> TenantResponse:
    """The caller's tenant."""
    async with reader(principal) as tx:
        tenant = await queries.tenant(tx, principal.tenant_id)
    return TenantResponse(
        id=tenant.tenant_id,
        name=tenant.name,
        version=tenant.version,
        created_at=tenant.created_at,
        updated_at=tenant.updated_at,
    )
