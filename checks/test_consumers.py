"""What is said can be read by everyone who says that they read it; what can be said was seen."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from checks.contracts import consumers, golden, graph
from checks.contracts.heard import Heard, heard
from checks.contracts.imports import known
from checks.contracts.places import CONTRACTS, GOLDEN, HOME, SCHEMAS, Document
from checks.workspace import ROOT, services

SERVICES: Final = frozenset(service.folder.name for service in services())
MERGED: Final = "contact.merged.v1"


@pytest.fixture(scope="module")
def hears() -> Heard:
    """What every service hears."""
    return asyncio.run(heard())


def test_every_consumer_can_read_what_is_said(hears: Heard) -> None:
    assert consumers.problems(hears, SERVICES) == []


def test_every_event_that_can_be_said_was_seen() -> None:
    assert golden.problems(golden.sayable(SERVICES)) == []


def test_what_services_hear_is_found_in_their_processes(hears: Heard) -> None:
    assert "session.message_recorded.v1" in hears["messaging"]
    # Wired with its timers in app.py, and its own: no import tells of it.
    assert "session.ended.v1" in hears["sessions"]


def test_the_graph_of_events_is_up_to_date() -> None:
    """To renew it: `make contracts`."""
    assert (ROOT / graph.PAGE).read_text() == graph.text()


# Violations, planted in a copy of one edge.


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with one event, heard by messaging."""
    for place in (SCHEMAS, GOLDEN, f"{CONTRACTS}/messaging"):
        (tmp_path / place).mkdir(parents=True)
        shutil.copy(HOME / place / f"{MERGED}.json", tmp_path / place)
    return tmp_path


HEARD: Final[Heard] = {"messaging": frozenset({MERGED})}


def change(path: Path, how: Callable[[Any], None]) -> None:
    document = json.loads(path.read_text())
    how(document)
    path.write_text(json.dumps(document))


def fields(schema: Document) -> Any:
    name = schema["properties"]["data"]["$ref"].rpartition("/")[2]
    return schema["$defs"][name]


def test_one_edge_alone_is_sound(home: Path) -> None:
    assert consumers.problems(HEARD, SERVICES, home) == []


PLANTED: Final[list[tuple[str, Callable[[Any], None], str]]] = [
    (
        "no longer promised",
        lambda schema: fields(schema)["required"].remove("primary_contact_id"),
        "data.primary_contact_id may be absent, the contract requires it",
    ),
    (
        "renamed",
        lambda schema: fields(schema).update(
            properties={"root": fields(schema)["properties"]["primary_contact_id"]},
            required=["root"],
        ),
        "data.primary_contact_id is never said, the contract requires it",
    ),
    (
        "retyped",
        lambda schema: fields(schema)["properties"].update(primary_contact_id={"type": "integer"}),
        "data.primary_contact_id is integer, the contract reads string",
    ),
    (
        "without its format",
        lambda schema: fields(schema)["properties"].update(primary_contact_id={"type": "string"}),
        "data.primary_contact_id the contract asks for format uuid, promised is none",
    ),
    (
        "null",
        lambda schema: fields(schema)["properties"].update(
            merged_at={"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
        ),
        "data.merged_at is null, the contract reads string",
    ),
    (
        "another word",
        lambda schema: fields(schema)["properties"]["merge_strategy"]["enum"].append("guess"),
        'data.merge_strategy may be "guess", the contract knows only "manual" | "proof"',
    ),
    (
        "another frame",
        lambda schema: schema["required"].remove("tenantid"),
        "tenantid may be absent, the contract requires it",
    ),
]


@pytest.mark.parametrize(
    ("how", "what"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED]
)
def test_a_producer_that_says_less_or_more_is_found(
    home: Path, how: Callable[[Any], None], what: str
) -> None:
    change(home / SCHEMAS / f"{MERGED}.json", how)
    found = consumers.problems(HEARD, SERVICES, home)
    assert f"messaging reads {MERGED}: {what}" in found


def test_a_contract_of_another_team_is_held_to_the_same(home: Path) -> None:
    theirs = home / CONTRACTS / "data-warehouse"
    theirs.mkdir()
    contract = {
        "type": "object",
        "properties": {"data": {"type": "object", "required": ["merged_by"]}},
        "required": ["data"],
    }
    (theirs / f"{MERGED}.json").write_text(json.dumps(contract))
    (theirs / "contact.teleported.v1.json").write_text(json.dumps(contract))
    what_is_said = "what is really said breaks the contract at data"
    assert set(consumers.problems(HEARD, SERVICES, home)) == {
        f"data-warehouse reads {MERGED}: data.merged_by is never said, the contract requires it",
        f"data-warehouse reads {MERGED}: {what_is_said}",
        "data-warehouse reads contact.teleported.v1: no event has this name",
    }


def test_what_is_really_said_is_held_to_the_contract(home: Path) -> None:
    change(home / GOLDEN / f"{MERGED}.json", lambda events: events[0]["data"].pop("merged_at"))
    assert consumers.problems(HEARD, SERVICES, home) == [
        f"messaging reads {MERGED}: what is really said breaks the contract at data"
    ]


def test_hearing_without_a_contract_and_a_contract_without_hearing_are_found(home: Path) -> None:
    assert consumers.problems({"billing": frozenset({MERGED})}, SERVICES | {"billing"}, home) == [
        f"billing hears {MERGED} without a contract:"
        " `pytest services/billing --update-golden` writes it",
        f"messaging has a contract for {MERGED} and does not hear it: remove the file",
    ]


def test_an_event_that_nobody_says_is_found(home: Path) -> None:
    (home / GOLDEN / f"{MERGED}.json").unlink()
    assert consumers.problems(HEARD, SERVICES, home) == [
        f"messaging reads {MERGED}: nobody says it: contacts only plans to"
    ]


def test_an_event_that_can_be_said_and_was_not_seen_is_found(home: Path, tmp_path: Path) -> None:
    sources = tmp_path / "services" / "contacts" / "src"
    sources.mkdir(parents=True)
    planted = "from proto_events.contacts import ContactDeleted, ContactMerged\n"
    (sources / "publish.py").write_text(
        planted + "from proto_events.identity import ProjectCreated\n"
    )
    (sources / "more.py").write_text(
        "from proto_events import contacts as said\nevent = said.ContactRestored(contact_id=1)\n"
    )
    found = known("contacts", sources)
    assert found.own == {"contact.deleted.v1", MERGED, "contact.restored.v1"}
    assert found.others == {"project.created.v1"}
    told = golden.problems(golden.sayable(frozenset({"contacts"}), tmp_path), home)
    assert [one.partition(" and ")[0] for one in told] == [
        "contacts can say contact.deleted.v1",
        "contacts can say contact.restored.v1",
    ]
    assert golden.problems({"contacts": frozenset()}, home) == [
        f"nobody can say {MERGED}: remove its golden file"
    ]


def test_a_graph_that_is_out_of_date_differs(home: Path) -> None:
    drawn = graph.text(home)
    assert f"| `{MERGED}` | `ventros.events` | contacts | messaging |" in drawn
    assert f'contacts -->|"{MERGED}"| messaging' in drawn
    (home / CONTRACTS / "messaging" / f"{MERGED}.json").unlink()
    assert graph.text(home) != drawn
