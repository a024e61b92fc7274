"""What an operator says about identity."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from platform_bus import BusSettings
from platform_http import HttpSettings
from platform_postgres import OwnerSettings, PostgresSettings
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


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the service.

    `token_keys_dir` is the folder with the signing keys, `issuer` the `iss` of access tokens.
    """

    http: HttpSettings
    postgres: PostgresSettings
    bus: BusSettings
    mail: MailSettings
    sign_in: SignInSettings
    admission: AdmissionSettings
    telemetry: TelemetrySettings
    token_keys_dir: Annotated[
        Path,
        Meta(
            description="Folder with the PEM files of the keys that access tokens are signed with."
        ),
    ]
    second_factor_keys: Annotated[
        Path, Meta(description="Key ring file that the secrets of second factors are sealed with.")
    ]
    issuer: Annotated[str, Meta(description="The `iss` of access tokens.")] = "ventros"


class MigrateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `migrate`. With `token_keys_dir` it also makes the first signing key."""

    owner: OwnerSettings
    token_keys_dir: Annotated[
        Path | None, Meta(description="Folder in which `migrate` makes the first signing key.")
    ] = None


class SeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `seed`."""

    postgres: PostgresSettings
