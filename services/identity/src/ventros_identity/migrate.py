"""`python -m ventros_identity migrate`: the schema, and the first signing key."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from platform_bus import MIGRATIONS as BUS_MIGRATIONS
from platform_core import settings as core_settings
from platform_core.clock import utc_now
from platform_http import MIGRATIONS as HTTP_MIGRATIONS
from platform_postgres import MigrationError, migrate
from ventros_identity.settings import MigrateSettings
from ventros_identity.signing_keys import ensure_signing_key

MIGRATIONS: Final = (BUS_MIGRATIONS, HTTP_MIGRATIONS, Path(__file__).parents[2] / "migrations")


def command(_arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """The command; its exit code."""
    settings = core_settings.load(MigrateSettings, environ)
    try:
        sys.stdout.write(migrate(settings.owner.database_owner_url, "identity", MIGRATIONS))
    except MigrationError as error:
        sys.stderr.write(f"ventros-identity: {error}\n")
        return 1
    if settings.token_keys_dir is not None and ensure_signing_key(
        settings.token_keys_dir, utc_now()
    ):
        sys.stdout.write(f"made a signing key in {settings.token_keys_dir}\n")
    return 0
