"""Metrics: Prometheus, one registry per process, names under `ventros_`.

Asking twice for one metric gives the same one, so that a part can be made more than once in a
process. Labels are of few values: never a tenant, a contact or an id.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase

PREFIX = "ventros_"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets for durations, in seconds."""

M = TypeVar("M", bound=MetricWrapperBase)

_made: dict[str, MetricWrapperBase] = {}


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    """A number that only rises; the exposition adds `_total`."""
    return _get(Counter, name, lambda full: Counter(full, documentation, labels))


def gauge(name: str, documentation: str, labels: Sequence[str] = ()) -> Gauge:
    """A number that rises and falls."""
    return _get(Gauge, name, lambda full: Gauge(full, documentation, labels))


def histogram(
    name: str,
    documentation: str,
    labels: Sequence[str] = (),
    buckets: Sequence[float] = SECONDS,
) -> Histogram:
    """A distribution, of seconds unless the buckets say otherwise."""
    return _get(
        Histogram, name, lambda full: Histogram(full, documentation, labels, buckets=buckets)
    )


def exposition() -> tuple[bytes, str]:
    """The body and the content type of a `/metrics` answer."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


def _get(kind: type[M], name: str, make: Callable[[str], M]) -> M:
    full = PREFIX + name
    known = _made.get(full)
    if known is None:
        known = _made[full] = make(full)
    if not isinstance(known, kind):
        raise TypeError(f"{full} is already a {type(known).__name__}")
    return known
