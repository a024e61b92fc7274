"""The frame of every event: CloudEvents 1.0, structured JSON, with our extensions.

A batch (`application/cloudevents-batch+json`) is a JSON array of envelopes.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.times import Moment

CONTENT_TYPE = "application/cloudevents+json"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"

_RENAME = {
    "tenant_id": "tenantid",
    "project_id": "projectid",
    "partition_key": "partitionkey",
    "correlation_id": "correlationid",
    "causation_id": "causationid",
    "spec_version": "specversion",
    "data_content_type": "datacontenttype",
    "data_schema": "dataschema",
}


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False, rename=_RENAME):
    """One event on the wire.

    `id` is a UUIDv7 and the key for deduplication; `subject` is the aggregate's id; `sequence` is
    the aggregate's version, so that a copy applies only a higher one; `causation_id` is the id of
    the event or request that led to this one, `correlation_id` of the first in the chain.
    """

    spec_version: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: Moment
    data_content_type: str = "application/json"
    data_schema: str
    tenant_id: UUID
    project_id: UUID
    partition_key: str
    sequence: int
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None
    data: msgspec.Raw


_decoder = msgspec.json.Decoder(Envelope)
_batch = msgspec.json.Decoder(list[msgspec.Raw])
_encoder = msgspec.json.Encoder()


def encode(envelope: Envelope) -> bytes:
    """The envelope as JSON."""
    return _encoder.encode(envelope)


def decode(body: bytes | msgspec.Raw) -> Envelope:
    """Read one envelope; unknown attributes are left out.

    Raises:
        msgspec.MsgspecError: not JSON, or not an envelope.
    """
    return _decoder.decode(body)


def split(body: bytes) -> list[bytes]:
    """The envelopes of a batch, each still encoded, or the one of a structured message.

    They are not yet read, so that one that cannot be read does not hold the others.

    Raises:
        msgspec.MsgspecError: the body is neither a JSON array nor a JSON object.
    """
    if body.lstrip()[:1] == b"[":
        return [bytes(part) for part in _batch.decode(body)]
    return [body]


def join(envelopes: list[bytes]) -> bytes:
    """Encoded envelopes as one batch."""
    return b"[" + b",".join(envelopes) + b"]"


def schema_address(type_name: str) -> str:
    """The `dataschema` of a type."""
    return f"https://schemas.ventros.dev/{type_name}.json"
