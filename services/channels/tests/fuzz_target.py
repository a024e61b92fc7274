"""A program that lets atheris guide itself through the parsers: `fuzz_target.py [libFuzzer's]`.

It ends with an error of libFuzzer when a parser raises anything but its own error.
"""

import sys
from datetime import UTC, datetime
from uuid import UUID

import atheris

with atheris.instrument_imports(
    include=[
        "ventros_channels.domain",
        "ventros_channels.events.waha",
        "ventros_channels.events.whatsapp_cloud",
    ]
):
    from ventros_channels.domain.waha.errors import UnparsableError
    from ventros_channels.domain.waha.head import read_head
    from ventros_channels.domain.waha.parse import parse_message
    from ventros_channels.domain.whatsapp_cloud.head import read_head as read_head_of_post
    from ventros_channels.events.waha.fact import Stamp
    from ventros_channels.events.waha.parse_event import parse_event, parse_in_message
    from ventros_channels.events.whatsapp_cloud.parse_post import parse_post

RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAMP = Stamp(channel_id=UUID(int=7), received_at=RECEIVED, ingress_seq=1)


def one(body: bytes) -> None:
    """As ingress and the normalisers read it, whichever the provider."""
    of_waha(body)
    of_meta(body)


def of_waha(body: bytes) -> None:
    try:
        head = read_head(body)
        readable = head.readable or body
        parse_event(head.event, readable, STAMP)
        parse_in_message(readable, STAMP)
        parse_message(readable, RECEIVED)
    except UnparsableError:
        return


def of_meta(body: bytes) -> None:
    try:
        head = read_head_of_post(body)
        parse_post(head.readable or body, STAMP)
    except UnparsableError:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
