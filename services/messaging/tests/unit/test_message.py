"""The first status and source of a message, and the documents that PostgreSQL takes."""

import msgspec
import pytest

from ventros_messaging.domain.content import TextContent
from ventros_messaging.domain.message import direction, first_source, first_status
from ventros_messaging.store.documents import document, without_nul


@pytest.mark.parametrize(
    ("from_me", "written_in", "expected"),
    [
        (False, "app", ("inbound", "delivered", "webhook")),
        (False, "api", ("inbound", "delivered", "webhook")),
        (False, "unknown", ("inbound", "delivered", "webhook")),
        (True, "app", ("outbound", "sent", "manual")),
        (True, "unknown", ("outbound", "sent", "manual")),
        (True, "api", ("outbound", "sent", "bot")),
    ],
)
def test_what_a_message_starts_as(
    from_me: bool, written_in: str, expected: tuple[str, str, str]
) -> None:
    assert expected == (
        direction(from_me=from_me),
        first_status(from_me=from_me),
        first_source(from_me=from_me, written_in=written_in),
    )


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\0b", "a\ufffdb"),
        ("\0", "\ufffd"),
        ("a backslash and a number: \\u0000", "a backslash and a number: \\u0000"),
        ("both \\u0000 and \0", "both \\u0000 and \ufffd"),
        ("plain", "plain"),
    ],
)
def test_nul_is_shown_and_not_refused(text: str, stored: str) -> None:
    assert msgspec.json.decode(document(TextContent(text=text)), type=TextContent).text == stored
    assert without_nul(text) == text.replace("\0", "\ufffd")
