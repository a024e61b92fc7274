"""Fields and types that are not known are tolerated, and counted."""

from typing import Any

import msgspec
import pytest
from prometheus_client import REGISTRY

from platform_bus import metrics
from platform_bus.unknown import EVERY, UnknownFields
from proto_events.contacts import ContactInteractionRecorded
from proto_events.examples import example_of

TYPE = "contact.interaction_recorded.v1"


def counted(consumer: str) -> float:
    labels = {"consumer": consumer, "type": TYPE}
    return REGISTRY.get_sample_value("ventros_consumer_unknown_fields_total", labels) or 0.0


def look(watch: UnknownFields, data: dict[str, Any], times: int = 1) -> None:
    body = msgspec.json.encode(data)
    read = msgspec.json.decode(body, type=ContactInteractionRecorded)
    for _ in range(times):
        watch.look(TYPE, body, read)


@pytest.fixture
def data() -> dict[str, Any]:
    """An event as JSON."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(example_of(TYPE)))
    return plain


def test_an_event_that_is_known_whole_counts_nothing(data: dict[str, Any]) -> None:
    look(UnknownFields("known"), data)
    assert counted("known") == 0


def test_a_new_field_is_counted_wherever_it_stands(data: dict[str, Any]) -> None:
    data["new"] = 1
    data["message"]["party"][0]["new"] = {"deep": [1]}
    data["message"]["content"]["new"] = None
    look(UnknownFields("nested"), data)
    assert counted("nested") == 3


def test_one_event_in_a_hundred_is_looked_at(data: dict[str, Any]) -> None:
    data["new"] = 1
    look(UnknownFields("sampled"), data, EVERY + 1)
    assert counted("sampled") == 2


def test_both_metrics_are_of_a_consumer() -> None:
    assert metrics.UNKNOWN._labelnames == ("consumer",)
    assert metrics.UNKNOWN_FIELDS._labelnames == ("consumer", "type")
