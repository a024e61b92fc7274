from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core import cursors, settings
from platform_core.errors import Invalid
from platform_core.ids import id_at, new_id
from platform_core.installation import Environment
from platform_core.types import Email, HttpUrl, NonEmptyStr, Phone

MOMENT = datetime(2026, 7, 2, 12, 0, 0, 123_000, tzinfo=UTC)


def test_new_ids_are_version_7_and_rise_with_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert {i.version for i in ids} == {7}
    assert len(set(ids)) == 100
    assert [i.int >> 80 for i in ids] == sorted(i.int >> 80 for i in ids)


def test_a_derived_id_is_the_same_for_the_same_fact() -> None:
    assert id_at(MOMENT, "channel", "stanza") == id_at(MOMENT, "channel", "stanza")
    assert id_at(MOMENT, "channel", "stanza").version == 7
    assert id_at(MOMENT, "channel", "stanza").int >> 80 == int(MOMENT.timestamp() * 1000)


def test_a_derived_id_differs_by_seed_by_moment_and_by_where_the_seed_is_cut() -> None:
    others = {
        id_at(MOMENT, "ab", "c"),
        id_at(MOMENT, "a", "bc"),
        id_at(MOMENT + timedelta(milliseconds=1), "ab", "c"),
    }
    assert len(others) == 3


def test_a_derived_id_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        id_at(datetime(2026, 1, 1), "x")  # noqa: DTZ001


class Position(msgspec.Struct, array_like=True):
    at: datetime
    key: str


@given(st.text(max_size=50), st.text(min_size=1, max_size=200))
def test_a_cursor_comes_back_as_it_went(key: str, question: str) -> None:
    position = Position(at=MOMENT, key=key)
    assert cursors.decode(question, cursors.encode(question, position), Position) == position


@given(st.text(max_size=80))
def test_a_cursor_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        cursors.decode("contacts", text, Position)
    assert refused.value.code == "invalid_cursor"


def test_a_cursor_of_another_question_is_refused() -> None:
    cursor = cursors.encode("contacts name=a", Position(at=MOMENT, key="k"))
    with pytest.raises(Invalid):
        cursors.decode("contacts name=b", cursor, Position)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    amqp_url: str
    prefetch: int = 20


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    bus: Group
    http_port: int
    debug: bool = False
    key_file: Path | None = None


def test_settings_are_read_with_their_groups() -> None:
    read = settings.load(
        Settings,
        {
            "VENTROS_AMQP_URL": "amqp://x",
            "VENTROS_HTTP_PORT": "8080",
            "VENTROS_DEBUG": "true",
            "VENTROS_KEY_FILE": "/run/key.pem",
        },
    )
    assert read == Settings(
        bus=Group(amqp_url="amqp://x"), http_port=8080, debug=True, key_file=Path("/run/key.pem")
    )


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(settings.SettingsError) as refused:
        settings.load(Settings, {"VENTROS_HTTP_PORT": "many", "VENTROS_PREFETCH": "x"})
    assert [line.split(":")[0].split(" ")[0] for line in refused.value.problems] == [
        "VENTROS_AMQP_URL",
        "VENTROS_PREFETCH",
        "VENTROS_HTTP_PORT",
    ]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Phone,
            ["+5544999990003", "+12025550123"],
            ["5544999990003", "+0123456789", "+1"],
        ),
        (
            Email,
            ["a@b.co", "ana+crm@loja.com.br"],
            ["a@b", "a@b.co\n", "a b@c.co", "@b.co", "a@b..co"],
        ),
        (
            HttpUrl,
            ["http://waha:3000", "https://waha.example/x?y=1", "http://[::1]:3000"],
            [
                "waha:3000",
                "http://",
                "http://a\n",
                "http://a b",
                "http://loja\x1e",
                "http://é.example",
            ],
        ),
        (
            NonEmptyStr,
            ["A", "Ana Maria"],
            ["", " ", " a", "a ", "a\nb", "a\n", "a\x1e", "\ufeffa", "x" * 256],
        ),
    ],
)
def test_constrained_types(kind: type, good: list[str], bad: list[str]) -> None:
    for value in good:
        assert msgspec.convert(value, kind) == value
    for value in bad:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(value, kind)


class Documented(msgspec.Struct):
    amqp_url: Annotated[str, msgspec.Meta(description="The broker.")]
    keys: Path | None = None


def test_a_setting_of_two_groups_is_described_once() -> None:
    class One(msgspec.Struct):
        environment: Environment = "production"

    class Other(msgspec.Struct, kw_only=True):
        environment: Environment = "production"
        other: int

    class Both(msgspec.Struct):
        one: One
        other: Other
        last: int

    found = [setting.variable for setting in settings.described(Both)]
    assert found == ["VENTROS_OTHER", "VENTROS_LAST", "VENTROS_ENVIRONMENT"]
    loaded = settings.load(Both, {"VENTROS_OTHER": "1", "VENTROS_LAST": "2"})
    assert loaded.one.environment == loaded.other.environment == "production"


def test_a_setting_is_described_with_its_meaning() -> None:
    required, optional = settings.described(Documented)
    assert (required.variable, required.default) == ("VENTROS_AMQP_URL", None)
    assert (required.kind, required.meaning) == ("text", "The broker.")
    assert (optional.kind, optional.default, optional.meaning) == ("path", "", "")
