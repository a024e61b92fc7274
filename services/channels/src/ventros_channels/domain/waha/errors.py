"""The one error of the parser."""

from typing import Literal

Reason = Literal[
    "not_json",
    "not_an_object",
    "event_missing",
    "payload_missing",
    "message_id_missing",
    "message_id_malformed",
    "chat_unknown",
    "content_missing",
    "call_id_missing",
    "label_id_missing",
    "status_missing",
]


class UnparsableError(Exception):
    """A body that cannot be what its event says.

    `reason` is stable: dead letters are sorted by it.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
