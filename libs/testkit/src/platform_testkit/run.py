"""One pytest run: the folder that its processes share, and its end.

With xdist the controller runs no test and its workers must share the servers. The controller
names a folder and tells the workers; whoever first needs a server starts it there; the controller
stops everything at the end. A guard process does so when the controller is killed.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from platform_devstack.layout import Layout, find_root

if TYPE_CHECKING:
    from platform_devstack.fleet import Fleet

T = TypeVar("T")

# A test's database is four hundred files, and making them on a disk takes longer than most tests.
_MEMORY = Path("/dev/shm")
_MEMORY_NEEDED = 6 * 1024**3

_FOLDER = "ventros_run_folder"
_CONTROLLER = "ventros_run_controller"


class Run:
    """What the processes of one pytest run share."""

    def __init__(self, folder: Path, controller: int) -> None:
        self.folder = folder
        self.controller = controller
        self._fleet: Fleet | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    @classmethod
    def of_controller(cls) -> "Run":
        """The run of this process; nothing is made or started yet."""
        name = f"ventros-test-{os.getpid()}-{secrets.token_hex(4)}"
        return cls(room_for_a_run(os.environ) / name, os.getpid())

    @classmethod
    def of_worker(cls, workerinput: dict[str, Any]) -> "Run":
        """The run that the controller told this xdist worker about."""
        return cls(Path(workerinput[_FOLDER]), workerinput[_CONTROLLER])

    def tell(self, workerinput: dict[str, Any]) -> None:
        """Tell an xdist worker."""
        workerinput[_FOLDER] = str(self.folder)
        workerinput[_CONTROLLER] = self.controller

    @property
    def is_controller(self) -> bool:
        """Whether this process has to clean up."""
        return self.controller == os.getpid()

    @property
    def fleet(self) -> "Fleet":
        """The embedded servers of this run."""
        if self._fleet is None:
            # Imported when needed, here and below: a run of unit tests should not wait for it.
            from platform_devstack.fleet import Fleet  # noqa: PLC0415

            self.folder.mkdir(mode=0o711, exist_ok=True)
            fleet = Fleet(
                Layout.throw_away(find_root(Path(__file__)), self.folder), throw_away=True
            )
            fleet.choose_ports()
            self._guard(fleet)
            self._fleet = fleet
        return self._fleet

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end from code that is not asynchronous itself.

        It runs in a loop of its own in another thread, so that it does not matter whether a loop
        runs in this one.
        """
        return asyncio.run_coroutine_threadsafe(work, self._background()).result()

    def _background(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="ventros-testkit", daemon=True
                ).start()
            return self._loop

    def _guard(self, fleet: "Fleet") -> None:
        with fleet.state.lock("guard"):
            known = self.folder / "guard.pid"
            if known.exists():
                return
            with (self.folder / "guard.log").open("wb") as log:
                guard = subprocess.Popen(
                    [sys.executable, "-m", "platform_testkit.guard", self.folder,
                     str(self.controller)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )  # fmt: skip
            known.write_text(str(guard.pid))
            # It outlives us on purpose; a handle that is dropped would warn about that.
            guard.returncode = 0

    def end(self) -> None:
        """Stop the background loop, and as the controller everything that the run started."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None
        if self.is_controller:
            clean_up(self.folder)


def room_for_a_run(environ: Mapping[str, str], memory: Path = _MEMORY) -> Path:
    """Where the folder of a run goes: into memory where there is room, else to temporary files.

    Whoever names a folder for temporary files in `TMPDIR` gets that one.
    """
    if not environ.get("TMPDIR"):
        with contextlib.suppress(OSError):
            if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= _MEMORY_NEEDED:
                return memory
    return Path(tempfile.gettempdir())


def clean_up(folder: Path) -> None:
    """Stop what was started for the run in `folder`, and remove the folder."""
    if not folder.exists():
        return
    from platform_devstack.fleet import Fleet  # noqa: PLC0415
    from platform_testkit import containers  # noqa: PLC0415

    containers.remove(folder)
    layout = Layout.throw_away(find_root(Path(__file__)), folder)
    # What they hold is thrown away: nobody waits for an orderly stop.
    Fleet(layout, throw_away=True).kill_all()
    shutil.rmtree(folder, ignore_errors=True)
