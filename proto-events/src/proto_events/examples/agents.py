"""Examples of `proto_events.agents`: Marina, who answers for the shop."""

from typing import Final

from proto_events.agents import (
    AgentActivated,
    AgentChanges,
    AgentCreated,
    AgentDeactivated,
    AgentLoggedIn,
    AgentPermissionGranted,
    AgentPermissionRevoked,
    AgentSessionJoined,
    AgentSessionLeft,
    AgentSessionRoleChanged,
    AgentUpdated,
)
from proto_events.examples.world import (
    AGENT,
    AGENT_EMAIL,
    AGENT_NAME,
    AGENT_SESSION,
    SESSION,
    at,
)

EXAMPLES: Final = (
    AgentCreated(agent_id=AGENT, name=AGENT_NAME, email=AGENT_EMAIL, role="human_agent"),
    AgentUpdated(agent_id=AGENT, changes=AgentChanges(role="supervisor", status="available")),
    AgentActivated(agent_id=AGENT),
    AgentDeactivated(agent_id=AGENT),
    AgentLoggedIn(agent_id=AGENT),
    AgentPermissionGranted(agent_id=AGENT, permission="contacts.export"),
    AgentPermissionRevoked(agent_id=AGENT, permission="contacts.export"),
    AgentSessionJoined(
        agent_session_id=AGENT_SESSION,
        agent_id=AGENT,
        session_id=SESSION,
        role="support",
        joined_at=at(12, 0, 40),
    ),
    AgentSessionLeft(
        agent_session_id=AGENT_SESSION, agent_id=AGENT, session_id=SESSION, left_at=at(14, 27)
    ),
    AgentSessionRoleChanged(
        agent_session_id=AGENT_SESSION,
        agent_id=AGENT,
        session_id=SESSION,
        old_role="support",
        new_role="primary",
        changed_at=at(12, 1),
    ),
)
