"""Write the words that messages are found by."""

from typing import Final
from uuid import UUID

import msgspec

from platform_core.words import words_of
from platform_postgres import Tx
from ventros_messaging.domain.content import Content
from ventros_messaging.store import words as store
from ventros_messaging.store.words import Entry

MOST_WORDS: Final = 500
"""Different words of one message that it can be found by."""

_BUNDLES: Final = 20


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages have their words now, and whether more wait for it."""

    messages: int
    more: bool


async def write_words(tx: Tx, tenant_id: UUID) -> Written:
    """Write the words of some bundles of messages that wait for it."""
    bundles = await store.take(tx, tenant_id, _BUNDLES)
    taken = [message_id for bundle in bundles for message_id in bundle]
    added: list[Entry] = []
    removed: list[Entry] = []
    for text in await store.texts(tx, tenant_id, taken) if taken else ():
        now = _words(text.content)
        former = {word for content in text.former for word in _words(content)}
        added.extend(Entry(text, word) for word in now)
        removed.extend(Entry(text, word) for word in former - now)
    await store.write(tx, tenant_id, added, removed)
    return Written(messages=len(taken), more=len(bundles) == _BUNDLES)


def _words(content: Content) -> set[str]:
    return set(words_of(content.text or "", most=MOST_WORDS))
