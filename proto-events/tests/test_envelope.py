import json
import subprocess
import sys
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from proto_events import envelope

ID = UUID("0197d0a0-0000-7000-8000-000000000001")


def make(**changes: object) -> envelope.Envelope:
    values: dict[str, object] = {
        "id": ID,
        "source": "ventros/contacts",
        "type": "contact.created.v1",
        "subject": str(ID),
        "time": datetime(2026, 7, 2, 12, tzinfo=UTC),
        "data_schema": envelope.schema_address("contact.created.v1"),
        "tenant_id": ID,
        "project_id": ID,
        "partition_key": "k",
        "sequence": 1,
        "correlation_id": ID,
        "data": msgspec.Raw(b'{"x":1}'),
    }
    return envelope.Envelope(**(values | changes))  # type: ignore[arg-type]


def test_the_frame_has_the_names_of_cloudevents() -> None:
    frame = json.loads(envelope.encode(make()))
    assert frame["specversion"] == "1.0"
    assert frame["datacontenttype"] == "application/json"
    assert frame["tenantid"] == frame["correlationid"] == str(ID)
    assert all(name.isalnum() and name.islower() for name in frame)
    assert frame["data"] == {"x": 1}


def test_an_envelope_comes_back_and_unknown_attributes_are_left_out() -> None:
    frame = json.loads(envelope.encode(make()))
    frame["newattribute"] = "x"
    read = envelope.decode(json.dumps(frame).encode())
    assert (read.id, read.type, read.tenant_id) == (ID, "contact.created.v1", ID)


def test_a_batch_is_split_without_reading_its_parts() -> None:
    good = envelope.encode(make())
    parts = envelope.split(envelope.join([good, b'{"not": "an envelope"}', good]))
    assert parts[0] == parts[2] == good
    with pytest.raises(msgspec.ValidationError):
        envelope.decode(parts[1])
    assert envelope.split(good) == [good]


def test_a_time_without_its_offset_cannot_be_read() -> None:
    frame = json.loads(envelope.encode(make()))
    assert frame["time"] == "2026-07-02T12:00:00Z"
    frame["time"] = "2026-07-02T12:00:00"
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        envelope.decode(json.dumps(frame).encode())


@pytest.mark.parametrize("body", [b"[", b"[1", b"\xff\xfe"])
def test_what_is_no_json_says_so(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        [envelope.decode(part) for part in envelope.split(body)]


def test_the_package_needs_nothing_but_msgspec() -> None:
    code = (
        "import sys, proto_events.catalogue\n"
        "outside = {m.split('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(outside - {'proto_events', '__main__', 'typing_extensions'}))"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    assert found.strip() == "['msgspec']"
