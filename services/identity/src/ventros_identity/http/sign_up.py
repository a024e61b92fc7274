"""`POST /v1/sign-up`: a new customer comes by itself."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation
from msgspec import Meta

from platform_bus import emit
from platform_core.ids import new_id
from platform_core.types import Email, NonEmptyStr
from ventros_identity.commands import guessing
from ventros_identity.commands.customers import CreateCustomer, create_customer
from ventros_identity.commands.email_confirmation import send_link
from ventros_identity.commands.passwords import MAX_LENGTH, MIN_LENGTH
from ventros_identity.domain.audit import Actor, entry_of
from ventros_identity.domain.guessing import CONFIRMATION, Subject, TooManyAttempts
from ventros_identity.domain.invitation import Admission, SignUpClosed
from ventros_identity.domain.mail import Language
from ventros_identity.domain.project import check_time_zone
from ventros_identity.domain.user import normal_email
from ventros_identity.events import people, publish
from ventros_identity.http.audit import Comes
from ventros_identity.http.projects import TimeZone
from ventros_identity.http.signing import Signing, Signs, refused
from ventros_identity.store import audit

Admits = NamedDependency[SkipValidation[Admission]]
"""The type of a handler's `admission` parameter."""


class SignUpRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company, its first project (by default of the same name), and its first admin."""

    company: NonEmptyStr
    project: NonEmptyStr | None = None
    time_zone: TimeZone = "UTC"
    name: NonEmptyStr
    email: Email
    password: Annotated[str, Meta(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
    language: Annotated[Language, Meta(description="Of the mail with the link.")] = "pt"


class SignUpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What was made. Sign in with the address and the password."""

    tenant_id: UUID
    project_id: UUID
    user_id: UUID


@post(
    "/v1/sign-up",
    operation_id="sign_up",
    summary="Sign up",
    tags=["sign-in"],
    responses={403: refused("This installation takes no new customers by itself.")},
)
async def sign_up(
    data: JSONBody[SignUpRequest], signing: Signs, admission: Admits, origin: Comes
) -> SignUpResponse:
    """Make a tenant with a project and an admin, who gets a mail to confirm the address: until
    then they let in neither people nor programs.

    The answer is the same whether or not the address has an account with another company.
    """
    if not admission.sign_up:
        raise SignUpClosed("Ask the operator of this installation for an account.")
    check_time_zone(data.time_zone)
    command = CreateCustomer(
        tenant_id=new_id(),
        name=data.company,
        project_name=data.project or data.company,
        time_zone=data.time_zone,
        email=data.email,
        user_name=data.name,
        password_hash=await signing.passwords.hash(data.password),
        email_confirmed=False,
    )
    mailed = await _may_mail(signing, data.email)
    async with signing.db.tenant(command.tenant_id) as tx:
        made = await create_customer(tx, command)
        project_id, user = made.project.id, made.user
        await emit(
            tx,
            [
                people.customer_created(made.tenant, project_id),
                publish.project_created(made.project),
                people.user_created(user, project_id, None),
            ],
        )
        actor = Actor(kind="user", id=user.id)
        shown = {"email": user.email, "name": user.name, "role": user.role}
        tenant_id = command.tenant_id
        tenant_made = entry_of(
            tenant_id,
            actor,
            origin,
            "tenant.created",
            "tenant",
            tenant_id,
            after={"name": made.tenant.name},
        )
        user_made = entry_of(tenant_id, actor, origin, "user.created", "user", user.id, after=shown)
        await audit.append(tx, [tenant_made, user_made])
        if mailed:
            await send_link(tx, signing.vault, user, signing.app_url, data.language)
    signing.bell.ring()
    return SignUpResponse(tenant_id=command.tenant_id, project_id=project_id, user_id=user.id)


async def _may_mail(signing: Signing, email: str) -> bool:
    """Whether the address may get another mail: whoever signs up can name somebody else's. Who is
    left without one asks for it once signed in.
    """
    try:
        subject = Subject(limit=CONFIRMATION, value=normal_email(email))
        await guessing.attempt(signing.db, [subject])
    except TooManyAttempts:
        return False
    return True
