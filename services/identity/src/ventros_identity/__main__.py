"""`python -m ventros_identity [all|api|worker|workflows|migrate|events|seed|keys|rewrap]`."""

import sys

from platform_bus.events_command import events_command
from platform_http import serve
from ventros_identity import seed
from ventros_identity.app import MIGRATIONS, build
from ventros_identity.events.snapshot import SOURCES
from ventros_identity.operate import keys_command, rewrap_command
from ventros_identity.settings import Settings


def main() -> int:
    """Run the role or command that the arguments name."""
    commands = {
        "events": events_command("identity", SOURCES),
        "keys": keys_command,
        "rewrap": rewrap_command,
        "seed": seed.command,
    }
    return serve.main("identity", Settings, build, migrations=MIGRATIONS, commands=commands)


if __name__ == "__main__":
    sys.exit(main())
