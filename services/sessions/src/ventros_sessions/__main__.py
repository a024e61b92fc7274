"""`python -m ventros_sessions [all|api|worker|workflows|migrate|events]`."""

import sys

from platform_bus.events_command import events_command
from platform_http.serve import main
from ventros_sessions.app import MIGRATIONS, SERVICE, build
from ventros_sessions.settings import Settings

if __name__ == "__main__":
    commands = {"events": events_command(SERVICE)}
    sys.exit(main(SERVICE, Settings, build, migrations=MIGRATIONS, commands=commands))
