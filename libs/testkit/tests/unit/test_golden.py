"""Golden files: stable, and violated on purpose."""

from pathlib import Path

import msgspec
import pytest

from platform_testkit.event_schemas import NotAsPublished
from platform_testkit.golden import Golden, NotAsKept, stable
from proto_events import envelope as frame
from proto_events.examples import envelope_of

DELETED = "contact.deleted.v1"


def said(type_name: str, **changes: object) -> bytes:
    """An example as it would stand in the outbox."""
    return frame.encode(msgspec.structs.replace(envelope_of(type_name), **changes))


def test_ids_and_times_are_the_same_in_every_run_and_show_what_belongs_together() -> None:
    def batch(one: str, two: str, at: str, later: str) -> bytes:
        return (
            f'[{{"id":"{one}","key":"{two}:{one}","at":"{at}","then":["{later}","{at}"]}}]'.encode()
        )

    ids = [f"0190a000-0000-7000-8000-00000000000{n}" for n in range(4)]
    first = batch(ids[0], ids[1], "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.25+00:00")
    second = batch(ids[2], ids[3], "2026-03-02T12:00:00.5Z", "2026-03-03T09:00:00-03:00")
    assert stable(first) == stable(second)
    (kept,) = msgspec.json.decode(stable(first))
    assert kept["key"] == f"00000000-0000-7000-8000-000000000002:{kept['id']}"
    assert kept["then"] == ["2026-01-01T00:00:02Z", kept["at"]]
    assert stable(first) != stable(batch(ids[0], ids[0], "2026-03-01T12:00:00Z", "x"))


def test_what_is_kept_is_compared_and_what_is_not_is_missed(tmp_path: Path) -> None:
    story = [said(DELETED)]
    with pytest.raises(NotAsKept, match="--update-golden"):
        Golden(tmp_path, update=False).check("contacts", story)
    Golden(tmp_path, update=True).check("contacts", story)
    Golden(tmp_path, update=False).check("contacts", story)
    with pytest.raises(NotAsKept, match='"sequence": 7'):
        Golden(tmp_path, update=False).check("contacts", [said(DELETED, sequence=7)])
    with pytest.raises(NotAsKept, match=r"contact\.deleted"):
        Golden(tmp_path, update=False).check("contacts", [*story, *story])


def test_a_golden_file_is_valid_by_its_schema(tmp_path: Path) -> None:
    Golden(tmp_path, update=True).check("contacts", [said(DELETED)])
    (kept,) = msgspec.json.decode((tmp_path / f"{DELETED}.json").read_bytes())
    Golden(tmp_path, update=False).check("contacts", [msgspec.json.encode(kept)])


def test_an_event_beside_its_schema_is_found(tmp_path: Path) -> None:
    data = msgspec.json.decode(envelope_of(DELETED).data)
    broken = said(DELETED, data=msgspec.Raw(msgspec.json.encode(data | {"deleted_at": "today"})))
    with pytest.raises(NotAsPublished, match=r"data\.deleted_at"):
        Golden(tmp_path, update=True).check("contacts", [broken])


def test_an_event_of_somebody_else_or_of_nobody_is_found(tmp_path: Path) -> None:
    golden = Golden(tmp_path, update=True)
    with pytest.raises(NotAsKept, match="for contacts to say, not messaging"):
        golden.check("messaging", [said(DELETED)])
    with pytest.raises(NotAsKept, match="names ventros/elsewhere"):
        golden.check("contacts", [said(DELETED, source="ventros/elsewhere")])
    with pytest.raises(NotAsKept, match="not in the catalogue"):
        golden.check("contacts", [said(DELETED, type="contact.teleported.v1")])
