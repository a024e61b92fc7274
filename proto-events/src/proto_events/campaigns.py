"""Facts of campaigns: steps that lead contacts towards a goal, and each contact's way through them.

A contact's way through one campaign is an enrollment. Orders of steps count from 0.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment

GoalType = Literal["reach_contacts", "conversions", "engagement"]

StepType = Literal["broadcast", "sequence", "delay", "condition", "wait"]


@event("campaign.created", aggregate="campaign", producer="automation", data_class="none")
class CampaignCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign was drafted.

    `goal_value` is a number of contacts: reached, converted or engaged, as `goal_type` says.
    """

    campaign_id: UUID
    name: str
    description: str
    goal_type: GoalType
    goal_value: int


@event("campaign.activated", aggregate="campaign", producer="automation", data_class="none")
class CampaignActivated(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign began to run, by hand or because its start date came."""

    campaign_id: UUID


@event("campaign.scheduled", aggregate="campaign", producer="automation", data_class="none")
class CampaignScheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign will be activated at `start_date`, which is a moment, not a whole day."""

    campaign_id: UUID
    start_date: Moment


@event("campaign.paused", aggregate="campaign", producer="automation", data_class="none")
class CampaignPaused(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign was stopped for now: its enrollments keep their place and take no step."""

    campaign_id: UUID


@event("campaign.resumed", aggregate="campaign", producer="automation", data_class="none")
class CampaignResumed(msgspec.Struct, frozen=True, kw_only=True):
    """A paused campaign goes on."""

    campaign_id: UUID


@event("campaign.completed", aggregate="campaign", producer="automation", data_class="none")
class CampaignCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign is over; it enrolls nobody any more."""

    campaign_id: UUID


@event("campaign.archived", aggregate="campaign", producer="automation", data_class="none")
class CampaignArchived(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign was put away: it is kept for its figures and cannot run again."""

    campaign_id: UUID


@event("campaign.step_added", aggregate="campaign", producer="automation", data_class="none")
class CampaignStepAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign was given a step; steps from `order` on moved one place back."""

    campaign_id: UUID
    step_id: UUID
    step_type: StepType
    order: int


@event("campaign.step_removed", aggregate="campaign", producer="automation", data_class="none")
class CampaignStepRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A step was taken out of a campaign; the steps after it moved one place forward."""

    campaign_id: UUID
    step_id: UUID


class _Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """One contact's way through one campaign."""

    enrollment_id: UUID
    campaign_id: UUID
    contact_id: UUID


@event(
    "campaign.contact_enrolled",
    aggregate="campaign",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class CampaignContactEnrolled(_Enrollment, frozen=True, kw_only=True):
    """A contact entered a campaign; its first step is due at `next_scheduled_at`."""

    next_scheduled_at: Moment


@event(
    "campaign.enrollment_advanced",
    aggregate="campaign",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class CampaignEnrollmentAdvanced(_Enrollment, frozen=True, kw_only=True):
    """A contact came to the step `current_step_order`.

    Without `next_scheduled_at` the step has no time: it waits for something to happen.
    """

    current_step_order: int
    next_scheduled_at: Moment | None = None


@event(
    "campaign.enrollment_paused",
    aggregate="campaign",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class CampaignEnrollmentPaused(_Enrollment, frozen=True, kw_only=True):
    """A campaign was stopped for now for this one contact."""


@event(
    "campaign.enrollment_resumed",
    aggregate="campaign",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class CampaignEnrollmentResumed(_Enrollment, frozen=True, kw_only=True):
    """A campaign goes on for this contact, from the step where it stopped."""


@event(
    "campaign.enrollment_completed",
    aggregate="campaign",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class CampaignEnrollmentCompleted(_Enrollment, frozen=True, kw_only=True):
    """A contact went through the last step of a campaign."""

    completed_at: Moment


@event(
    "campaign.enrollment_exited",
    aggregate="campaign",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class CampaignEnrollmentExited(_Enrollment, frozen=True, kw_only=True):
    """A contact left a campaign before its last step; `exit_reason` is a short code."""

    exit_reason: str
    exited_at: Moment
