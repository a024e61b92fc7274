"""Examples: three messages after an offer. Ana answers the second, Bruno receives all."""

from typing import Final

from proto_events.examples.world import (
    ANA,
    ANA_IN_SEQUENCE,
    BRUNO,
    BRUNO_IN_SEQUENCE,
    SEQUENCE,
    SEQUENCE_STEP,
)
from proto_events.sequences import (
    SequenceActivated,
    SequenceArchived,
    SequenceContactEnrolled,
    SequenceCreated,
    SequenceEnrollmentAdvanced,
    SequenceEnrollmentCompleted,
    SequenceEnrollmentExited,
    SequenceEnrollmentPaused,
    SequenceEnrollmentResumed,
    SequencePaused,
    SequenceResumed,
    SequenceStepAdded,
)

EXAMPLES: Final = (
    SequenceCreated(sequence_id=SEQUENCE, name="Depois do orçamento"),
    SequenceStepAdded(sequence_id=SEQUENCE, step_id=SEQUENCE_STEP, order=0),
    SequenceActivated(sequence_id=SEQUENCE),
    SequencePaused(sequence_id=SEQUENCE),
    SequenceResumed(sequence_id=SEQUENCE),
    SequenceContactEnrolled(enrollment_id=ANA_IN_SEQUENCE, sequence_id=SEQUENCE, contact_id=ANA),
    SequenceEnrollmentAdvanced(
        enrollment_id=ANA_IN_SEQUENCE, sequence_id=SEQUENCE, contact_id=ANA, new_step_order=1
    ),
    SequenceEnrollmentExited(
        enrollment_id=ANA_IN_SEQUENCE, sequence_id=SEQUENCE, contact_id=ANA, reason="replied"
    ),
    SequenceEnrollmentPaused(
        enrollment_id=BRUNO_IN_SEQUENCE, sequence_id=SEQUENCE, contact_id=BRUNO
    ),
    SequenceEnrollmentResumed(
        enrollment_id=BRUNO_IN_SEQUENCE, sequence_id=SEQUENCE, contact_id=BRUNO
    ),
    SequenceEnrollmentCompleted(
        enrollment_id=BRUNO_IN_SEQUENCE, sequence_id=SEQUENCE, contact_id=BRUNO
    ),
    SequenceArchived(sequence_id=SEQUENCE),
)
