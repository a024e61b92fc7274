"""An address is confirmed by a link that was mailed to it."""

from datetime import timedelta
from typing import Final

from platform_core.errors import Forbidden, Invalid
from ventros_identity.domain.mail import Language, Letter

CONFIRMATION_LASTS: Final = timedelta(hours=24)


class EmailUnconfirmed(Forbidden):
    """Who has not confirmed their address lets nobody else in, neither people nor programs."""

    code = "email_unconfirmed"


class ConfirmationInvalid(Invalid):
    """The link is wrong, was used, or its time is over; it is not told which."""

    code = "email_confirmation_invalid"


def confirmation_letter(language: Language, link: str) -> Letter:
    """The mail with the link."""
    if language == "pt":
        return Letter(
            subject="Confirme o seu endereço no Ventros",
            body=(
                "Alguém se cadastrou no Ventros com este endereço de e-mail.\n\n"
                f"Para confirmar que ele é seu, abra este link em até 24 horas:\n{link}\n\n"
                "Ele vale uma única vez. Se não foi você, ignore este e-mail.\n"
            ),
        )
    return Letter(
        subject="Confirm your address at Ventros",
        body=(
            "Somebody signed up at Ventros with this e-mail address.\n\n"
            f"To confirm that it is yours, open this link within 24 hours:\n{link}\n\n"
            "It works once. If it was not you, ignore this mail.\n"
        ),
    )
