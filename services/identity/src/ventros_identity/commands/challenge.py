"""The challenge between password and second factor: signed, five minutes, of no other use."""

import time
from typing import Final
from uuid import UUID

import msgspec

from platform_auth import jwt
from platform_auth.errors import TokenExpired, TokenInvalid
from platform_auth.keys import thumbprint
from ventros_identity.commands.sign_in import SignedIn
from ventros_identity.commands.signing_keys import SigningKeys
from ventros_identity.domain.second_factor import CHALLENGE_SECONDS, ChallengeInvalid

TYP: Final = "second-factor+jwt"
AUDIENCE: Final = "ventros-second-factor"


class ChallengeClaims(msgspec.Struct, frozen=True, kw_only=True):
    """Who has proved the password; times are seconds since 1970. `pwm` marks the password."""

    iss: str
    aud: str
    sub: UUID
    tid: UUID
    pid: UUID
    pwm: str
    iat: int
    nbf: int
    exp: int


class Challenges:
    """Signs with the key that signs at the moment, verifies with all that are published."""

    def __init__(self, keys: SigningKeys, *, issuer: str) -> None:
        self._keys = keys
        self._issuer = issuer

    def issue(self, signed_in: SignedIn) -> str:
        """A challenge for somebody who has proved the password."""
        now = int(time.time())
        claims = ChallengeClaims(
            iss=self._issuer,
            aud=AUDIENCE,
            sub=signed_in.user.id,
            tid=signed_in.user.tenant_id,
            pid=signed_in.project_id,
            pwm=signed_in.password_mark,
            iat=now,
            nbf=now,
            exp=now + CHALLENGE_SECONDS,
        )
        key = self._keys.signer
        return jwt.sign(claims, key=key, kid=thumbprint(key.public_key()), typ=TYP)

    def verify(self, challenge: str) -> ChallengeClaims:
        """Raises `ChallengeInvalid`."""
        try:
            return jwt.verify(
                challenge,
                ChallengeClaims,
                keys=self._keys.public,
                typ=TYP,
                issuer=self._issuer,
                audience=AUDIENCE,
            )
        except (TokenInvalid, TokenExpired) as error:
            raise ChallengeInvalid("The challenge is not valid any more. Sign in again.") from error
