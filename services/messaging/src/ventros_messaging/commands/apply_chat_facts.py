"""Apply what a provider tells of chats."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.chat import Chat, When
from ventros_messaging.domain.chat_changes import Change, changes
from ventros_messaging.domain.chat_facts import Fact, apply
from ventros_messaging.store import chats as store
from ventros_messaging.store.chats import Sighting


class Told(msgspec.Struct, frozen=True):
    """A fact of a chat, and when it was."""

    sighting: Sighting
    fact: Fact
    when: When


class Changed(msgspec.Struct, frozen=True):
    """What the fact at `place` changed, each change with the version of the chat after it;
    `created` if it made the chat, which is told first."""

    place: int
    chat: Chat
    created: bool
    changes: list[tuple[int, Change]]


async def apply_chat_facts(tx: Tx, tenant_id: UUID, told: Sequence[Told]) -> list[Changed]:
    """Apply facts of one tenant, in their order; a chat that is not known yet is made."""
    made = await store.meet(tx, tenant_id, [each.sighting for each in told])
    now = await store.lock(tx, tenant_id, [each.sighting.place for each in told])
    touched: set[UUID] = set()
    outcome: list[Changed] = []
    for place, each in enumerate(told):
        chat = now[each.sighting.place]
        state = apply(chat.state, each.fact, each.when)
        created = chat.id in made
        made.discard(chat.id)
        if state == chat.state and not created:
            continue
        different = list(changes(chat.state, state))
        if state != chat.state:
            touched.add(chat.id)
            version = chat.version + max(1, len(different))
            now[each.sighting.place] = msgspec.structs.replace(chat, state=state, version=version)
        numbered = list(enumerate(different, chat.version + 1))
        outcome.append(Changed(place, chat, created, numbered))
    if touched:
        await store.save(tx, tenant_id, [chat for chat in now.values() if chat.id in touched])
    return outcome
