"""What ingress reads of a body, and the envelope that it makes around it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core.ids import new_id
from proto_events import envelope as frame
from proto_events.envelope import Envelope, schema_address
from proto_events.waha import WahaEvent
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.head import MAX_DEPTH, read_head
from ventros_channels.events.publish import RawFrame, type_of_event
from ventros_channels.store.webhooks import SEQUENCED_TAIL

FIXTURES = Path(__file__).parents[1] / "fixtures" / "waha"
RECEIVED = datetime(2026, 11, 22, 12, 30, 15, 123456, UTC)


@given(st.binary(max_size=300))
def test_random_bytes_are_an_event_or_refused(body: bytes) -> None:
    try:
        read_head(body)
    except UnparsableError:
        return


@given(st.text(max_size=40).map(lambda text: text.encode("utf-16", "surrogatepass")))
def test_what_is_told_on_can_be_read_by_everybody(noise: bytes) -> None:
    escaped = "".join(f"\\u{unit:04x}" for unit in memoryview(noise).cast("H"))
    body = f'{{"event":"message","id":"{escaped}","x":["\\\\ud800","{escaped}"]}}'.encode()
    head = read_head(body)
    msgspec.json.decode(head.readable or body)


def nested(levels: int) -> bytes:
    return b'{"event":"message","x":' + b"[" * levels + b"]" * levels + b"}"


def test_nesting_has_a_limit() -> None:
    assert read_head(nested(MAX_DEPTH - 1)).event == "message"
    with pytest.raises(UnparsableError):
        read_head(nested(MAX_DEPTH))


@pytest.mark.parametrize("event_id", [None, 7, "", "x" * 201, "a\x00b", {}])
def test_an_id_that_is_none_is_made_from_the_body(event_id: object) -> None:
    body = msgspec.json.encode({"event": "message", "id": event_id})
    assert read_head(body).provider_event_id.startswith("sha256:")


EVENTS = ["message", "message.any", "session.status", 'quo"te\\d', "ünknown\n"]


@pytest.mark.parametrize("event", EVENTS)
def test_the_envelope_is_the_contracts(event: str) -> None:
    tenant_id, project_id, channel_id = new_id(), new_id(), new_id()
    envelope_id, raw_event_id = new_id(), new_id()
    body = (FIXTURES / "message.json").read_bytes()
    made = RawFrame(tenant_id=tenant_id, project_id=project_id, channel_id=channel_id)
    head = made.head(
        envelope_id=envelope_id, raw_event_id=raw_event_id, event=event, received_at=RECEIVED
    )
    encoded = head + body + (SEQUENCED_TAIL % (42, 42)).encode()
    read = frame.decode(encoded)
    data = read.data
    assert msgspec.structs.replace(read, data=msgspec.Raw(b"")) == Envelope(
        id=envelope_id,
        source="ventros/channels",
        type=type_of_event(event),
        subject=str(channel_id),
        time=RECEIVED,
        data_schema=schema_address(type_of_event(event)),
        tenant_id=tenant_id,
        project_id=project_id,
        partition_key=str(channel_id),
        sequence=42,
        correlation_id=envelope_id,
        data=msgspec.Raw(b""),
    )
    # Every member of the contract is there, in the contract's names.
    assert set(msgspec.json.decode(encoded)) == set(msgspec.json.decode(frame.encode(read)))
    told = msgspec.json.decode(data, type=WahaEvent)
    assert (told.channel_id, told.raw_event_id, told.event) == (channel_id, raw_event_id, event)
    assert (told.received_at, told.ingress_seq) == (RECEIVED, 42)
    assert msgspec.json.decode(told.body) == msgspec.json.decode(body)
