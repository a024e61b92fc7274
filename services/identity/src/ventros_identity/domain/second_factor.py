"""The second factor: codes of an app, and recovery codes for when it is lost."""

from typing import Final

from platform_core.errors import Conflict, NotFound, Unauthenticated

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
