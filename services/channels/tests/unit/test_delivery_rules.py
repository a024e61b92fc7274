"""When a message is tried again, and which telling can be of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from platform_core.ids import new_id
from proto_events.conversation import Content
from proto_events.sending import Outbound
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.delivery import (
    LONGEST_WAIT,
    LONGEST_WAIT_OF_A_CHANNEL,
    Delivery,
    first_of,
    is_of,
    pause_before,
    wait_after,
)

CLAIMED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CHAT = "554400000002@s.whatsapp.net"
OI = Content(type="text", text="oi")
BUSY = NotSent("unavailable", "busy", again=True)
AWAY = NotSent("unavailable", "away", again=True, everywhere=True)


def doubtful(**changes: Any) -> Delivery:
    """One that was claimed, and nobody knows what became of it."""
    delivery = Delivery(
        id=new_id(),
        tenant_id=new_id(),
        channel_id=new_id(),
        contact_id=new_id(),
        state="unknown",
        attempts=1,
        next_at=CLAIMED,
        expires_at=CLAIMED + timedelta(days=1),
        chat=CHAT,
        reserved=None,
        claimed_at=CLAIMED,
        failure=None,
        wrote_in=CHAT,
        recipient=[],
        outbound=Outbound(content=OI),
        asked=b"",
    )
    return msgspec.structs.replace(delivery, **changes)


@pytest.mark.parametrize(
    ("attempts", "error", "seconds"),
    [(1, BUSY, 2), (3, BUSY, 8), (1, AWAY, 2), (3, AWAY, 8)],
)
def test_waits_double(attempts: int, error: NotSent, seconds: int) -> None:
    assert wait_after(attempts, error) == timedelta(seconds=seconds)


def test_waits_have_an_end() -> None:
    assert wait_after(10_000, BUSY) == LONGEST_WAIT
    assert wait_after(10_000, AWAY) == LONGEST_WAIT_OF_A_CHANNEL


@pytest.mark.parametrize(("words", "seconds"), [("", 1), ("x" * 60, 3), ("x" * 4000, 8)])
def test_a_pause_is_as_long_as_typing_within_bounds(words: str, seconds: float) -> None:
    assert pause_before(Content(type="text", text=words)) == seconds


@pytest.mark.parametrize(
    ("changes", "content", "chat", "after", "its"),
    [
        ({}, OI, CHAT, 1, True),
        ({"state": "claimed"}, OI, CHAT, 1, True),
        ({"state": "failed", "failure": "unknown"}, OI, CHAT, 1, True),
        ({"state": "failed", "failure": "rejected"}, OI, CHAT, 1, False),
        ({"state": "sent"}, OI, CHAT, 1, False),
        ({"state": "queued"}, OI, CHAT, 1, False),
        ({"reserved": "3EB0"}, OI, CHAT, 1, False),
        ({}, Content(type="text", text=" oi "), CHAT, 1, True),
        ({}, Content(type="text", text="oi?"), CHAT, 1, False),
        ({}, Content(type="poll", text="oi"), CHAT, 1, False),
        ({}, OI, "7@lid", 1, True),
        ({}, OI, "554400000003@s.whatsapp.net", 1, False),
        ({}, OI, CHAT, -29, True),
        ({}, OI, CHAT, -31, False),
    ],
)
def test_which_telling_can_be_of_a_delivery(
    changes: dict[str, Any], content: Content, chat: str, after: int, its: bool
) -> None:
    written_at = CLAIMED + timedelta(seconds=after)
    assert is_of(doubtful(**changes), content, chat, written_at) is its


def test_a_file_may_come_back_as_another_kind_of_file() -> None:
    sent = doubtful(outbound=Outbound(content=Content(type="audio", text="a")))
    shown = Content(type="document", text="a")
    assert is_of(sent, shown, CHAT, CLAIMED)
    assert not is_of(sent, OI, CHAT, CLAIMED)


def test_of_two_alike_the_older_is_meant() -> None:
    older, newer = doubtful(), doubtful()
    assert first_of([older, newer], OI, CHAT, CLAIMED) is older
    assert first_of([], OI, CHAT, CLAIMED) is None
