"""What an operator says about identity."""

from pathlib import Path

import msgspec

from platform_bus import BusSettings
from platform_http import HttpSettings
from platform_postgres import OwnerSettings, PostgresSettings
from platform_telemetry import TelemetrySettings
from ventros_identity.mail import MailSettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the service.

    `token_keys_dir` is the folder with the signing keys, `issuer` the `iss` of access tokens.
    """

    http: HttpSettings
    postgres: PostgresSettings
    bus: BusSettings
    mail: MailSettings
    telemetry: TelemetrySettings
    token_keys_dir: Path
    issuer: str = "ventros"


class MigrateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `migrate`. With `token_keys_dir` it also makes the first signing key."""

    owner: OwnerSettings
    token_keys_dir: Path | None = None


class SeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `seed`."""

    postgres: PostgresSettings
