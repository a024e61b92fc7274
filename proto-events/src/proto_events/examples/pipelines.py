"""Examples of `proto_events.pipelines`: the shop's sales, from a question to a sold table."""

from typing import Final

from proto_events.examples.world import (
    AGENT,
    ANA,
    ANA_PICTURE,
    BRUNO,
    PIPELINE,
    PIPELINE_NAME,
    STATUS_NEW,
    STATUS_NEW_NAME,
    STATUS_QUOTED,
    STATUS_QUOTED_NAME,
    STATUS_SOLD,
    STATUS_SOLD_NAME,
    at,
)
from proto_events.pipelines import (
    ContactEnteredPipeline,
    ContactExitedPipeline,
    ContactLeadQualified,
    ContactPipelineStatusChanged,
    ContactProfilePictureReceived,
    ContactStatusChanged,
    PipelineActivated,
    PipelineCreated,
    PipelineDeactivated,
    PipelineLeadQualificationConfigUpdated,
    PipelineLeadQualificationDisabled,
    PipelineLeadQualificationEnabled,
    PipelineStatusAdded,
    PipelineStatusRemoved,
    PipelineUpdated,
    StatusActivated,
    StatusCreated,
    StatusDeactivated,
    StatusUpdated,
)

EXAMPLES: Final = (
    PipelineCreated(pipeline_id=PIPELINE, name=PIPELINE_NAME),
    PipelineUpdated(
        pipeline_id=PIPELINE, field="session_timeout_minutes", old_value=None, new_value=60
    ),
    PipelineActivated(pipeline_id=PIPELINE),
    PipelineDeactivated(pipeline_id=PIPELINE),
    PipelineStatusAdded(
        pipeline_id=PIPELINE, status_id=STATUS_QUOTED, status_name=STATUS_QUOTED_NAME
    ),
    PipelineStatusRemoved(
        pipeline_id=PIPELINE, status_id=STATUS_SOLD, status_name=STATUS_SOLD_NAME
    ),
    PipelineLeadQualificationEnabled(pipeline_id=PIPELINE),
    PipelineLeadQualificationDisabled(pipeline_id=PIPELINE),
    PipelineLeadQualificationConfigUpdated(pipeline_id=PIPELINE),
    StatusCreated(
        status_id=STATUS_SOLD, pipeline_id=PIPELINE, name=STATUS_SOLD_NAME, status_type="closed"
    ),
    StatusUpdated(
        status_id=STATUS_QUOTED, field="name", old_value="Orçamento", new_value=STATUS_QUOTED_NAME
    ),
    StatusActivated(status_id=STATUS_SOLD),
    StatusDeactivated(status_id=STATUS_SOLD),
    ContactEnteredPipeline(
        contact_id=ANA,
        pipeline_id=PIPELINE,
        status_id=STATUS_NEW,
        status_name=STATUS_NEW_NAME,
        entered_by=AGENT,
    ),
    ContactExitedPipeline(
        contact_id=BRUNO,
        pipeline_id=PIPELINE,
        last_status_id=STATUS_QUOTED,
        last_status_name=STATUS_QUOTED_NAME,
        exited_by=AGENT,
        reason="Comprou as cadeiras na loja física",
    ),
    ContactStatusChanged(
        contact_id=ANA,
        pipeline_id=PIPELINE,
        old_status_id=STATUS_NEW,
        new_status_id=STATUS_QUOTED,
        old_status_name=STATUS_NEW_NAME,
        new_status_name=STATUS_QUOTED_NAME,
        changed_by=AGENT,
        reason="Orçamento da mesa de 1,80 m enviado",
    ),
    ContactPipelineStatusChanged(
        contact_id=ANA,
        pipeline_id=PIPELINE,
        previous_status_id=STATUS_NEW,
        new_status_id=STATUS_QUOTED,
        previous_status_name=STATUS_NEW_NAME,
        new_status_name=STATUS_QUOTED_NAME,
        changed_by=AGENT,
        reason="Orçamento da mesa de 1,80 m enviado",
        changed_at=at(13, 15),
    ),
    ContactProfilePictureReceived(
        contact_id=ANA, pipeline_id=PIPELINE, profile_picture_url=ANA_PICTURE
    ),
    ContactLeadQualified(
        contact_id=ANA,
        pipeline_id=PIPELINE,
        score=82,
        qualified=True,
        answers={
            "product": "mesa de jantar",
            "deadline_days": 30,
            "city": "São Paulo",
            "has_measurements": True,
        },
        confidence=0.91,
    ),
)
