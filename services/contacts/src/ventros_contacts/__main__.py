"""`python -m ventros_contacts [all|api|worker|workflows|migrate|events]`."""

import sys

from platform_bus.events_command import events_command
from platform_http.serve import main
from ventros_contacts.app import MIGRATIONS, SERVICE, build
from ventros_contacts.events.snapshot import SOURCES
from ventros_contacts.settings import Settings

if __name__ == "__main__":
    commands = {"events": events_command(SERVICE, SOURCES)}
    sys.exit(main(SERVICE, Settings, build, migrations=MIGRATIONS, commands=commands))
