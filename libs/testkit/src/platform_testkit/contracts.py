"""Consumers' contracts: of each event that a service hears, what it reads, as JSON Schema 2020-12.

`proto-events/contracts/<service>/<type>.json` is the event's schema without what the service has
no use for. It keeps what decoding needs and what a handler was seen to read
(`platform_testkit.reads`); what is required of the producer is what the event's Struct has no
default for. So a contract is never somebody's opinion, and changes only when the consumer does.
"""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import inspect

from platform_testkit.reads import WHOLE, Reads, below
from proto_events.envelope import Envelope

Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SAID_FOR_PEOPLE: Final = frozenset({"title", "description", "default", "examples"})


class NotInContract(AssertionError):
    """What a service reads is not what its contract says."""


class Contracts:
    """The contracts of one service, compared or, on demand, written anew."""

    def __init__(self, home: Path, service: str, *, update: bool) -> None:
        self._schemas = home / "schemas"
        self._folder = home / "contracts" / service
        self._service = service
        self._update = update

    def check(self, types: Mapping[str, type[msgspec.Struct]], reads: Reads) -> None:
        """Hold what was read of every type that the service hears to its contracts.

        Raises:
            NotInContract: a contract lacks something that is read, or asks for what is not.
        """
        differences = [
            line
            for name in sorted(types)
            for line in self._compare(name, self.contract(name, types[name], reads.of(name)))
        ]
        if differences:
            raise NotInContract(
                "\n".join(differences) + f"\n\nIf {self._service} is meant to read this:"
                f" pytest services/{self._service} --update-golden"
            )

    def contract(
        self, type_name: str, struct: type[msgspec.Struct], paths: frozenset[str]
    ) -> Schema:
        """The contract of a consumer that decodes into `struct` and reads these paths."""
        schema = msgspec.json.decode((self._schemas / f"{type_name}.json").read_bytes())
        definitions = schema["$defs"]
        contract = _narrowed(schema, inspect.type_info(Envelope), paths, "", definitions)
        data = schema["properties"]["data"]
        contract["properties"]["data"] = _narrowed(
            data, inspect.type_info(struct), paths, "data", definitions
        )
        for name, attribute in contract["properties"].items():
            if name != "type":
                attribute.pop("const", None)  # nobody minds who says it
        return {
            "$schema": _DIALECT,
            "title": f"What {self._service} reads of {type_name}",
            **contract,
        }

    def kept(self, type_name: str) -> Schema:
        """The contract as it is in the repository."""
        contract: Schema = msgspec.json.decode(self._path(type_name).read_bytes())
        return contract

    def _path(self, type_name: str) -> Path:
        return self._folder / f"{type_name}.json"

    def _compare(self, type_name: str, contract: Schema) -> Iterator[str]:
        path = self._path(type_name)
        text = msgspec.json.format(msgspec.json.encode(contract), indent=2).decode() + "\n"
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return
        kept = path.read_text() if path.exists() else ""
        name = f"{path.parent.name}/{path.name}"
        yield from difflib.unified_diff(
            kept.splitlines(), text.splitlines(), f"contract {name}", "read now", lineterm=""
        )


def unread(contract: Schema, paths: frozenset[str]) -> list[str]:
    """The paths that are read and that the contract does not have."""
    return sorted(path for path in paths if not _has(contract, _steps(path)))


def _has(contract: Schema, steps: list[str]) -> bool:
    if not steps or steps[0] == WHOLE:
        return True
    for one in contract.get("anyOf", [contract]):
        inner = one.get("items") if steps[0] == "[]" else one.get("properties", {}).get(steps[0])
        if inner is not None:
            return _has(inner, steps[1:])
    return False


def _narrowed(
    schema: Schema,
    kind: inspect.Type,
    paths: frozenset[str],
    path: str,
    definitions: Mapping[str, Schema],
) -> Schema:
    """The part of a schema that is read, references resolved, words for people left out."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    whole = _is_whole(path, paths)
    match kind:
        case inspect.StructType():
            fields = [
                field
                for field in kind.fields
                if field.required or whole or _is_read(below(path, field.encode_name), paths)
            ]
            properties = {
                field.encode_name: _narrowed(
                    schema["properties"][field.encode_name],
                    field.type,
                    paths,
                    below(path, field.encode_name),
                    definitions,
                )
                for field in fields
                if field.type != inspect.RawType()
            }
            required = [field.encode_name for field in fields if field.required]
            return {"type": "object", "properties": properties, "required": required}
        case inspect.UnionType() if "anyOf" in schema:
            # msgspec orders the branches in its own way; nothing but null stands beside one.
            (inner,) = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            branches = [
                branch
                if branch.get("type") == "null"
                else _narrowed(branch, inner, paths, path, definitions)
                for branch in schema["anyOf"]
            ]
            return {"anyOf": branches}
        case inspect.ListType():
            items = _narrowed(schema["items"], kind.item_type, paths, f"{path}[]", definitions)
            return {**_bare(schema), "items": items}
        case _:
            return _bare(schema)


def _is_read(path: str, paths: frozenset[str]) -> bool:
    return any(one == path or one.startswith((f"{path}.", f"{path}[]")) for one in paths)


def _is_whole(path: str, paths: frozenset[str]) -> bool:
    """Everything below this path was told on: by itself, or by something around it."""
    steps = _steps(path)
    for end in range(1, len(steps) + 1):
        above = ".".join(steps[:end]).replace(".[]", "[]")
        if below(above, WHOLE) in paths:
            return True
    return False


def _steps(path: str) -> list[str]:
    return path.replace("[]", ".[]").split(".")


def _bare(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if name not in _SAID_FOR_PEOPLE}
