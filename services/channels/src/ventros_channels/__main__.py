"""`python -m ventros_channels [all|api|worker|migrate|replay|dead-letters|rewrap]`."""

import sys

from platform_http.serve import main
from ventros_channels.app import MIGRATIONS, SERVICE, build
from ventros_channels.operate import dead_letters_command, replay_command, rewrap_command
from ventros_channels.settings import Settings

if __name__ == "__main__":
    sys.exit(
        main(
            SERVICE,
            Settings,
            build,
            migrations=MIGRATIONS,
            commands={
                "replay": replay_command,
                "dead-letters": dead_letters_command,
                "rewrap": rewrap_command,
            },
        )
    )
