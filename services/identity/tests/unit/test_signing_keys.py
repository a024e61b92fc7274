from datetime import UTC, datetime
from pathlib import Path

import pytest

from platform_auth.keys import KeyFileError, generate_private_key, private_pem, thumbprint
from ventros_identity.signing_keys import ensure_signing_key, read_signing_keys

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def test_the_first_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert ensure_signing_key(folder, NOW)
    assert not ensure_signing_key(folder, NOW)
    [path] = folder.iterdir()
    assert path.name == "20261122T101500Z.pem"
    assert path.stat().st_mode & 0o077 == 0
    assert len(read_signing_keys(folder)) == 1


def test_the_newest_key_comes_last(tmp_path: Path) -> None:
    keys = {name: generate_private_key() for name in ("20270101T000000Z", "20260101T000000Z")}
    for name, key in keys.items():
        (tmp_path / f"{name}.pem").write_bytes(private_pem(key))
    read = [thumbprint(key.public_key()) for key in read_signing_keys(tmp_path)]
    assert read == [thumbprint(keys[name].public_key()) for name in sorted(keys)]


def test_an_empty_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=str(tmp_path)):
        read_signing_keys(tmp_path)
