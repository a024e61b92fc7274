"""Changing a password, and setting a forgotten one anew."""

from datetime import timedelta
from typing import Final

from platform_core.errors import Forbidden, Unauthenticated
from ventros_identity.domain.mail import Language, Letter

RESET_LASTS: Final = timedelta(minutes=30)


class WrongPassword(Forbidden):
    """The password that was given to prove who asks is wrong."""

    code = "wrong_password"


class ResetInvalid(Unauthenticated):
    """The link is unknown, was used, or its time is over."""

    code = "password_reset_invalid"


def reset_letter(language: Language, link: str) -> Letter:
    """The mail with the link."""
    if language == "pt":
        return Letter(
            subject="Redefinir a sua senha do Ventros",
            body=(
                "Alguém pediu para redefinir a senha desta conta.\n\n"
                f"Para escolher uma nova senha, abra este link em até 30 minutos:\n{link}\n\n"
                "Ele vale uma única vez. Se não foi você, ignore este e-mail: nada muda.\n"
            ),
        )
    return Letter(
        subject="Reset your Ventros password",
        body=(
            "Somebody asked to reset the password of this account.\n\n"
            f"To choose a new password, open this link within 30 minutes:\n{link}\n\n"
            "It works once. If it was not you, ignore this mail: nothing changes.\n"
        ),
    )
