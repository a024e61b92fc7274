"""Settings: one frozen Struct per process, read from the environment, every error at once.

A field `amqp_url` is read from `VENTROS_AMQP_URL`. A field whose type is itself a Struct is a
group and is read field by field from the same names, so that every service spells a setting in
the same way.
"""

from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

PREFIX = "VENTROS_"

_KINDS: Final[Mapping[Any, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
}

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


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting as people read it. `default` is None for one that must be given; `meaning` is its
    `Meta(description=…)`."""

    variable: str
    kind: str
    default: str | None
    meaning: str


def described(kind: type[msgspec.Struct]) -> list[Setting]:
    """Every setting of `kind`, those that must be given first, for documents."""
    hints = get_type_hints(kind, include_extras=True)
    found: list[Setting] = []
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if _is_group(hint):
            found += described(hint)
            continue
        found.append(
            Setting(
                variable=PREFIX + field.name.upper(),
                kind=_told(hint),
                default=None if field.required else _text(field.default),
                meaning=_meaning(hint),
            )
        )
    # Two groups may read the same setting.
    once = {setting.variable: setting for setting in found}
    return sorted(once.values(), key=lambda setting: setting.default is not None)


def _told(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        return _told(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(hint))
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        return ", ".join(_told(one) for one in get_args(hint) if one is not type(None))
    return _KINDS[hint]


def _meaning(hint: Any) -> str:
    parts = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    words = [part.description for part in parts if isinstance(part, msgspec.Meta)]
    return next((text for text in reversed(words) if text), "")


def _text(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


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
