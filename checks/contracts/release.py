"""The last release: what other teams build on, and what a change is compared with.

`released/` holds its schemas, its `version`, and `history.json`: since which version each type
is said, in which its schema changed for a program, and in which it went.
"""

import tomllib
from pathlib import Path

import msgspec

from checks.contracts.compatibility import Problem, problems, shape
from checks.contracts.json_schema import documents
from checks.contracts.places import (
    HOME,
    RELEASED,
    SCHEMAS,
    Document,
    consumers,
    read_folder,
    text_of,
)


class Refused(Exception):
    """This cannot be released; the message says why and what to do."""


class Life(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The versions in which an event came, changed and went."""

    since: str
    changed: list[str] = []
    removed: str | None = None


def package_version(home: Path = HOME) -> str:
    """The version of the package as its pyproject says it."""
    project = tomllib.loads((home / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def version(home: Path = HOME) -> str | None:
    """The last release; None before the first."""
    path = home / RELEASED / "version"
    return path.read_text().strip() if path.exists() else None


def schemas(home: Path = HOME) -> dict[str, Document]:
    """The schemas of the last release, by type."""
    return read_folder(home / RELEASED / SCHEMAS)


def history(home: Path = HOME) -> dict[str, Life]:
    """The life of each event that was ever released."""
    path = home / RELEASED / "history.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Life]) if path.exists() else {}


def broken(current: dict[str, Document], home: Path = HOME) -> list[Problem]:
    """What the schemas of today break of the last release."""
    return problems(schemas(home), current, consumers(home))


def write(new: str, home: Path = HOME) -> None:
    """Make the schemas of today the release `new`.

    Raises:
        Refused: not newer, not the version of the package, or not compatible with the last one.
    """
    current = documents()
    last = version(home)
    if new != package_version(home):
        raise Refused(f"the package is {package_version(home)}: set it in proto-events first")
    if last is not None and _parts(new) <= _parts(last):
        raise Refused(f"{last} is released already, and a release does not change")
    if found := broken(current, home):
        raise Refused("\n".join(str(one) for one in found))
    lives = grown(history(home), schemas(home), current, new)
    folder = home / RELEASED / SCHEMAS
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    for name, schema in current.items():
        (folder / f"{name}.json").write_text(text_of(schema))
    plain: Document = msgspec.to_builtins(dict(sorted(lives.items())))
    (home / RELEASED / "history.json").write_text(text_of(plain))
    (home / RELEASED / "version").write_text(new + "\n")


def grown(
    lives: dict[str, Life],
    old: dict[str, Document],
    current: dict[str, Document],
    new: str,
) -> dict[str, Life]:
    """The lives of all events after the release `new`."""
    after = dict(lives)
    for name, schema in current.items():
        if name not in lives:
            after[name] = Life(since=new)
        elif name in old and shape(old[name]) != shape(schema):
            life = lives[name]
            after[name] = msgspec.structs.replace(life, changed=[*life.changed, new])
    for name in old.keys() - current.keys():
        after[name] = msgspec.structs.replace(lives[name], removed=new)
    return after


def _parts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split("."))
    except ValueError:
        raise Refused(f"{text} is not a version such as 0.2.0") from None
