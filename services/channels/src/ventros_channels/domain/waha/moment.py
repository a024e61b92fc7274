"""The provider's time of a message."""

from datetime import UTC, datetime

from ventros_channels.domain.waha.members import JsonObject, child, number, text

_FIRST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_MILLISECONDS_FROM = 100_000_000_000
"""A larger number is no time in seconds of our millennium, so it is one in milliseconds."""


def occurred_at(
    payload: JsonObject, data: JsonObject, envelope: JsonObject, received_at: datetime
) -> datetime:
    """When the message was written, aware, in UTC.

    `payload.timestamp` in seconds, else the engine's own, else the time of the webhook, else
    `received_at`: each the same when the raw event is read again.
    """
    return (
        _moment(number(payload, "timestamp"))
        or _moment(number(data, "messageTimestamp", "t"))
        or _rfc3339(text(child(data, "Info"), "Timestamp"))
        or _moment(number(envelope, "timestamp"))
        or received_at
    )


def told_at(data: JsonObject, envelope: JsonObject, received_at: datetime) -> datetime:
    """When the provider told of something, aware, in UTC: the engine's time, else the webhook's."""
    return (
        _rfc3339(text(data, "Timestamp")) or _moment(number(envelope, "timestamp")) or received_at
    )


def _moment(value: float | None) -> datetime | None:
    if value is None:
        return None
    seconds = value / 1000 if value > _MILLISECONDS_FROM else value
    return datetime.fromtimestamp(seconds, UTC) if _FIRST < seconds < _LAST else None


def _rfc3339(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return _moment(moment.timestamp()) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
