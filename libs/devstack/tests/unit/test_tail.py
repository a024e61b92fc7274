"""What a stream of events becomes on a screen."""

import json

import pytest

from platform_devstack.tail import Parser, Told, line_of


def parsed(text: str) -> tuple[list[Told], Parser]:
    parser = Parser()
    found = [parser.line(line) for line in text.split("\n")]
    return [one for one in found if one is not None], parser


def test_a_stream_is_read_as_the_standard_says() -> None:
    found, parser = parsed(
        "retry: 2500\n: open\n\n"
        "id: a.1\nevent: contact.created.v1\ndata: {}\n\n"
        ": ping\n\n"
        "event: refetch\ndata: {}\n\n"
        "data:one\ndata: two\nother: x\n\n"
        "event: lost\n\n"
        "id: b.1\ndata: unfinished"
    )
    assert found == [
        Told(event="contact.created.v1", data="{}", id="a.1"),
        Told(event="refetch", data="{}", id="a.1"),
        Told(event="message", data="one\ntwo", id="a.1"),
    ]
    assert (parser.pause, parser.last_id) == (2.5, "b.1")


def event(**data: object) -> Told:
    body = {
        "type": "contact.created.v1", "subject": "c1", "time": "2026-03-02T12:00:01Z",
        "data": data,
    }  # fmt: skip
    return Told(event="contact.created.v1", data=json.dumps(body), id="x")


def test_an_event_is_a_line_with_a_few_words() -> None:
    line = line_of(event(contact_id="c1", name="Ana", phone="+5511999990000", active=True))
    assert line.split()[1:] == ["contact.created.v1", "c1", "Ana", "+5511999990000"]
    assert line_of(event()).endswith("c1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", "two lines"),
        ("red \x1b[31m alert\x07", "red [31m alert"),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_what_customers_write_cannot_draw_on_the_screen(text: str, shown: str) -> None:
    line = line_of(event(message={"text": text}))
    assert line.endswith(shown)
    assert line.isprintable()


def test_what_was_missed_is_said_and_what_is_not_understood_is_shown() -> None:
    assert "missed" in line_of(Told(event="refetch", data="{}", id=""))
    assert "nonsense" in line_of(Told(event="x", data="nonsense", id=""))
