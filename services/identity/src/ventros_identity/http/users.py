"""`/v1/users`, `/v1/me`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import UNSET, Meta, UnsetType

from platform_auth import Principal, Role
from platform_bus import emit
from platform_core.errors import Forbidden
from platform_core.types import Email, NonEmptyStr
from platform_http import Caller, Page, Paged, Problem, Reads, Writes
from platform_http.problems import MEDIA_TYPE
from platform_http.transactions import Writer
from ventros_identity.commands.passwords import MAX_LENGTH, MIN_LENGTH, Passwords
from ventros_identity.commands.users import ChangeUser, CreateUser, change_user, create_user, loses
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.user import RoleName, User, UserChange
from ventros_identity.events import people
from ventros_identity.events.access import revoke
from ventros_identity.http.audit import Comes, entry
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit, sign_ins

Hashing = NamedDependency[SkipValidation[Passwords]]


class CreateUserRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new user of the caller's tenant."""

    email: Email
    name: NonEmptyStr
    password: Annotated[str, Meta(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
    role: RoleName


class UpdateUserRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; a field that is left out stays."""

    name: NonEmptyStr | UnsetType = UNSET
    role: RoleName | UnsetType = UNSET


class UserResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A user. Who signed up and has not opened the link in the mail is not `email_confirmed`."""

    id: UUID
    email: str
    name: str
    role: RoleName
    active: bool
    email_confirmed: bool
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


def gone(what: str) -> ResponseSpec:
    """What is answered when the token outlives what it speaks of."""
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
        email_confirmed=user.email_confirmed,
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
            await emit(tx, [people.user_created(user, principal.project_id, principal.subject)])
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

    @patch("/{user_id:uuid}", operation_id="update_user", summary="Change a user")
    async def update(
        self,
        user_id: FromPath[UUID],
        data: JSONBody[UpdateUserRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> UserResponse:
        """Change a user's name or role; who does not manage users, the own name alone.

        The last active admin stays one. Access tokens that hold more than the new role are refused
        within a second.
        """
        change = UserChange(name=data.name, role=data.role)
        return user_response(await _change(principal, writer, origin, user_id, change))

    @post(
        "/{user_id:uuid}/disable",
        operation_id="disable_user",
        summary="Disable a user",
        status_code=200,
    )
    async def disable(
        self, user_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> UserResponse:
        """Let a user in no longer: all sign-ins end at once. The last active admin stays."""
        change = UserChange(active=False)
        return user_response(await _change(principal, writer, origin, user_id, change))

    @post(
        "/{user_id:uuid}/enable",
        operation_id="enable_user",
        summary="Enable a user",
        status_code=200,
    )
    async def enable(
        self, user_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> UserResponse:
        """Let a user who was disabled sign in again."""
        change = UserChange(active=True)
        return user_response(await _change(principal, writer, origin, user_id, change))


async def _change(
    principal: Principal, writer: Writer, origin: Origin, user_id: UUID, change: UserChange
) -> User:
    """Change a user and tell everybody whom it concerns."""
    command = ChangeUser(
        tenant_id=principal.tenant_id,
        user_id=user_id,
        by=principal.subject,
        manages="user:delete" in principal.permissions,
        change=change,
    )
    async with writer(principal) as tx:
        before, user = await change_user(tx, command)
        if user is before:
            return user
        action = "updated" if user.active == before.active else _switched(user)
        tell = people.user_updated if action == "updated" else people.user_switched
        await emit(tx, [tell(user, principal.project_id, principal.subject)])
        told = entry(
            principal,
            origin,
            f"user.{action}",
            "user",
            user.id,
            before=_shown(before),
            after=_shown(user),
        )
        await audit.append(tx, [told])
        if loses(before, user):
            project_id = principal.project_id
            ended = [] if user.active else await sign_ins.end_all(tx, user.tenant_id, user.id)
            await revoke(tx, user.tenant_id, project_id, "user", [user.id], user_id=user.id)
            await revoke(tx, user.tenant_id, project_id, "sign_in", ended, user_id=user.id)
    return user


def _switched(user: User) -> str:
    return "enabled" if user.active else "disabled"


def _shown(user: User) -> dict[str, object]:
    return {"name": user.name, "role": user.role, "active": user.active}


@get(
    "/v1/me",
    operation_id="read_me",
    summary="Who am I",
    tags=["sign-in"],
    responses={404: gone("user")},
)
async def read_me(principal: Caller, reader: Reads) -> MeResponse:
    """The user of the token, and what the token allows."""
    if principal.role is None:
        raise Forbidden("A program is nobody.")
    async with reader(principal) as tx:
        user = await queries.user(tx, principal.tenant_id, principal.subject)
    return MeResponse(
        user=user_response(user),
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        role=principal.role,
        permissions=sorted(principal.permissions),
    )
