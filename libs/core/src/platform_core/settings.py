"""Settings: one frozen Struct per process, read from the environment, every error at once.

A field `amqp_url` is read from `VENTROS_AMQP_URL`. A field whose type is itself a Struct is a
group and is read field by field from the same names, so that every service spells a setting in
the same way.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec

PREFIX = "VENTROS_"

T = TypeVar("T", bound=msgspec.Struct)


class SettingsError(Exception):
    """One line per setting that is missing or wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(kind: type[T], environ: Mapping[str, str]) -> T:
    """Read `kind` from `environ`.

    Values are converted leniently from text (numbers, booleans, durations in seconds, paths).

    Raises:
        SettingsError: with every missing or wrong setting, not only the first.
    """
    problems: list[str] = []
    loaded = _read(kind, environ, problems)
    if problems or loaded is None:
        raise SettingsError(problems)
    return loaded


def names(kind: type[msgspec.Struct]) -> list[tuple[str, str, str]]:
    """Every setting of `kind` as (variable, type, default or "required"), for documents."""
    hints = get_type_hints(kind)
    rows: list[tuple[str, str, str]] = []
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if _is_group(hint):
            rows += names(hint)
            continue
        default = "required" if field.required else repr(field.default)
        rows.append((PREFIX + field.name.upper(), getattr(hint, "__name__", str(hint)), default))
    return rows


def _is_group(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _of_text(kind: type[Any], text: str) -> Any:
    if kind is Path:
        return Path(text)
    raise NotImplementedError(f"no setting can be of type {kind}")


def _read(kind: type[T], environ: Mapping[str, str], problems: list[str]) -> T | None:
    before = len(problems)
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if _is_group(hint):
            values[field.name] = _read(hint, environ, problems)
            continue
        name = PREFIX + field.name.upper()
        text = environ.get(name, "")
        if text == "":
            if field.required:
                problems.append(f"{name} is not set")
            continue
        try:
            values[field.name] = msgspec.convert(text, hint, strict=False, dec_hook=_of_text)
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {error}")
    return kind(**values) if len(problems) == before else None
