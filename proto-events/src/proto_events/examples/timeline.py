"""Examples of `proto_events.timeline`: what Ana's history says of her first day."""

from typing import Final

from proto_events.examples.world import (
    AGENT,
    ANA,
    CONTACT_EVENT,
    LOGGED_EVENT,
    MESSAGE,
    PIPELINE,
    SESSION,
    STATUS_QUOTED,
    at,
)
from proto_events.timeline import ContactEventRecorded, EventRecorded

EXAMPLES: Final = (
    ContactEventRecorded(
        contact_event_id=CONTACT_EVENT,
        contact_id=ANA,
        session_id=SESSION,
        event_type="contact.status_changed",
        category="pipeline",
        priority="normal",
        title="Orçamento enviado",
        description="Marina enviou o orçamento da mesa de 1,80 m.",
        payload={"pipeline_id": str(PIPELINE), "new_status_id": str(STATUS_QUOTED)},
        metadata={"store": "Vila Mariana"},
        source="integration",
        triggered_by=AGENT,
        integration_source="bling",
        is_realtime=True,
        delivered=True,
        delivered_at=at(13, 15, 1),
        read=True,
        read_at=at(13, 15, 1),
        visible_to_client=False,
        visible_to_agent=True,
        expires_at=at(13, 15, days=365),
        occurred_at=at(13, 15),
        created_at=at(13, 15, 1),
    ),
    EventRecorded(
        event_id=LOGGED_EVENT,
        contact_id=ANA,
        session_id=SESSION,
        message_id=MESSAGE,
        event_type="form.submitted",
        payload={"form_name": "Peça um orçamento", "form_data": {"product": "Mesa Ipê 1,80 m"}},
        source="webhook",
        sequence_number=17,
        occurred_at=at(12, 10),
        created_at=at(12, 10, 2),
    ),
)
