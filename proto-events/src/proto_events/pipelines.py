"""Facts of pipelines: the pipeline, its statuses, and the contacts that move through it."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import JsonValue
from proto_events.registry import event
from proto_events.times import Moment

StatusType = Literal["open", "active", "closed"]
FieldValue = bool | int | float | str | None
"""The value of one field of a pipeline or status; None where it is not set."""


@event("pipeline.created", aggregate="pipeline", producer="contacts", data_class="none")
class PipelineCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline was made; each status that it gets is told by `pipeline.status_added`."""

    pipeline_id: UUID
    name: str


@event("pipeline.updated", aggregate="pipeline", producer="contacts", data_class="none")
class PipelineUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a pipeline was changed, one event for each.

    `field` is its name in the API. None as a value: the field was, or is now, not set.
    """

    pipeline_id: UUID
    field: str
    old_value: FieldValue
    new_value: FieldValue


@event("pipeline.activated", aggregate="pipeline", producer="contacts", data_class="none")
class PipelineActivated(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline that was out of use is in use again."""

    pipeline_id: UUID


@event("pipeline.deactivated", aggregate="pipeline", producer="contacts", data_class="none")
class PipelineDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline is out of use; it is not deleted and can be activated again."""

    pipeline_id: UUID


@event("pipeline.status_added", aggregate="pipeline", producer="contacts", data_class="none")
class PipelineStatusAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline has one more status: contacts can now stand in it."""

    pipeline_id: UUID
    status_id: UUID
    status_name: str


@event("pipeline.status_removed", aggregate="pipeline", producer="contacts", data_class="none")
class PipelineStatusRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A status is no longer part of a pipeline."""

    pipeline_id: UUID
    status_id: UUID
    status_name: str


@event(
    "pipeline.lead_qualification_enabled",
    aggregate="pipeline",
    producer="contacts",
    data_class="none",
)
class PipelineLeadQualificationEnabled(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline now scores its contacts; each score is told by `contact.lead_qualified`."""

    pipeline_id: UUID


@event(
    "pipeline.lead_qualification_disabled",
    aggregate="pipeline",
    producer="contacts",
    data_class="none",
)
class PipelineLeadQualificationDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline no longer scores its contacts."""

    pipeline_id: UUID


@event(
    "pipeline.lead_qualification_config_updated",
    aggregate="pipeline",
    producer="contacts",
    data_class="none",
)
class PipelineLeadQualificationConfigUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """The questions or the minimal score of a pipeline's lead qualification were changed."""

    pipeline_id: UUID


@event("status.created", aggregate="status", producer="contacts", data_class="none")
class StatusCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A status was made for a pipeline. In a `closed` one the deal with the contact is over."""

    status_id: UUID
    pipeline_id: UUID
    name: str
    status_type: StatusType


@event("status.updated", aggregate="status", producer="contacts", data_class="none")
class StatusUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a status was changed, one event for each.

    `field` is its name in the API. None as a value: the field was, or is now, not set.
    """

    status_id: UUID
    field: str
    old_value: FieldValue
    new_value: FieldValue


@event("status.activated", aggregate="status", producer="contacts", data_class="none")
class StatusActivated(msgspec.Struct, frozen=True, kw_only=True):
    """A status that was out of use is in use again."""

    status_id: UUID


@event("status.deactivated", aggregate="status", producer="contacts", data_class="none")
class StatusDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """A status is out of use; it is not deleted and can be activated again."""

    status_id: UUID


@event(
    "contact.entered_pipeline",
    aggregate="contact",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class ContactEnteredPipeline(msgspec.Struct, frozen=True, kw_only=True):
    """A contact is new in a pipeline, at this status.

    `entered_by` is a user or agent, missing where no person did it.
    """

    contact_id: UUID
    pipeline_id: UUID
    status_id: UUID
    status_name: str
    entered_by: UUID | None = None


@event(
    "contact.exited_pipeline",
    aggregate="contact",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class ContactExitedPipeline(msgspec.Struct, frozen=True, kw_only=True):
    """A contact is no longer in a pipeline; the status is the last that it had there.

    `exited_by` is a user or agent, missing where no person did it.
    """

    contact_id: UUID
    pipeline_id: UUID
    last_status_id: UUID
    last_status_name: str
    exited_by: UUID | None = None
    reason: str | None = None


@event(
    "contact.status_changed",
    aggregate="contact",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class ContactStatusChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A contact moved to another status of a pipeline; the trigger `status.changed` listens here.

    A missing old status: it had none there before. `changed_by` is a user or agent, missing where
    no person did it.
    """

    contact_id: UUID
    pipeline_id: UUID
    old_status_id: UUID | None = None
    new_status_id: UUID
    old_status_name: str | None = None
    new_status_name: str
    changed_by: UUID | None = None
    reason: str | None = None


@event(
    "contact.pipeline_status_changed",
    aggregate="contact",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class ContactPipelineStatusChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The same move as `contact.status_changed`, with its time, for histories: hear one of them.

    A missing previous status: it had none there before. `changed_by` is a user or agent, missing
    where no person did it.
    """

    contact_id: UUID
    pipeline_id: UUID
    previous_status_id: UUID | None = None
    new_status_id: UUID
    previous_status_name: str | None = None
    new_status_name: str
    changed_by: UUID | None = None
    reason: str | None = None
    changed_at: Moment


@event(
    "contact.profile_picture_received",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactProfilePictureReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A provider gave a contact's profile picture, changed or not; it counts in qualification.

    The address is the provider's and may expire. `pipeline_id` is the pipeline that qualifies the
    contact, missing where none does.
    """

    contact_id: UUID
    pipeline_id: UUID | None = None
    profile_picture_url: str


@event(
    "contact.lead_qualified",
    aggregate="contact",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class ContactLeadQualified(msgspec.Struct, frozen=True, kw_only=True):
    """A contact was scored by a pipeline's questions; `answers` are by the question's key.

    `score` is from 0 to 100; `qualified` says whether it reached the pipeline's minimum.
    `confidence` in the analysis is from 0 to 1.
    """

    contact_id: UUID
    pipeline_id: UUID
    score: int
    qualified: bool
    answers: dict[str, JsonValue]
    confidence: float
