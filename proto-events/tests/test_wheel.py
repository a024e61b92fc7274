"""The package as other teams get it: one wheel that needs msgspec and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
UV = PACKAGE.parent / ".ventros" / "uv" / "bin" / "uv"
"""The one that made this environment."""


def run(*command: str | Path) -> str:
    """What a command prints; what it complains of is the failure."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as it would be for a release."""
    folder = tmp_path_factory.mktemp("wheel")
    run(UV, "build", "--quiet", "--offline", "--wheel", "--out-dir", folder, PACKAGE)
    (built,) = folder.glob("*.whl")
    return built


def test_it_needs_nothing_but_msgspec(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    assert metadata.get_all("Requires-Dist") == ["msgspec"]


def test_it_installs_where_only_msgspec_is_and_works(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    run(UV, "venv", "--quiet", "--python", sys.executable, home)
    (packages,) = home.glob("lib/python*/site-packages")
    msgspec = distribution("msgspec")
    for file in msgspec.files or []:
        target = packages / file
        if packages in target.resolve().parents and "__pycache__" not in target.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(str(msgspec.locate_file(file))), target)
    python = home / "bin" / "python"
    # Without the network: what is missing cannot be fetched, so this would fail.
    run(UV, "pip", "install", "--quiet", "--offline", "--no-cache", "--python", python, wheel)
    listed = run(UV, "pip", "list", "--quiet", "--format", "freeze", "--python", python)
    assert [line.partition("==")[0] for line in listed.split()] == ["msgspec", "proto-events"]
    code = (
        "import proto_events.catalogue\n"
        "from proto_events.registry import struct_of, types\n"
        "from proto_events.examples import envelope_of\n"
        "from proto_events.envelope import decode, encode\n"
        "for name in types():\n"
        "    assert decode(encode(envelope_of(name))).type == name\n"
        "print(len(types()))"
    )
    assert int(run(python, "-I", "-c", code)) > 180
