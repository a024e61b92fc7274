"""Imports point in the directions of the architecture, and the tool notices when one does not."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checks.workspace import ROOT, members

PLANTED = {
    "ventros_messaging/domain/planted.py": "import asyncpg\n",
    "ventros_contacts/domain/planted.py": "import asyncio\n",
    "ventros_identity/domain/planted.py": "from proto_events import messaging\n",
    "ventros_messaging/store/planted.py": "import ventros_messaging.commands\n",
    "ventros_messaging/commands/planted.py": "import ventros_messaging.events\n",
    "ventros_messaging/queries/planted.py": "import ventros_messaging.commands\n",
    "ventros_sessions/planted.py": "import ventros_contacts\n",
    "platform_http/planted.py": "import ventros_gateway\n",
    "platform_core/planted.py": "import platform_bus\n",
}

FOUND = [
    "ventros_messaging.domain.planted imports asyncpg (l.1)",
    "ventros_contacts.domain.planted imports asyncio (l.1)",
    "ventros_identity.domain.planted imports proto_events.messaging (l.1)",
    "ventros_messaging.store is not allowed to import ventros_messaging.commands",
    "ventros_messaging.commands is not allowed to import ventros_messaging.events",
    "ventros_messaging.queries is not allowed to import ventros_messaging.commands",
    "ventros_sessions is not allowed to import ventros_contacts",
    "platform_http is not allowed to import ventros_gateway",
    "platform_core is not allowed to import platform_bus",
]


def lint(sources: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the workspace, or over a copy of its packages in `sources`."""
    environment = dict(os.environ)
    if sources is not None:
        environment["PYTHONPATH"] = str(sources)
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def configuration() -> configparser.ConfigParser:
    """The rules, as import-linter reads them."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def test_imports_point_in_the_directions_of_the_architecture() -> None:
    done = lint()
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_of_libs_and_services_is_in_the_configuration() -> None:
    rules = configuration()
    packages = {
        package.name
        for member in members()
        if member.name != "tests-e2e"
        for package in member.packages
    }
    services = {name for name in packages if name.startswith("ventros_")}
    assert set(rules["importlinter"]["root_packages"].split()) == packages
    assert set(rules["importlinter:contract:layers"]["containers"].split()) == services
    assert set(rules["importlinter:contract:domain"]["containers"].split()) == services
    assert set(rules["importlinter:contract:services"]["modules"].split()) == services
    layers = rules["importlinter:contract:libs"]["layers"].replace("|", " ").split()
    assert sorted(layers) == sorted(packages)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the tool says of a copy of the workspace with a violation of every rule in it."""
    sources = tmp_path_factory.mktemp("sources")
    for member in members():
        for package in member.packages:
            shutil.copytree(
                package, sources / package.name, ignore=shutil.ignore_patterns("__pycache__")
            )
    for place, text in PLANTED.items():
        path = sources / place
        path.parent.mkdir(exist_ok=True)
        path.parent.joinpath("__init__.py").touch()
        path.write_text(text)
    done = lint(sources)
    assert done.returncode == 1, done.stdout + done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("sentence", FOUND)
def test_a_planted_violation_is_found(report: str, sentence: str) -> None:
    assert sentence in report
