"""Where things are on this machine, and as whom the servers run."""

import hashlib
import os
import pwd
import shutil
from pathlib import Path
from typing import Self

import msgspec

# Every Debian has it, and it owns nothing that matters. PostgreSQL refuses to run as root, and
# initdb wants a user that the system knows.
SERVERS_USER = "nobody"
_TOOLS = {"uv", "rabbitmq"}
SHARED_DATA = Path("/var/lib/ventros")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the system."""

    name: str
    uid: int
    gid: int


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The folders of one stack.

    `state` belongs to the person who runs the command: state file, secrets, logs. `data` belongs
    to the servers. `programs` holds the copies of the servers' programs that an unprivileged user
    can read, and is None when they can be used where they are installed.
    """

    root: Path
    state: Path
    data: Path
    programs: Path | None
    account: Account | None

    @classmethod
    def of_project(cls, root: Path) -> Self:
        """The stack that `make up` runs for this clone."""
        state = root / ".ventros"
        if os.geteuid() != 0:
            return cls(root=root, state=state, data=state / "data", programs=None, account=None)
        shared = shared_folder(root)
        return cls(
            root=root,
            state=state,
            data=shared / "data",
            programs=shared / "programs",
            account=servers_account(),
        )

    @classmethod
    def throw_away(cls, root: Path, folder: Path) -> Self:
        """A stack of its own in `folder`, for tests; programs are shared with the project's."""
        if os.geteuid() != 0:
            return cls(root=root, state=folder, data=folder / "data", programs=None, account=None)
        # The servers' user has to pass through, nothing more.
        folder.chmod(0o711)
        return cls(
            root=root,
            state=folder,
            data=folder / "data",
            programs=shared_folder(root) / "programs",
            account=servers_account(),
        )

    @property
    def logs(self) -> Path:
        """One file per part."""
        return self.state / "log"

    @property
    def keys(self) -> Path:
        """Key files of the services, for their owner's eyes only."""
        return self.state / "keys"

    @property
    def unpacked_rabbitmq(self) -> Path:
        """Where RabbitMQ is unpacked by a user who cannot install it; one for all stacks."""
        return self.root / ".ventros" / "rabbitmq"

    def log(self, part: str) -> Path:
        """The log of one part."""
        return self.logs / f"{part}.log"

    def make(self) -> None:
        """Create the folders with the rights that they need."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        self.data.mkdir(mode=0o711, parents=True, exist_ok=True)

    def folder(self, part: str) -> Path:
        """The data folder of one server, made for the account that it runs as."""
        path = self.data / part
        path.mkdir(mode=0o700, exist_ok=True)
        self.hand_over(path)
        return path

    def hand_over(self, path: Path) -> None:
        """Give a file or folder to the servers' account."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def write(self, path: Path, text: str) -> Path:
        """Write a file that only the servers' account may read."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        self.hand_over(path)
        return path

    def remove(self) -> None:
        """Remove everything that the stack wrote, but not the tools that it runs with."""
        shutil.rmtree(self.data, ignore_errors=True)
        if self.programs is not None:
            shutil.rmtree(self.programs.parent, ignore_errors=True)
        if self.state.is_dir():
            for entry in self.state.iterdir():
                if entry.name in _TOOLS:
                    continue
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()


def servers_account() -> Account:
    """The unprivileged user for the servers when we are root."""
    entry = pwd.getpwnam(SERVERS_USER)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def shared_folder(root: Path) -> Path:
    """Outside the clone, which may lie under /root where the servers' user cannot look."""
    digest = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:12]
    return SHARED_DATA / digest


def find_root(start: Path) -> Path:
    """The project's root above `start`.

    Raises:
        FileNotFoundError: `start` is not inside a clone of the project.
    """
    for folder in (start, *start.parents):
        if (folder / "libs" / "devstack").is_dir() and (folder / "pyproject.toml").is_file():
            return folder
    raise FileNotFoundError(f"{start} is not inside a clone of Ventros")
