"""The keys that access tokens are signed with: PEM files in one folder, the newest signs.

Names sort by age (`20261122T101500Z.pem`). To rotate: put the next key there, wait until every
gateway has seen it, and take the old one out once its last token has expired.
"""

import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from platform_auth.keys import KeyFileError, generate_private_key, private_pem, read_private_key


def read_signing_keys(folder: Path) -> list[ec.EllipticCurvePrivateKey]:
    """All keys, oldest first. Raises `KeyFileError`."""
    keys = [read_private_key(path) for path in sorted(folder.glob("*.pem"))]
    if not keys:
        raise KeyFileError(
            f"{folder}: no signing key; `python -m ventros_identity migrate` makes one"
        )
    return keys


def ensure_signing_key(folder: Path, now: datetime) -> bool:
    """Make the first key of an installation; False if there is one already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.glob("*.pem")):
        return False
    path = folder / f"{now:%Y%m%dT%H%M%SZ}.pem"
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private_pem(generate_private_key()))
    draft.replace(path)
    return True
