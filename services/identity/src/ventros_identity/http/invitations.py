"""`/v1/invitations`: people are asked by mail to become users."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from platform_bus import emit
from platform_core.types import Email, NonEmptyStr
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_identity.commands import invitations as commands
from ventros_identity.commands.email_confirmation import check_confirmed
from ventros_identity.commands.passwords import MAX_LENGTH, MIN_LENGTH
from ventros_identity.domain.audit import Actor, Entry, Origin, entry_of
from ventros_identity.domain.invitation import Invitation
from ventros_identity.domain.mail import Language
from ventros_identity.domain.member import ProjectRoleName
from ventros_identity.domain.user import RoleName
from ventros_identity.events import people
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.members import shown as member_shown
from ventros_identity.http.sign_up import Admits
from ventros_identity.http.signing import Signs, refused
from ventros_identity.store import audit, invitations


class InviteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite, as what. With a project, its role there is given as well."""

    email: Email
    role: RoleName
    project_id: UUID | None = None
    project_role: ProjectRoleName | None = None
    language: Language = "pt"


class InvitationResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An open invitation. Its link is in the mail alone."""

    id: UUID
    email: str
    role: RoleName
    project_id: UUID | None
    project_role: ProjectRoleName | None
    invited_by: UUID
    created_at: datetime
    expires_at: datetime


class AcceptRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of the link, and who one is."""

    token: Annotated[str, Meta(min_length=1, max_length=128)]
    name: NonEmptyStr
    password: Annotated[str, Meta(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]


class AcceptedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The new user. Sign in with the address and the password."""

    tenant_id: UUID
    user_id: UUID
    project_id: UUID | None
    email: str


def invitation_response(invitation: Invitation) -> InvitationResponse:
    """The answer that shows an invitation."""
    return InvitationResponse(
        id=invitation.id,
        email=invitation.email,
        role=invitation.role,
        project_id=invitation.project_id,
        project_role=invitation.project_role,
        invited_by=invitation.invited_by,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


def _shown(invitation: Invitation) -> dict[str, str | None]:
    project_id = invitation.project_id
    return {
        "email": invitation.email,
        "role": invitation.role,
        "project_id": None if project_id is None else str(project_id),
        "project_role": invitation.project_role,
    }


class Invitations(Controller):
    """The open invitations of the caller's tenant."""

    path = "/v1/invitations"
    tags = ("invitations",)

    @post(
        operation_id="create_invitation",
        summary="Invite somebody",
        responses={
            403: refused(
                "The role lacks the permission, or the caller has not confirmed their address."
            ),
            404: refused("There is no such project."),
        },
    )
    async def create(
        self,
        data: JSONBody[InviteRequest],
        principal: Caller,
        writer: Writes,
        signing: Signs,
        admission: Admits,
        origin: Comes,
    ) -> InvitationResponse:
        """Send somebody a link that makes them a user, once, while it is good.

        An earlier invitation of the same address is good no longer.
        """
        command = commands.Invite(
            tenant_id=principal.tenant_id,
            email=data.email,
            role=data.role,
            project_id=data.project_id,
            project_role=data.project_role,
            by=principal.subject,
            inside=principal.project_id,
            life=admission.invitation_life,
            language=data.language,
            app_url=signing.app_url,
        )
        async with writer(principal) as tx:
            await check_confirmed(tx, principal)
            made = await commands.invite(tx, signing.vault, command)
            told = entry(
                principal, origin, "invitation.created", "invitation", made.id, after=_shown(made)
            )
            await audit.append(tx, [told])
        return invitation_response(made)

    @get(operation_id="list_invitations", summary="List open invitations")
    async def list_invitations(
        self, principal: Caller, reader: Reads, page: Paged
    ) -> Page[InvitationResponse]:
        """Invitations that are still good, in the order in which they were made."""
        after = page.after("invitations", UUID)
        async with reader(principal) as tx:
            rows = await invitations.page(tx, principal.tenant_id, after=after, limit=page.fetch)
        return page.cut("invitations", rows, lambda row: row.id, invitation_response)

    @delete(
        "/{invitation_id:uuid}", operation_id="revoke_invitation", summary="Take an invitation back"
    )
    async def revoke(
        self, invitation_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> None:
        """The link is good no longer."""
        async with writer(principal) as tx:
            gone = await commands.revoke_invitation(tx, principal.tenant_id, invitation_id)
            told = entry(
                principal, origin, "invitation.revoked", "invitation", gone.id, before=_shown(gone)
            )
            await audit.append(tx, [told])


@post(
    "/v1/invitations/accept",
    operation_id="accept_invitation",
    summary="Accept an invitation",
    tags=["invitations"],
)
async def accept_invitation(
    data: JSONBody[AcceptRequest], signing: Signs, origin: Comes
) -> AcceptedResponse:
    """Become a user by the link of an invitation. It works once."""
    token = commands.read_token(data.token)
    async with signing.db.tenant(token.tenant_id) as tx:
        await commands.check_token(tx, token)
    # No transaction is held while a password is hashed.
    password_hash = await signing.passwords.hash(data.password)
    async with signing.db.tenant(token.tenant_id) as tx:
        accepted = await commands.accept(tx, token, name=data.name, password_hash=password_hash)
        said = [people.user_created(accepted.user, accepted.invitation.invited_in, None)]
        if accepted.member is not None:
            said.append(people.member_invited(accepted.member))
        await emit(tx, said)
        await audit.append(tx, _entries(accepted, origin))
    signing.bell.ring()
    return AcceptedResponse(
        tenant_id=accepted.user.tenant_id,
        user_id=accepted.user.id,
        project_id=accepted.invitation.project_id,
        email=accepted.user.email,
    )


def _entries(accepted: commands.Accepted, origin: Origin) -> list[Entry]:
    user, member, invitation = accepted.user, accepted.member, accepted.invitation
    tenant_id, actor = user.tenant_id, Actor(kind="user", id=user.id)
    shown = {"email": user.email, "name": user.name, "role": user.role}
    told = [
        entry_of(
            tenant_id,
            actor,
            origin,
            "invitation.accepted",
            "invitation",
            invitation.id,
            before=_shown(invitation),
        ),
        entry_of(tenant_id, actor, origin, "user.created", "user", user.id, after=shown),
    ]
    if member is not None:
        told.append(
            entry_of(
                tenant_id,
                actor,
                origin,
                "project_member.invited",
                "project_member",
                member.id,
                after=member_shown(member),
            )
        )
    return told
