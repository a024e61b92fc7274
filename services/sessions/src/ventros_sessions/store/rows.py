"""Rows of `session` and the domain's Session."""

from typing import Any, TypeAlias

import msgspec

from ventros_sessions.domain.session import Session, Timeout
from ventros_sessions.domain.waits import Waits

Row: TypeAlias = Any
"""An asyncpg record with the columns of `session`."""

COLUMNS = """
    s.tenant_id, s.id, s.project_id, s.version, s.contact_id, s.channel_id, s.channel_type,
    s.status, s.end_reason, s.started_at, s.last_activity_at, s.ended_at, s.timeout_seconds,
    s.timeout_source, s.inbound_messages, s.outbound_messages, s.first_message_at,
    s.last_message_at, s.first_contact_message_at, s.first_agent_response_at, s.waits,
    s.merged_into, s.historic
"""

_WAITS = msgspec.json.Decoder(Waits)
_NONE = Waits()


def session_of(row: Row) -> Session:
    """The session of a row."""
    return Session(
        id=row["id"],
        tenant_id=row["tenant_id"],
        project_id=row["project_id"],
        contact_id=row["contact_id"],
        channel_id=row["channel_id"],
        channel_type=row["channel_type"],
        version=row["version"],
        status=row["status"],
        end_reason=row["end_reason"],
        started_at=row["started_at"],
        last_activity_at=row["last_activity_at"],
        ended_at=row["ended_at"],
        timeout=Timeout(seconds=row["timeout_seconds"], source=row["timeout_source"]),
        inbound_messages=row["inbound_messages"],
        outbound_messages=row["outbound_messages"],
        first_message_at=row["first_message_at"],
        last_message_at=row["last_message_at"],
        first_contact_message_at=row["first_contact_message_at"],
        first_agent_response_at=row["first_agent_response_at"],
        waits=_NONE if row["waits"] is None else _WAITS.decode(row["waits"]),
        merged_into=row["merged_into"],
        historic=row["historic"],
    )
