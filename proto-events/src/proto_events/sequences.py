"""Facts of sequences: messages that a contact receives one after another, with delays between.

A contact's way through one sequence is an enrollment. Orders of steps count from 0.
"""

from uuid import UUID

import msgspec

from proto_events.registry import event


@event("sequence.created", aggregate="sequence", producer="automation", data_class="none")
class SequenceCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence was drafted; it enrolls nobody until it is activated."""

    sequence_id: UUID
    name: str


@event("sequence.activated", aggregate="sequence", producer="automation", data_class="none")
class SequenceActivated(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence was switched on: contacts can be enrolled from now on."""

    sequence_id: UUID


@event("sequence.paused", aggregate="sequence", producer="automation", data_class="none")
class SequencePaused(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence was stopped for now: its enrollments keep their place and send nothing."""

    sequence_id: UUID


@event("sequence.resumed", aggregate="sequence", producer="automation", data_class="none")
class SequenceResumed(msgspec.Struct, frozen=True, kw_only=True):
    """A paused sequence goes on."""

    sequence_id: UUID


@event("sequence.archived", aggregate="sequence", producer="automation", data_class="none")
class SequenceArchived(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence was put away: it is kept for its figures and cannot run again."""

    sequence_id: UUID


@event("sequence.step_added", aggregate="sequence", producer="automation", data_class="none")
class SequenceStepAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence was given a message to send; steps from `order` on moved one place back."""

    sequence_id: UUID
    step_id: UUID
    order: int


class _Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """One contact's way through one sequence."""

    enrollment_id: UUID
    sequence_id: UUID
    contact_id: UUID


@event(
    "sequence.contact_enrolled",
    aggregate="sequence",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class SequenceContactEnrolled(_Enrollment, frozen=True, kw_only=True):
    """A contact entered a sequence, by hand or by its trigger; the first step is next."""


@event(
    "sequence.enrollment_advanced",
    aggregate="sequence",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class SequenceEnrollmentAdvanced(_Enrollment, frozen=True, kw_only=True):
    """A contact came to the step `new_step_order`, which is sent after that step's delay."""

    new_step_order: int


@event(
    "sequence.enrollment_completed",
    aggregate="sequence",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class SequenceEnrollmentCompleted(_Enrollment, frozen=True, kw_only=True):
    """A contact was sent the last message of a sequence."""


@event(
    "sequence.enrollment_exited",
    aggregate="sequence",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class SequenceEnrollmentExited(_Enrollment, frozen=True, kw_only=True):
    """A contact left a sequence before its last message.

    `reason` is a short code, `replied` where the sequence ends with the contact's answer.
    """

    reason: str


@event(
    "sequence.enrollment_paused",
    aggregate="sequence",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class SequenceEnrollmentPaused(_Enrollment, frozen=True, kw_only=True):
    """A sequence was stopped for now for this one contact."""


@event(
    "sequence.enrollment_resumed",
    aggregate="sequence",
    producer="automation",
    data_class="none",
    person="contact_id",
)
class SequenceEnrollmentResumed(_Enrollment, frozen=True, kw_only=True):
    """A sequence goes on for this contact, from the step where it stopped."""
