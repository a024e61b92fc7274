"""`python -m ventros_contacts [all|api|worker|workflows|migrate]`."""

import sys

from platform_http.serve import main
from ventros_contacts.app import MIGRATIONS, SERVICE, build
from ventros_contacts.settings import Settings

if __name__ == "__main__":
    sys.exit(main(SERVICE, Settings, build, migrations=MIGRATIONS))
