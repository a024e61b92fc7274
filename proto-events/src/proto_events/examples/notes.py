"""Examples of `proto_events.notes`: what Marina writes down about Ana's table."""

from typing import Final

from proto_events.examples.world import ADMIN_USER, AGENT, AGENT_NAME, ANA, NOTE, SESSION
from proto_events.notes import NoteAdded, NoteDeleted, NotePinned, NoteUpdated

_CONTENT: Final = "Quer mesa de 1,80 m para oito pessoas. Ligar na quarta com o orçamento."

EXAMPLES: Final = (
    NoteAdded(
        note_id=NOTE,
        contact_id=ANA,
        session_id=SESSION,
        author_id=AGENT,
        author_type="agent",
        author_name=AGENT_NAME,
        content=_CONTENT,
        note_type="follow_up",
        priority="high",
    ),
    NoteUpdated(
        note_id=NOTE,
        contact_id=ANA,
        updated_by=AGENT,
        old_content=_CONTENT,
        new_content="Quer mesa de 1,80 m para oito pessoas. Prefere ligação à tarde.",
    ),
    NoteDeleted(note_id=NOTE, contact_id=ANA, deleted_by=ADMIN_USER),
    NotePinned(note_id=NOTE, contact_id=ANA, pinned_by=AGENT),
)
