"""Examples: a campaign for dining rooms. Bruno goes through all of it, Ana buys before its end."""

from typing import Final

from proto_events.campaigns import (
    CampaignActivated,
    CampaignArchived,
    CampaignCompleted,
    CampaignContactEnrolled,
    CampaignCreated,
    CampaignEnrollmentAdvanced,
    CampaignEnrollmentCompleted,
    CampaignEnrollmentExited,
    CampaignEnrollmentPaused,
    CampaignEnrollmentResumed,
    CampaignPaused,
    CampaignResumed,
    CampaignScheduled,
    CampaignStepAdded,
    CampaignStepRemoved,
)
from proto_events.examples.world import (
    ANA,
    ANA_IN_CAMPAIGN,
    BRUNO,
    BRUNO_IN_CAMPAIGN,
    CAMPAIGN,
    CAMPAIGN_STEP,
    OTHER_CAMPAIGN_STEP,
    at,
)

EXAMPLES: Final = (
    CampaignCreated(
        campaign_id=CAMPAIGN,
        name="Salas de jantar de março",
        description="Quem pediu orçamento de mesa recebe as ofertas do mês até comprar.",
        goal_type="conversions",
        goal_value=40,
    ),
    CampaignStepAdded(campaign_id=CAMPAIGN, step_id=CAMPAIGN_STEP, step_type="broadcast", order=0),
    CampaignStepRemoved(campaign_id=CAMPAIGN, step_id=OTHER_CAMPAIGN_STEP),
    CampaignScheduled(campaign_id=CAMPAIGN, start_date=at(12, days=7)),
    CampaignActivated(campaign_id=CAMPAIGN),
    CampaignPaused(campaign_id=CAMPAIGN),
    CampaignResumed(campaign_id=CAMPAIGN),
    CampaignContactEnrolled(
        enrollment_id=ANA_IN_CAMPAIGN,
        campaign_id=CAMPAIGN,
        contact_id=ANA,
        next_scheduled_at=at(13, days=8),
    ),
    CampaignEnrollmentAdvanced(
        enrollment_id=ANA_IN_CAMPAIGN,
        campaign_id=CAMPAIGN,
        contact_id=ANA,
        current_step_order=1,
        next_scheduled_at=at(13, days=11),
    ),
    CampaignEnrollmentPaused(enrollment_id=ANA_IN_CAMPAIGN, campaign_id=CAMPAIGN, contact_id=ANA),
    CampaignEnrollmentResumed(enrollment_id=ANA_IN_CAMPAIGN, campaign_id=CAMPAIGN, contact_id=ANA),
    CampaignEnrollmentExited(
        enrollment_id=ANA_IN_CAMPAIGN,
        campaign_id=CAMPAIGN,
        contact_id=ANA,
        exit_reason="converted",
        exited_at=at(17, 40, days=12),
    ),
    CampaignEnrollmentCompleted(
        enrollment_id=BRUNO_IN_CAMPAIGN,
        campaign_id=CAMPAIGN,
        contact_id=BRUNO,
        completed_at=at(13, days=20),
    ),
    CampaignCompleted(campaign_id=CAMPAIGN),
    CampaignArchived(campaign_id=CAMPAIGN),
)
