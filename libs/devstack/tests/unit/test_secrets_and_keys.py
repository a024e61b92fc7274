"""Passwords and keys are made once, and only their owner can read them."""

import stat
from pathlib import Path

from platform_auth.keys import read_private_key, read_public_keys, thumbprint
from platform_crypto.keyring import KeyRing
from platform_devstack import keys
from platform_devstack.secret_store import SecretStore


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_password_is_made_once_and_kept(tmp_path: Path) -> None:
    first = SecretStore(tmp_path)
    password = first.get("contacts_app")

    assert len(password) == 32
    assert first.get("contacts_app") == password
    assert SecretStore(tmp_path).get("contacts_app") == password
    assert first.get("contacts_owner") != password
    assert mode(tmp_path / "secrets.json") == 0o600


def test_keys_are_what_their_readers_expect(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.make(folder)

    private = read_private_key(folder / keys.INTERNAL_PRIVATE)
    public = read_public_keys(folder / keys.INTERNAL_PUBLIC)
    assert list(public) == [thumbprint(private.public_key())]
    for ring in (keys.CREDENTIAL_KEYS, keys.IDENTITY_KEYS):
        assert KeyRing.from_file(folder / ring).active_key_id == "1"


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.make(folder)

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 5
    assert {mode(path) for path in files} == {0o600}
    assert mode(folder) == 0o700


def test_keys_that_are_there_are_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.make(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    keys.make(folder)

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
