"""Payloads: what a workflow is given and gives, as JSON through msgspec.

Composite over the SDK's default converter: bytes, None and protobuf messages stay as they are, and
everything else is a Struct (or a value that msgspec knows), checked against the type that the
workflow, signal or activity declares. The encoding stays `json/plain`, so that Temporal's own page
and tools can read it.
"""

from typing import Any

import msgspec
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
)

_ENCODING = "json/plain"


class MsgspecJsonConverter(EncodingPayloadConverter):
    """Structs, ids and times to JSON and back, strictly."""

    @property
    def encoding(self) -> str:
        return _ENCODING

    def to_payload(self, value: Any) -> Payload | None:
        """The payload; raises TypeError for what msgspec does not know."""
        return Payload(metadata={"encoding": _ENCODING.encode()}, data=msgspec.json.encode(value))

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """The value as `type_hint`; raises msgspec.MsgspecError for what is not one."""
        return msgspec.json.decode(payload.data, type=Any if type_hint is None else type_hint)


class MsgspecPayloadConverter(CompositePayloadConverter):
    """The default converters, the last of them, plain JSON, replaced by ours."""

    def __init__(self) -> None:
        super().__init__(
            *(
                MsgspecJsonConverter() if isinstance(known, JSONPlainPayloadConverter) else known
                for known in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )


data_converter = DataConverter(payload_converter_class=MsgspecPayloadConverter)
"""Give this to every client, replayer and test environment."""
