import json
import logging
from collections.abc import Iterator

import pytest
import structlog

import platform_telemetry as telemetry
from platform_telemetry.redaction import REDACTED, redact, redact_text

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def _lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_our_loggers_and_the_standard_librarys_give_the_same_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure("contacts", telemetry.TelemetrySettings())
    telemetry.get_logger("a.part").warning("ours", contact_id="c1")
    logging.getLogger("some.library").warning("theirs %s", "x")
    ours, theirs = _lines(capsys.readouterr().out)
    assert ours["event"] == "ours"
    assert ours["contact_id"] == "c1"
    assert ours["logger"] == "a.part"
    assert theirs["event"] == "theirs x"
    assert theirs["logger"] == "some.library"
    for line in (ours, theirs):
        assert line["service"] == "contacts"
        assert line["level"] == "warning"
        assert str(line["timestamp"]).endswith("Z")


def test_the_level_holds_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("contacts", telemetry.TelemetrySettings(log_level="warning"))
    telemetry.get_logger("a").info("quiet")
    logging.getLogger("b").info("quiet")
    telemetry.get_logger("a").error("loud")
    assert [line["event"] for line in _lines(capsys.readouterr().out)] == ["loud"]


def test_configuring_again_does_not_double_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        telemetry.configure("contacts", telemetry.TelemetrySettings())
    logging.getLogger("b").warning("once")
    assert len(_lines(capsys.readouterr().out)) == 1


def test_an_exception_is_told_without_its_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("contacts", telemetry.TelemetrySettings())
    try:
        raise ConnectionError("no route to postgresql://app:hunter2@db:5432/ventros")
    except ConnectionError:
        telemetry.get_logger("a").exception("connect failed")
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert "ConnectionError" in out


@pytest.mark.parametrize(
    "key",
    ["password", "client_secret", "access_token", "Authorization", "apiKey", "hmac_key", "dsn"],
)
def test_a_secret_looking_key_is_redacted_at_any_depth(key: str) -> None:
    event = redact(None, "info", {"outer": {"list": [{key: "hunter2"}]}, key: "hunter2"})
    assert "hunter2" not in repr(event)
    assert event[key] == REDACTED


@pytest.mark.parametrize(
    "text",
    [
        "amqp://guest:hunter2@127.0.0.1:5672/%2f",
        "Authorization: Bearer hunter2.x_y",
        "got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2",
        "key vk_live_abc_hunter2",
    ],
)
def test_a_secret_looking_text_is_redacted(text: str) -> None:
    assert "hunter2" not in redact_text(text)
    assert REDACTED in redact_text(text)


def test_what_is_no_secret_stays() -> None:
    event = {"event": "stored 3 rows", "contact_id": "c", "count": 3, "url": "http://host:80/a@b"}
    assert redact(None, "info", dict(event)) == event


def test_bodies_in_bytes_are_not_written() -> None:
    assert redact(None, "info", {"body": b"secret body"}) == {"body": "<11 bytes>"}


def test_a_stored_trace_is_carried_on(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("contacts", telemetry.TelemetrySettings())
    assert telemetry.traceparent() is None
    with telemetry.attached(TRACE):
        assert telemetry.traceparent() == TRACE
        telemetry.get_logger("a").warning("inside")
    assert telemetry.traceparent() is None
    assert _lines(capsys.readouterr().out)[0]["trace_id"] == TRACE[3:35]


@pytest.mark.parametrize(
    "parent",
    [
        None,
        "",
        "garbage",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    ],
)
def test_a_malformed_trace_is_left_out(parent: str | None) -> None:
    with telemetry.attached(parent):
        assert telemetry.traceparent() is None


def test_a_metric_asked_for_twice_is_one() -> None:
    first = telemetry.counter("test_things", "Things.", ["kind"])
    telemetry.counter("test_things", "Things.", ["kind"]).labels("a").inc(2)
    first.labels("a").inc()
    body, content_type = telemetry.exposition()
    assert b'ventros_test_things_total{kind="a"} 3.0' in body
    assert content_type.startswith("text/plain")
    with pytest.raises(TypeError):
        telemetry.gauge("test_things", "Things.")


def test_the_console_format_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("contacts", telemetry.TelemetrySettings(log_format="console"))
    try:
        raise ValueError("Bearer hunter2")
    except ValueError:
        telemetry.get_logger("a").exception("failed", contact_id="c1")
    out = capsys.readouterr()
    assert "contact_id" in out.out
    assert "ValueError" in out.out
    assert "hunter2" not in out.out
    assert out.err == ""
