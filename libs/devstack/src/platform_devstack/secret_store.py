"""Passwords of the stack: made once, kept in one file that only its owner can read."""

import os
import secrets
from pathlib import Path

import msgspec

FILE = "secrets.json"


class SecretStore:
    """Named passwords. Asking for one that is not there makes it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._values: dict[str, str] = {}
        if self._path.exists():
            self._values = msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])

    def get(self, name: str) -> str:
        """The password of this name. URL-safe characters only, 192 bits."""
        if name not in self._values:
            self._values[name] = secrets.token_urlsafe(24)
            self._save()
        return self._values[name]

    def _save(self) -> None:
        beside = self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self._values)))
        beside.replace(self._path)
