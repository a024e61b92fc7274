"""Which timeout holds: the channel's, else the project's, else 30 minutes."""

from msgspec.structs import replace

from ventros_sessions.domain.facts import TimeoutChanged
from ventros_sessions.domain.session import Session, Timeout

DEFAULT_SECONDS = 30 * 60.0


def resolve(channel_minutes: float | None, project_minutes: float | None) -> Timeout:
    """The timeout of a new session, from what channel and project say (None: nothing)."""
    if channel_minutes is not None:
        return Timeout(seconds=channel_minutes * 60, source="channel")
    if project_minutes is not None:
        return Timeout(seconds=project_minutes * 60, source="project")
    return Timeout(seconds=DEFAULT_SECONDS, source="default")


def change(session: Session, timeout: Timeout) -> tuple[Session, TimeoutChanged | None] | None:
    """An open session after its channel or project changed; None if nothing is another.

    Where the number stays and only its source is another, there is nothing to tell.
    """
    if session.timeout == timeout:
        return None
    if session.timeout.seconds == timeout.seconds:
        return replace(session, timeout=timeout), None
    changed = replace(session, timeout=timeout, version=session.version + 1)
    return changed, TimeoutChanged(changed)
