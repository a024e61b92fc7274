"""Facts of agents: who answers for the company, person or program, and in which sessions."""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from proto_events.conversation import Value
from proto_events.registry import event
from proto_events.times import Moment

AgentType = Literal["human", "ai", "bot", "channel", "virtual", "system"]

AgentStatus = Literal["available", "busy", "away", "offline"]

AgentRole = Literal[
    "human_agent",
    "supervisor",
    "admin",
    "ai_agent",
    "ai_assistant",
    "channel_bot",
    "workflow_bot",
    "analytics_bot",
    "summarizer_bot",
]

RoleInSession = Literal[
    "primary", "support", "observer", "handoff", "ai_assistant", "ai_primary", "bot"
]

ProjectPermission = Literal[
    "sessions.view",
    "sessions.manage",
    "messages.send",
    "messages.view",
    "contacts.view",
    "contacts.manage",
    "contacts.export",
    "pipelines.view",
    "pipelines.manage",
    "campaigns.view",
    "campaigns.manage",
    "sequences.view",
    "sequences.manage",
    "analytics.view",
    "analytics.export",
    "members.view",
    "members.manage",
    "channels.view",
    "channels.manage",
    "billing.view",
    "billing.manage",
    "settings.view",
    "settings.manage",
]


@event(
    "agent.created",
    aggregate="agent",
    producer="sessions",
    data_class="personal",
    person="agent_id",
)
class AgentCreated(msgspec.Struct, frozen=True, kw_only=True):
    """An agent can take part in a project's sessions. `email` is None for one that is no person."""

    agent_id: UUID
    name: str
    email: str | None = None
    role: AgentRole


class AgentChanges(Value, frozen=True, kw_only=True):
    """New values of the fields that changed; a null was emptied, an absent one is as before.

    `user_id` is the user as whom the agent signs in. An agent's configuration and settings are
    not told: where nothing is here, only they changed.
    """

    name: str | UnsetType = UNSET
    email: str | UnsetType | None = UNSET
    role: AgentRole | UnsetType = UNSET
    agent_type: AgentType | UnsetType = UNSET
    status: AgentStatus | UnsetType = UNSET
    user_id: UUID | UnsetType | None = UNSET


@event(
    "agent.updated",
    aggregate="agent",
    producer="sessions",
    data_class="personal",
    person="agent_id",
)
class AgentUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """An agent was changed, or has another status."""

    agent_id: UUID
    changes: AgentChanges


@event(
    "agent.activated", aggregate="agent", producer="sessions", data_class="none", person="agent_id"
)
class AgentActivated(msgspec.Struct, frozen=True, kw_only=True):
    """An agent who was out of use can be given sessions again."""

    agent_id: UUID


@event(
    "agent.deactivated",
    aggregate="agent",
    producer="sessions",
    data_class="none",
    person="agent_id",
)
class AgentDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """An agent is given no more sessions; what it did stays."""

    agent_id: UUID


@event(
    "agent.logged_in", aggregate="agent", producer="sessions", data_class="none", person="agent_id"
)
class AgentLoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """An agent signed in; the envelope has the time."""

    agent_id: UUID


@event(
    "agent.permission_granted",
    aggregate="agent",
    producer="sessions",
    data_class="none",
    person="agent_id",
)
class AgentPermissionGranted(msgspec.Struct, frozen=True, kw_only=True):
    """An agent may do more than its role says."""

    agent_id: UUID
    permission: ProjectPermission


@event(
    "agent.permission_revoked",
    aggregate="agent",
    producer="sessions",
    data_class="none",
    person="agent_id",
)
class AgentPermissionRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """An agent may no longer do this."""

    agent_id: UUID
    permission: ProjectPermission


@event(
    "agent_session.joined",
    aggregate="agent_session",
    producer="sessions",
    data_class="none",
    person="agent_id",
)
class AgentSessionJoined(msgspec.Struct, frozen=True, kw_only=True):
    """An agent takes part in a session; `role` is None where it was given no part of its own."""

    agent_session_id: UUID
    agent_id: UUID
    session_id: UUID
    role: RoleInSession | None = None
    joined_at: Moment


@event(
    "agent_session.left",
    aggregate="agent_session",
    producer="sessions",
    data_class="none",
    person="agent_id",
)
class AgentSessionLeft(msgspec.Struct, frozen=True, kw_only=True):
    """An agent no longer takes part in a session; the session may go on."""

    agent_session_id: UUID
    agent_id: UUID
    session_id: UUID
    left_at: Moment


@event(
    "agent_session.role_changed",
    aggregate="agent_session",
    producer="sessions",
    data_class="none",
    person="agent_id",
)
class AgentSessionRoleChanged(msgspec.Struct, frozen=True, kw_only=True):
    """An agent has another part in a session; None for no part of its own."""

    agent_session_id: UUID
    agent_id: UUID
    session_id: UUID
    old_role: RoleInSession | None = None
    new_role: RoleInSession | None = None
    changed_at: Moment
