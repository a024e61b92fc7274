"""Each README has every setting of its service, as the code has it, with its meaning."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from checks.setting_tables import NAMES, NoPlaceError, readme, settings_of, table, written
from platform_core.settings import described


@pytest.mark.parametrize("service", NAMES)
def test_a_readme_has_the_settings_of_its_service(service: str) -> None:
    text = readme(service).read_text()
    assert text == written(text, settings_of(service)), "run `python -m checks.setting_tables`"


@pytest.mark.parametrize("service", NAMES)
def test_every_setting_says_what_it_means(service: str) -> None:
    """With `Meta(description=…)` in the Struct that has it."""
    assert [one.variable for one in settings_of(service) if not one.meaning] == []


class Group(msgspec.Struct):
    amqp_url: Annotated[str, Meta(description="The broker.")]


class Planted(msgspec.Struct):
    group: Group
    keys: Annotated[Path | None, Meta(description="A folder.")] = None
    level: Annotated[Literal["low", "high"], Meta(description="How much.")] = "low"
    silent: int = 3


def test_a_table_tells_name_type_default_and_meaning() -> None:
    assert table(described(Planted)).splitlines()[2:] == [
        "| `VENTROS_AMQP_URL` | text | **required** | The broker. |",
        "| `VENTROS_KEYS` | path |  | A folder. |",
        "| `VENTROS_LEVEL` | `low`, `high` | `low` | How much. |",
        "| `VENTROS_SILENT` | whole number | `3` |  |",
    ]


def test_a_table_that_is_old_and_a_setting_without_a_meaning_are_found() -> None:
    text = readme(NAMES[0]).read_text()
    assert written(text, described(Planted)) != text
    assert [one.variable for one in described(Planted) if not one.meaning] == ["VENTROS_SILENT"]
    with pytest.raises(NoPlaceError):
        written("# planted", described(Planted))
