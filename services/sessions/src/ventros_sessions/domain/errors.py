"""What can be wrong with a request about a session."""

from uuid import UUID

from platform_core.errors import Conflict, NotFound


class SessionNotFound(NotFound):
    """There is no such session in this project."""

    code = "session_not_found"

    def __init__(self, session_id: UUID) -> None:
        super().__init__(f"There is no session {session_id}.")


class SessionNotActive(Conflict):
    """The session has ended."""

    code = "session_not_active"

    def __init__(self, session_id: UUID) -> None:
        super().__init__(f"The session {session_id} has ended.")
