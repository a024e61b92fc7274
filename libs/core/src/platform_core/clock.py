"""Time: timezone-aware UTC, nothing else."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present moment, aware, in UTC, with microseconds."""
    return datetime.now(UTC)
