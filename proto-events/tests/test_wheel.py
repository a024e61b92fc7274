"""The package as other teams get it: one wheel that needs msgspec and nothing else."""

import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
UV = PACKAGE.parent / ".ventros" / "uv" / "bin" / "uv"
"""The one that made this environment."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as it would be for a release."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [UV, "build", "--quiet", "--wheel", "--out-dir", folder, PACKAGE],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_it_needs_nothing_but_msgspec(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    assert metadata.get_all("Requires-Dist") == ["msgspec"]


def test_it_works_where_only_msgspec_is(wheel: Path, tmp_path: Path) -> None:
    import msgspec  # noqa: PLC0415 - where it lies is what counts

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    code = (
        "import proto_events.catalogue\n"
        "from proto_events.registry import struct_of, types\n"
        "from proto_events.examples import envelope_of\n"
        "from proto_events.envelope import decode, encode\n"
        "for name in types():\n"
        "    assert decode(encode(envelope_of(name))).type == name\n"
        "print(len(types()))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 180
