"""Why a caller is not let in. Details never say more than a caller may know."""

from platform_core.errors import Unauthenticated


class TokenMissing(Unauthenticated):
    """No bearer token was sent."""

    code = "token_missing"


class TokenInvalid(Unauthenticated):
    """The token is not one of ours, is of another kind, or was changed."""

    code = "token_invalid"


class TokenRevoked(Unauthenticated):
    """The token was ours; what it gives access to was taken back."""

    code = "token_revoked"


class TokenExpired(Unauthenticated):
    """The token was ours; its time is over."""

    code = "token_expired"
