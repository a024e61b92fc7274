"""Key files of the services, made once per stack and kept in a folder for its owner only."""

import os
from pathlib import Path

from platform_auth.keys import generate_private_key, private_pem, public_pem
from platform_crypto.keyring import new_key_ring_file

INTERNAL_PRIVATE = "internal-token.private.pem"
INTERNAL_PUBLIC = "internal-token.public.pem"
CREDENTIAL_KEYS = "credential-keys.json"
IDENTITY_KEYS = "identity-keys.json"
FILE_LINK_KEY = "file-link.key"


def make(folder: Path) -> None:
    """Make what is missing. A key that is there is never replaced: data depends on it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private, public = folder / INTERNAL_PRIVATE, folder / INTERNAL_PUBLIC
    if not (private.exists() and public.exists()):
        key = generate_private_key()
        _write(public, public_pem(key.public_key()))
        _write(private, private_pem(key))
    for ring in (folder / CREDENTIAL_KEYS, folder / IDENTITY_KEYS):
        if not ring.exists():
            _write(ring, new_key_ring_file("1"))
    links = folder / FILE_LINK_KEY
    if not links.exists():
        _write(links, os.urandom(32))


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    beside.replace(path)
