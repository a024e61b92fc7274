"""Invite people by mail, and let them in."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Tx
from ventros_identity.commands import mail, secret_tokens
from ventros_identity.commands.members import AddMember, add_member
from ventros_identity.commands.secret_tokens import SecretToken
from ventros_identity.commands.users import CreateUser, create_user
from ventros_identity.domain.invitation import (
    Invitation,
    InvitationInvalid,
    InvitationNotFound,
    check_project_role,
    letter,
)
from ventros_identity.domain.mail import Language
from ventros_identity.domain.member import Member, ProjectRoleName
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.domain.user import EmailTaken, RoleName, User, UserNotFound, normal_email
from ventros_identity.store import invitations, projects, tenants, users

PREFIX: Final = "vi_"
_REFUSED: Final = "The invitation is not good any more. Ask for another one."


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be invited. `app_url` is where the link leads; `by` was at work `inside`."""

    tenant_id: UUID
    email: str
    role: RoleName
    project_id: UUID | None
    project_role: ProjectRoleName | None
    by: UUID
    inside: UUID
    life: timedelta
    language: Language
    app_url: str


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Who came in by an invitation, and to which project."""

    invitation: Invitation
    user: User
    member: Member | None


async def invite(tx: Tx, vault: Vault, command: Invite) -> Invitation:
    """Make an invitation, and its mail; an open one of the same address is good no longer.

    Raises:
        IncompleteRole, EmailTaken, ProjectNotFound, UserNotFound, InvitedMeanwhile
    """
    check_project_role(command.project_id, command.project_role)
    email = normal_email(command.email)
    if await users.is_taken(tx, command.tenant_id, email):
        raise EmailTaken("A user has this e-mail address already.")
    project_id = command.project_id
    if project_id and await projects.find(tx, command.tenant_id, project_id) is None:
        raise ProjectNotFound("No project has this id.")
    tenant = await tenants.find(tx, command.tenant_id)
    inviter = await users.find(tx, command.tenant_id, command.by)
    if tenant is None or inviter is None:
        raise UserNotFound("The inviting user is gone.")
    token = secret_tokens.make(PREFIX, command.tenant_id)
    invitation = await invitations.insert(
        tx,
        command.tenant_id,
        new_id(),
        email=email,
        role=command.role,
        project_id=command.project_id,
        project_role=command.project_role,
        token_hash=token.hash,
        invited_by=command.by,
        invited_in=command.inside,
        life=command.life,
    )
    # Behind the #, so that no server on the way has it in its log.
    link = f"{command.app_url.rstrip('/')}/invitations/accept#token={token.text}"
    text = letter(
        command.language,
        tenant=tenant.name,
        inviter=inviter.name,
        link=link,
        expires_at=invitation.expires_at,
    )
    await mail.write(tx, vault, command.tenant_id, email, text)
    return invitation


async def revoke_invitation(tx: Tx, tenant_id: UUID, invitation_id: UUID) -> Invitation:
    """Take an invitation back. Raises `InvitationNotFound`."""
    revoked = await invitations.revoke(tx, tenant_id, invitation_id)
    if revoked is None:
        raise InvitationNotFound("No open invitation has this id.")
    return revoked


def read_token(text: str) -> SecretToken:
    """The token of a link. Raises `InvitationInvalid`."""
    token = secret_tokens.read(PREFIX, text)
    if token is None:
        raise InvitationInvalid(_REFUSED)
    return token


async def check_token(tx: Tx, token: SecretToken) -> None:
    """Whether it is worth to hash a password. Raises `InvitationInvalid`."""
    if await invitations.find(tx, token.tenant_id, token.hash) is None:
        raise InvitationInvalid(_REFUSED)


async def accept(tx: Tx, token: SecretToken, *, name: str, password_hash: str) -> Accepted:
    """Make the user, and the membership if there is to be one. It works once.

    Raises:
        InvitationInvalid, EmailTaken
    """
    invitation = await invitations.accept(tx, token.tenant_id, token.hash)
    if invitation is None:
        raise InvitationInvalid(_REFUSED)
    user = await create_user(
        tx,
        CreateUser(
            tenant_id=invitation.tenant_id,
            email=invitation.email,
            name=name,
            role=invitation.role,
            password_hash=password_hash,
        ),
    )
    member = None
    if invitation.project_id is not None and invitation.project_role is not None:
        joining = AddMember(
            tenant_id=invitation.tenant_id,
            project_id=invitation.project_id,
            user_id=user.id,
            role=invitation.project_role,
            invited_by=invitation.invited_by,
        )
        try:
            member = await add_member(tx, joining)
        except ProjectNotFound as error:
            raise InvitationInvalid(_REFUSED) from error
    return Accepted(invitation=invitation, user=user, member=member)
