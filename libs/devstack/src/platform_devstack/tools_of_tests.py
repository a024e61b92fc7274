"""Programs that the tests need and Python's packages do not bring.

The subscriber that is shown to teams who use Node runs in Node; the API's page is opened in a
browser. Nothing else needs them: not the services, and not `make up`.
"""

import shutil
from collections.abc import Callable, Sequence

import msgspec

from platform_devstack import debian

PART = "tests"


class Tool(msgspec.Struct, frozen=True):
    """A program, by the names that it may have, and the Debian package that has it."""

    names: tuple[str, ...]
    package: str


TOOLS = (
    Tool(("node", "nodejs"), "nodejs"),
    Tool(("npm",), "npm"),
    Tool(("chromium",), "chromium"),
)


def missing(tools: Sequence[Tool] = TOOLS) -> list[str]:
    """The packages of the programs that are not to be found."""
    return [tool.package for tool in tools if not any(map(shutil.which, tool.names))]


def install_missing(say: Callable[[str], None], tools: Sequence[Tool] = TOOLS) -> list[str]:
    """Install what is missing; the packages that this user may not install.

    The tests that need those say so when they fail; the others run.

    Raises:
        StackError: apt fails.
    """
    packages = missing(tools)
    if not packages:
        return []
    before = debian.prefix()
    if before is None:
        return packages
    say(f"installing {', '.join(packages)} with {' '.join([*before[:1], 'apt'])}")
    debian.install(packages, before, part=PART)
    return missing(tools)
