"""Facts of automation rules: what a project lets happen by itself, and each time that it did."""

from typing import Annotated, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from proto_events.conversation import JsonValue
from proto_events.registry import event

AutomationTrigger = Literal[
    "session.ended",
    "session.timeout",
    "session.resolved",
    "session.escalated",
    "no_response.timeout",
    "message.received",
    "status.changed",
    "stage.completed",
    "after.delay",
    "scheduled",
    "purchase.completed",
    "payment.received",
    "refund.issued",
    "cart.abandoned",
    "order.shipped",
    "page.visited",
    "form.submitted",
    "file.downloaded",
]
"""The triggers that every project has."""

Trigger = Annotated[
    str,
    Meta(
        description="A trigger of the system, or one of the tenant's own, which begins `custom.`",
        examples=[*get_args(AutomationTrigger)],
    ),
]
"""An `AutomationTrigger` or a tenant's own; open, because tenants register theirs at any time."""


@event("automation.created", aggregate="automation", producer="automation", data_class="none")
class AutomationCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A rule was made. Without `pipeline_id` it holds for the whole project."""

    rule_id: UUID
    pipeline_id: UUID | None = None
    name: str
    trigger: Trigger


@event("automation.enabled", aggregate="automation", producer="automation", data_class="none")
class AutomationEnabled(msgspec.Struct, frozen=True, kw_only=True):
    """A rule was switched on: it runs from its next trigger, not for those that it missed."""

    rule_id: UUID


@event("automation.disabled", aggregate="automation", producer="automation", data_class="none")
class AutomationDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """A rule was switched off; no trigger starts it until it is enabled."""

    rule_id: UUID


class _Run(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and whom it ran for."""

    rule_id: UUID
    session_id: UUID | None = None
    contact_id: UUID | None = None


@event(
    "automation_rule.triggered",
    aggregate="automation_rule",
    producer="automation",
    data_class="sensitive",
    person="contact_id",
)
class AutomationRuleTriggered(_Run, frozen=True, kw_only=True):
    """A trigger matched a rule and its conditions held; its actions follow.

    `context` holds the parameters of the trigger by their names: ids, counts, and for forms and
    custom triggers what the contact entered. A trigger that concerns nobody, such as a schedule,
    has neither contact nor session; the same holds for how the run ends.
    """

    trigger_type: Trigger
    context: dict[str, JsonValue]


@event(
    "automation_rule.executed",
    aggregate="automation_rule",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class AutomationRuleExecuted(_Run, frozen=True, kw_only=True):
    """All actions of a rule were carried out, delayed ones included; `actions_count` of them."""

    actions_count: int


@event(
    "automation_rule.failed",
    aggregate="automation_rule",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class AutomationRuleFailed(_Run, frozen=True, kw_only=True):
    """A rule stopped before its last action was carried out; what it did before stays done.

    `error` says in words which action failed and why, never what a message said.
    """

    error: str
