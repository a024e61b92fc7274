"""`python -m ventros_messaging [all|api|worker|workflows|migrate|events]`."""

import sys

from platform_bus.events_command import events_command
from platform_http.serve import main
from ventros_messaging.app import MIGRATIONS, SERVICE, build
from ventros_messaging.settings import Settings

if __name__ == "__main__":
    commands = {"events": events_command(SERVICE)}
    sys.exit(main(SERVICE, Settings, build, migrations=MIGRATIONS, commands=commands))
