"""The state file: which ports were chosen and which processes were started.

It is written before and after every change, whole and by rename, so that a command that is
killed leaves a true account of what has to be stopped.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from platform_devstack.part import Started


class State(msgspec.Struct, kw_only=True):
    """What one stack has on this machine."""

    ports: dict[str, int] = {}
    started: dict[str, Started] = {}


class StateFile:
    """`state.json` of a state folder, for several commands at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "state.json"

    def read(self) -> State:
        """The state, or an empty one. Readers need no lock: the file is replaced whole."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=State)
        except FileNotFoundError:
            return State()

    @contextmanager
    def change(self) -> Iterator[State]:
        """The state to change in place; written when the block ends without an error."""
        with self.lock("state"):
            state = self.read()
            yield state
            beside = self._path.with_suffix(".new")
            beside.write_bytes(msgspec.json.format(msgspec.json.encode(state)))
            beside.replace(self._path)

    @contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Keep other commands out of `name`.

        Raises:
            BlockingIOError: somebody holds it and `wait` is false.
        """
        locks = self._folder / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / name).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield

    def record(self, started: Started) -> None:
        """Remember a process."""
        with self.change() as state:
            state.started[started.name] = started

    def forget(self, name: str) -> None:
        """A process was stopped."""
        with self.change() as state:
            state.started.pop(name, None)
