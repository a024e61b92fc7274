"""`python -m ventros_channels [all|api|worker|migrate|<a command of an operator>]`."""

import sys

from platform_bus.events_command import events_command
from platform_http.serve import main
from ventros_channels.app import MIGRATIONS, SERVICE, build
from ventros_channels.events.snapshot import SOURCES
from ventros_channels.operate import (
    dead_letters_command,
    reconcile_command,
    replay_command,
    rewrap_command,
)
from ventros_channels.settings import Settings

if __name__ == "__main__":
    sys.exit(
        main(
            SERVICE,
            Settings,
            build,
            migrations=MIGRATIONS,
            commands={
                "events": events_command(SERVICE, SOURCES),
                "replay": replay_command,
                "reconcile": reconcile_command,
                "dead-letters": dead_letters_command,
                "rewrap": rewrap_command,
            },
        )
    )
