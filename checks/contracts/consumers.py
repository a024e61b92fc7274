"""Every edge between a producer and a consumer: what the one can say, the other can read.

A contract is `proto-events/contracts/<consumer>/<type>.json`. Those of our services are written
from what their handlers read (`platform_testkit.contracts`); those of other teams are theirs, and
are held to the same.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.contracts.heard import Heard
from checks.contracts.inclusion import gaps
from checks.contracts.places import CONTRACTS, GOLDEN, HOME, SCHEMAS, Document, read_folder
from platform_testkit.event_schemas import check_schema

Contracts = Mapping[str, Mapping[str, Document]]
"""Each consumer's contracts, by type."""


def contracts(home: Path = HOME) -> Contracts:
    """All that are kept."""
    folders = sorted(path for path in (home / CONTRACTS).glob("*") if path.is_dir())
    return {folder.name: read_folder(folder) for folder in folders}


def problems(heard: Heard, services: frozenset[str], home: Path = HOME) -> list[str]:
    """What is wrong between producers and consumers, each with the consumer, the type, the field.

    Args:
        heard: what each of our services hears.
        services: the names of our services; another folder of contracts is another team's.
        home: the folder `proto-events`.
    """
    kept = contracts(home)
    schemas, golden = read_folder(home / SCHEMAS), read_folder(home / GOLDEN)
    return [
        *_without_contract(heard, kept),
        *_without_consumer(heard, kept, services),
        *(
            f"{consumer} reads {type_name}: {problem}"
            for consumer, types in kept.items()
            for type_name, contract in types.items()
            for problem in _edge(type_name, contract, schemas, golden)
        ),
    ]


def _without_contract(heard: Heard, kept: Contracts) -> Iterator[str]:
    for service, types in heard.items():
        for type_name in sorted(types - kept.get(service, {}).keys()):
            yield (
                f"{service} hears {type_name} without a contract:"
                f" `pytest services/{service} --update-golden` writes it"
            )


def _without_consumer(heard: Heard, kept: Contracts, services: frozenset[str]) -> Iterator[str]:
    for service in sorted(services & kept.keys()):
        for type_name in sorted(kept[service].keys() - heard.get(service, frozenset())):
            yield f"{service} has a contract for {type_name} and does not hear it: remove the file"


def _edge(
    type_name: str,
    contract: Document,
    schemas: Mapping[str, Document],
    golden: Mapping[str, Document],
) -> Iterator[str]:
    if type_name not in schemas:
        yield "no event has this name"
        return
    if type_name not in golden:
        yield f"nobody says it: {schemas[type_name]['x-producer']} only plans to"
    for gap in gaps(schemas[type_name], contract):
        yield f"{gap.field or 'the event'} {gap.what}"
    for event in golden.get(type_name, ()):
        for place in check_schema(contract, event):
            yield f"what is really said breaks the contract at {place}"
