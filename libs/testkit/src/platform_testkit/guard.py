"""`python -m platform_testkit.guard <folder> <pid>`: cleans up when a pytest run was killed.

pytest stops the servers itself, also after Ctrl-C. Nobody can after SIGKILL, so this process
waits for the end of the run's controller and then does what is left to do.
"""

import sys
import time
from pathlib import Path

from platform_devstack import process
from platform_testkit.run import clean_up


def main(folder: Path, controller: int) -> None:
    """Wait until the controller is gone or the folder is."""
    watched = process.identity_of(controller)
    while watched is not None and process.alive(watched):
        if not folder.exists():
            return
        time.sleep(1)
    clean_up(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
