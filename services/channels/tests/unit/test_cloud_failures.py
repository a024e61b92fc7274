"""Every error class of Meta's, and what is done about it."""

from datetime import UTC, datetime, timedelta

import pytest

from ventros_channels.domain.pace import SLOW_FOR, STEP, Pace, gap, slowed
from ventros_channels.domain.whatsapp_cloud.failures import KINDS, kind_of, read_error

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

CLASSES: dict[str, tuple[list[int], str, bool, bool]] = {
    "auth": ([0, 3, 10, 190, 200, 299], "authentication", False, False),
    "throttle": ([4, 80007, 131064, 133016], "unavailable", True, True),
    "throttle of a number": ([130429, 131048], "unavailable", True, True),
    "pair": ([131056], "unavailable", True, False),
    "account": ([368, 131031, 130497], "suspended", False, False),
    "re-engagement": ([131047], "window_closed", False, False),
    "undeliverable": (
        [131026, 130472, 131049, 131050, 131021, 131030],
        "undeliverable",
        False,
        False,
    ),
    "media": ([131052, 131053], "media", True, False),
    "type": ([131051], "unsupported", False, False),
    "server": ([131000, 131005, 131016, 131057], "unavailable", True, False),
    "request": (
        [131008, 131009, 131037, 131042, 131044, 131045, 131062, 131063, 133010, 135000, 137000],
        "rejected",
        False,
        False,
    ),
    "template": (
        [
            *(132000, 132001, 132005, 132007, 132008, 132012),
            *(132015, 132016, 132068, 132069),
        ],
        "template",
        False,
        False,
    ),
    "template creation": (
        [2388019, 2388040, 2388047, 2388073, 2388293, 2388299],
        "rejected",
        False,
        False,
    ),
    "unknown": ([99, 999999], "rejected", False, False),
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name: str) -> None:
    codes, failure, again, everywhere = CLASSES[name]
    for code in codes:
        kind = kind_of(code)
        assert (kind.failure, kind.again, kind.everywhere) == (failure, again, everywhere), code


def test_what_makes_a_number_send_slower() -> None:
    assert {code for code, kind in KINDS.items() if kind.too_fast} == {130429, 131048}


def test_each_time_it_is_told_a_number_sends_slower_up_to_a_limit_and_for_a_while() -> None:
    pace, gaps = Pace(), []
    for number in range(6):
        now = NOW + number * STEP
        pace = slowed(slowed(pace, now), now)
        gaps.append(gap(pace, 1 / 80, now).total_seconds())
    assert gaps == [0.05, 0.2, 0.8, 3.2, 3.2, 3.2]
    assert gap(Pace(), 1 / 80, NOW) == timedelta(seconds=1 / 80)
    later = now + SLOW_FOR
    assert gap(pace, 1 / 80, later) == timedelta(seconds=1 / 80)
    assert slowed(pace, later).slowness == 1


def test_what_is_true_of_the_channel_then() -> None:
    said = {code: kind.connection for code, kind in KINDS.items() if kind.connection}
    assert {said[code] for code in (0, 3, 10, 190, *range(200, 300))} == {"UNAUTHORIZED"}
    assert {said[code] for code in (368, 131031, 130497)} == {"SUSPENDED"}


def test_the_details_are_the_reason() -> None:
    failure = read_error({"code": 131047, "title": "T", "error_data": {"details": "Because."}})
    assert failure is not None
    assert (failure.code, failure.reason) == ("131047", "Because.")
    plain = read_error({"code": "190", "message": "Expired."})
    assert plain is not None
    assert (plain.code, plain.reason, plain.kind.failure) == ("190", "Expired.", "authentication")
    assert read_error({"code": 7}) is not None
    assert read_error({"message": "x"}) is None
    assert read_error({"code": True}) is None
