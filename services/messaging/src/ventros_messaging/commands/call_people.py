"""Find whom a message that is asked for calls."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from platform_postgres import Tx
from proto_events.conversation import PartyIdentity
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.chat import State
from ventros_messaging.domain.content import Content
from ventros_messaging.domain.mention import (
    EVERYBODY,
    Mention,
    MentionUnknown,
    call,
    direct,
    named,
    written,
)
from ventros_messaging.store import recipients
from ventros_messaging.store.contacts import CONTACTS


class Calling(msgspec.Struct, frozen=True, kw_only=True):
    """The content with the people in it as the provider writes them, and who they are."""

    content: Content
    mentions: list[PartyIdentity]


async def call_people(
    tx: Tx,
    owner: tuple[UUID, UUID],
    channel_id: UUID,
    content: Content,
    given: Sequence[str],
    *,
    group: State | None = None,
) -> Calling:
    """`owner` is the tenant and the project; `given` are phones, LIDs, ids of contacts, and
    `EVERYBODY`, who has no address and is not in the answer.

    Raises:
        MentionUnknown: see `domain.mention.call`; or everybody is called outside a group.
    """
    if not given:
        return Calling(content=content, mentions=[])
    if EVERYBODY in given and group is None:
        raise MentionUnknown("Everybody can be called in a group alone.")
    people = {one: named(one) for one in dict.fromkeys(given) if one != EVERYBODY}
    contacts = [one for one in people.values() if isinstance(one, UUID)]
    known = await _addresses(tx, owner, channel_id, contacts) if contacts else {}
    called = [
        call(
            Mention(
                given=each,
                addresses=(one,) if isinstance(one, Address) else known.get(one, ()),
            ),
            group,
        )
        for each, one in people.items()
    ]
    if content.text:
        content = msgspec.structs.replace(content, text=written(content.text, called))
    return Calling(
        content=content,
        mentions=[
            msgspec.convert(one.address, PartyIdentity, from_attributes=True) for one in called
        ],
    )


async def _addresses(
    tx: Tx, owner: tuple[UUID, UUID], channel_id: UUID, contacts: Iterable[UUID]
) -> Mapping[UUID, tuple[Address, ...]]:
    """The addresses of each contact: where they were met on the channel, then their phones."""
    tenant_id, project_id = owner
    roots = await CONTACTS.roots(tx, contacts)
    trees = await CONTACTS.trees(tx, roots.values())
    nodes = [node for tree in trees.values() for node in tree]
    met = await recipients.chats(tx, tenant_id, nodes, channel_id)
    phones = {
        one.id: one.phone
        for one in await recipients.recipients(tx, tenant_id, project_id, nodes)
        if one.phone is not None and not one.deleted
    }
    found: dict[UUID, tuple[Address, ...]] = {}
    for contact, root in roots.items():
        tree = trees[root]
        known = [one for node in tree for chat in met.get(node, ()) if (one := direct(chat))]
        known += [Address(kind="phone", value=phones[node]) for node in tree if node in phones]
        found[contact] = tuple(dict.fromkeys(known))
    return found
