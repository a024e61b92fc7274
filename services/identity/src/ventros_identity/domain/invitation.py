"""An invitation: somebody is asked by mail to become a user, and perhaps a member of a project."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, Forbidden, Invalid, NotFound
from ventros_identity.domain.mail import Language, Letter
from ventros_identity.domain.member import ProjectRoleName
from ventros_identity.domain.user import RoleName


class SignUpClosed(Forbidden):
    """This installation takes no new customers by itself."""

    code = "sign_up_closed"


class InvitationInvalid(Invalid):
    """The link is wrong, was used, was taken back, or its time is over; it is not told which."""

    code = "invitation_invalid"


class InvitationNotFound(NotFound):
    """No open invitation of this tenant has this id."""

    code = "invitation_not_found"


class InvitedMeanwhile(Conflict):
    """The same address is being invited by somebody else at this moment."""

    code = "invited_meanwhile"


class IncompleteRole(Invalid):
    """A project and the role in it come together."""

    code = "incomplete_project_role"


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """How people come in: whether anybody may sign up, and how long an invitation is good."""

    sign_up: bool = True
    invitation_life: timedelta = timedelta(days=7)


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as it is stored, without its token's hash."""

    tenant_id: UUID
    id: UUID
    email: str
    role: RoleName
    project_id: UUID | None
    project_role: ProjectRoleName | None
    invited_by: UUID
    invited_in: UUID
    created_at: datetime
    expires_at: datetime


def check_project_role(project_id: UUID | None, role: ProjectRoleName | None) -> None:
    """Raises `IncompleteRole`."""
    if (project_id is None) != (role is None):
        raise IncompleteRole("A project and the role in it are given together or not at all.")


def letter(
    language: Language, *, tenant: str, inviter: str, link: str, expires_at: datetime
) -> Letter:
    """What the invited person reads."""
    until = f"{expires_at:%Y-%m-%d %H:%M} UTC"
    if language == "pt":
        return Letter(
            subject=f"Convite para {tenant}",
            body=f"Olá,\n\n{inviter} convidou você para trabalhar com {tenant} no Ventros.\n"
            f"Para aceitar, abra este endereço e escolha uma senha:\n\n{link}\n\n"
            f"O convite vale uma vez, até {until}. Se você não o esperava, ignore esta mensagem.\n",
        )
    return Letter(
        subject=f"Invitation to {tenant}",
        body=f"Hello,\n\n{inviter} has invited you to work with {tenant} on Ventros.\n"
        f"To accept, open this address and choose a password:\n\n{link}\n\n"
        f"The invitation is good once, until {until}. If it is a surprise, ignore this mail.\n",
    )
