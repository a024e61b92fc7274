"""Moments in query parameters. Litestar drops msgspec's constraints there, `Meta(tz=True)` too,
so that a time without a zone gets through to the handler: it is refused here."""

from datetime import datetime

from platform_http.problems import FieldError, RequestError


def aware(parameter: str, moment: datetime | None) -> datetime | None:
    """The moment, once it is certain that it has a time zone.

    Raises:
        RequestError: `validation_failed`, with the parameter and `time_zone_missing`.
    """
    if moment is None or moment.tzinfo is not None:
        return moment
    raise RequestError(
        400,
        "validation_failed",
        "The request has values that are not valid.",
        [
            FieldError(
                code="time_zone_missing",
                detail="Expected a time with its zone, for example 2026-01-31T12:00:00Z.",
                parameter=parameter,
            )
        ],
    )
