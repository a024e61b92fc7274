"""Everything that is generated from the events, as it is to be committed."""

from pathlib import Path

from checks.contracts import asyncapi, json_schema, page, release
from checks.contracts.places import ASYNCAPI, HOME, PAGE, SCHEMAS, text_of


def files(home: Path = HOME) -> dict[str, str]:
    """Every generated file by its path below `home`."""
    schemas = json_schema.documents()
    return {
        **{f"{SCHEMAS}/{name}.json": text_of(schema) for name, schema in schemas.items()},
        ASYNCAPI: asyncapi.text(release.package_version(home)),
        PAGE: page.text(schemas, home),
    }


def write(home: Path = HOME) -> list[str]:
    """Write what differs and remove what is no more; the paths that were touched."""
    wanted = files(home)
    touched = drift(home, wanted)
    for name in touched:
        path = home / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name])
        else:
            path.unlink()
    return touched


def drift(home: Path = HOME, wanted: dict[str, str] | None = None) -> list[str]:
    """The paths whose committed text is not the generated one, sorted."""
    wanted = files(home) if wanted is None else wanted
    kept = {
        path.relative_to(home).as_posix(): path.read_text()
        for path in [*(home / SCHEMAS).glob("*"), home / ASYNCAPI, home / PAGE]
        if path.exists()
    }
    return sorted(name for name in wanted.keys() | kept if wanted.get(name) != kept.get(name))
