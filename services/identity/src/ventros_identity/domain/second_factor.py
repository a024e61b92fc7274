"""The second factor: codes of an app, and recovery codes for when it is lost."""

from typing import Final

from platform_core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from ventros_identity.domain.mail import Language, Letter

RECOVERY_CODES: Final = 10
CHALLENGE_SECONDS: Final = 300
ISSUER: Final = "Ventros"


class SecondFactorInvalid(Unauthenticated):
    """The code is wrong, too old, or was used before."""

    code = "second_factor_invalid"


class ChallengeInvalid(Unauthenticated):
    """The challenge is not ours, or its time is over: sign in again."""

    code = "challenge_invalid"


class SecondFactorOn(Conflict):
    """There is a second factor already; it has to be switched off first."""

    code = "second_factor_on"


class NoSecondFactor(NotFound):
    """There is no second factor, or none that waits to be confirmed."""

    code = "second_factor_not_found"


class OwnSecondFactor(Forbidden):
    """One's own second factor is switched off with the password, not as an admin."""

    code = "own_second_factor"


def removed_letter(language: Language, *, tenant: str, admin: str) -> Letter:
    """What somebody reads whose second factor an admin has switched off."""
    if language == "pt":
        return Letter(
            subject="Verificação em duas etapas desativada",
            body=(
                f"{admin} desativou a verificação em duas etapas da sua conta em {tenant}.\n\n"
                "Todos os seus acessos foram encerrados. Entre de novo com a sua senha e ative "
                "a verificação outra vez.\n"
                "Se você não pediu isso, fale com a sua empresa.\n"
            ),
        )
    return Letter(
        subject="Second factor switched off",
        body=(
            f"{admin} has switched off the second factor of your account with {tenant}.\n\n"
            "You have been signed out everywhere. Sign in with your password and switch it on "
            "again.\n"
            "If you did not ask for this, talk to your company.\n"
        ),
    )
