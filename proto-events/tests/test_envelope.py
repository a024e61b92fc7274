import json
import subprocess
import sys
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from proto_events import catalogue, envelope, registry

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


@pytest.mark.parametrize("body", [b"[", b"[1", b"\xff\xfe"])
def test_what_is_no_json_says_so(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        [envelope.decode(part) for part in envelope.split(body)]


def ours() -> dict[str, registry.EventInfo]:
    """The types of this package; a test run may have registered others beside them."""
    found = {name: registry.struct_of(name) for name in registry.types()}
    return {
        name: registry.info_of(struct)
        for name, struct in found.items()
        if struct is not None and struct.__module__.startswith("proto_events.")
    }


def test_every_context_has_events_of_its_own() -> None:
    producers = {info.producer for info in ours().values()}
    assert producers == {module.__name__.rpartition(".")[2] for module in catalogue.MODULES}


def test_every_event_is_frozen_documented_and_named_after_its_aggregate() -> None:
    for type_name, info in ours().items():
        struct = registry.struct_of(type_name)
        assert struct is not None
        assert struct.__struct_config__.frozen, type_name
        assert struct.__doc__, type_name
        assert info.name.startswith(info.aggregate + "."), type_name
        assert type_name == f"{info.name}.v{info.version}"


def test_only_the_transit_events_leave_the_domain_exchange() -> None:
    transit = {name for name, info in ours().items() if info.exchange == registry.PIPELINE_EXCHANGE}
    assert transit == {
        "channel.message_received.v1",
        "contact.interaction_recorded.v1",
        "session.message_recorded.v1",
    }


def test_a_type_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        registry.event("contact.created", aggregate="contact", producer="x", data_class="none")(
            type("Again", (msgspec.Struct,), {})
        )


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
