"""`python -m checks.setting_tables`: write the table of settings in each service's README anew.

A setting's meaning is its `Meta(description=…)`, beside its type and default.
"""

import importlib
import re
from pathlib import Path
from typing import Final

from checks.workspace import ROOT, services
from platform_core.settings import Setting, described
from platform_postgres import OwnerSettings

NAMES: Final = [service.folder.name for service in services()]
_BEGIN: Final = "<!-- settings: written by `python -m checks.setting_tables` -->"
_END: Final = "<!-- end of settings -->"
_PLACE: Final = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)


class NoPlaceError(ValueError):
    """A README has no place for the table."""


def settings_of(service: str) -> list[Setting]:
    """The settings of the service's process, and of its `migrate` where it has one."""
    module = importlib.import_module(f"ventros_{service}.settings")
    found = described(module.Settings)
    if (ROOT / "services" / service / "migrations").exists():
        known = {setting.variable for setting in found}
        own = described(getattr(module, "MigrateSettings", OwnerSettings))
        found += [setting for setting in own if setting.variable not in known]
    return sorted(found, key=lambda setting: setting.default is not None)


def table(settings: list[Setting]) -> str:
    """The settings as a table, those that must be given first."""
    rows = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    for one in settings:
        default = "**required**" if one.default is None else f"`{one.default}`" * bool(one.default)
        rows.append(f"| `{one.variable}` | {one.kind} | {default} | {one.meaning} |")
    return "\n".join(rows)


def written(text: str, settings: list[Setting]) -> str:
    """A README with this table in its place.

    Raises:
        NoPlaceError: it has none.
    """
    if not _PLACE.search(text):
        raise NoPlaceError(f"put the two lines in: {_BEGIN} and {_END}")
    block = f"{_BEGIN}\n\n{table(settings)}\n\n{_END}"
    return _PLACE.sub(lambda _: block, text)


def readme(service: str) -> Path:
    """The service's README."""
    return ROOT / "services" / service / "README.md"


if __name__ == "__main__":
    for name in NAMES:
        path = readme(name)
        path.write_text(written(path.read_text(), settings_of(name)))
