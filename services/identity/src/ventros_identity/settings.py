"""What an operator says about identity."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from platform_bus import BusSettings
from platform_http import HttpSettings
from platform_outbound import OutboundSettings
from platform_postgres import PostgresSettings
from platform_telemetry import TelemetrySettings
from ventros_identity.domain.invitation import Admission
from ventros_identity.domain.sign_in import Lifetimes
from ventros_identity.mail import MailSettings


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long people stay signed in."""

    sign_in_idle_days: Annotated[
        float, Meta(gt=0, description="A sign-in that is not used for so many days ends.")
    ] = 30
    sign_in_longest_days: Annotated[
        float,
        Meta(gt=0, description="However often it is used, it ends after so many days."),
    ] = 90

    @property
    def lifetimes(self) -> Lifetimes:
        """Both, as the domain wants them."""
        return Lifetimes(
            idle=timedelta(days=self.sign_in_idle_days),
            longest=timedelta(days=self.sign_in_longest_days),
        )


class AdmissionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How people come in."""

    sign_up: Annotated[bool, Meta(description="Whether anybody may sign up as a new customer.")] = (
        True
    )
    invitation_days: Annotated[
        float, Meta(gt=0, description="An invitation is good for so many days.")
    ] = 7

    @property
    def admission(self) -> Admission:
        """Both, as the domain wants them."""
        return Admission(sign_up=self.sign_up, invitation_life=timedelta(days=self.invitation_days))


KeyRingFile = Annotated[
    Path, Meta(description="Key ring file that everything of identity is sealed with.")
]
TokenKeyDays = Annotated[
    float, Meta(gt=0, description="A key signs tokens for so many days; then the next one does.")
]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the service. `issuer` is the `iss` of access tokens."""

    http: HttpSettings
    postgres: PostgresSettings
    bus: BusSettings
    mail: MailSettings
    sign_in: SignInSettings
    admission: AdmissionSettings
    outbound: OutboundSettings
    telemetry: TelemetrySettings
    key_ring: KeyRingFile
    token_key_days: TokenKeyDays = 30
    issuer: Annotated[str, Meta(description="The `iss` of access tokens.")] = "ventros"


class SeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `seed`."""

    postgres: PostgresSettings


class KeySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the commands that work with keys."""

    postgres: PostgresSettings
    telemetry: TelemetrySettings
    key_ring: KeyRingFile
    token_key_days: TokenKeyDays = 30
