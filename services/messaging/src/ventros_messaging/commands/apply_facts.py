"""Apply what a provider tells of messages: to those that are here now, the rest when they come."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.fate import Change, Edit, Fact, Fate, Reworded, apply
from ventros_messaging.domain.progress import Ack
from ventros_messaging.domain.receipts import acknowledged
from ventros_messaging.store import early, fates, receipts, words
from ventros_messaging.store.early import Early, Ref


class Told(msgspec.Struct, frozen=True):
    """A fact of a message, and who wrote that, where the provider says it; `recipient` is whom in
    a group an acknowledgement is of."""

    ref: Ref
    from_me: bool | None
    fact: Fact
    recipient: tuple[Address, ...] = ()


class Changed(msgspec.Struct, frozen=True):
    """What the fact at `place` changed; `fate` is the message after it."""

    place: int
    fate: Fate
    change: Change


class Applied(msgspec.Struct, frozen=True):
    """What facts changed, in their order, and the places of those whose message is not here."""

    changes: list[Changed]
    early: list[int]


async def apply_facts(tx: Tx, tenant_id: UUID, told: Sequence[Told]) -> Applied:
    """Apply facts of one tenant, in their order, in a few statements however many they are.

    The messages stay locked, and no message that is still missing can come unseen, until the
    transaction ends: what is early is to be kept in it (see `keep_early`).
    """
    found = await _find(tx, tenant_id, told)
    edited = [
        found[place].id
        for place, each in enumerate(told)
        if place in found and isinstance(each.fact, Edit)
    ]
    histories = await fates.histories(tx, tenant_id, edited) if edited else {}
    before = {fate.id: fate for fate in found.values()}
    for message_id, history in histories.items():
        before[message_id] = msgspec.structs.replace(before[message_id], history=history)
    now = dict(before)
    changes: list[Changed] = []
    for place in sorted(found):
        message_id = found[place].id
        after, change = apply(now[message_id], told[place].fact)
        now[message_id] = after
        if change is not None:
            changes.append(Changed(place, after, change))
    await fates.save(tx, tenant_id, [(before[key], now[key]) for key in before])
    await _receive(tx, tenant_id, [(told[place], fate) for place, fate in sorted(found.items())])
    reworded = [each.fate.id for each in changes if isinstance(each.change, Reworded)]
    if reworded:
        await words.queue(tx, tenant_id, reworded)
    return Applied(changes, [place for place in range(len(told)) if place not in found])


async def _receive(tx: Tx, tenant_id: UUID, pairs: Sequence[tuple[Told, Fate]]) -> None:
    """Write down how far messages of ours got with the members of their groups."""
    for each, fate in pairs:
        ack = each.fact
        if not isinstance(ack, Ack) or not each.recipient:
            continue
        if fate.contact_id is not None or not fate.from_me:
            continue
        known = await receipts.find(tx, tenant_id, fate.id, each.recipient)
        receipt, joined = acknowledged(known, each.recipient, ack, new_id())
        if [receipt] != known:
            await receipts.save(tx, tenant_id, fate.id, receipt, joined)


async def keep_early(tx: Tx, tenant_id: UUID, facts: Sequence[Early]) -> None:
    """Keep what is told of messages that are not here, as it came."""
    if facts:
        await early.keep(tx, tenant_id, facts)


async def take_early(tx: Tx, tenant_id: UUID, refs: Sequence[Ref]) -> list[bytes]:
    """Take out what was kept for these messages, to be applied as if it came now."""
    if not refs:
        return []
    await early.hold(tx, tenant_id, [ref.channel_id for ref in refs])
    return await early.take(tx, tenant_id, refs)


async def _find(tx: Tx, tenant_id: UUID, told: Sequence[Told]) -> dict[int, Fate]:
    """The message of each fact, by its place, locked."""
    known = await fates.lock(tx, tenant_id, [each.ref for each in told])
    found = _places(told, known)
    missing = [each.ref for place, each in enumerate(told) if place not in found]
    if not missing:
        return found
    # Somebody may be storing them at this moment.
    await early.close(tx, tenant_id, [ref.channel_id for ref in missing])
    return _places(told, [*known, *await fates.lock(tx, tenant_id, missing)])


def _places(told: Sequence[Told], known: Sequence[fates.Found]) -> dict[int, Fate]:
    by_ref: dict[Ref, list[Fate]] = {}
    for message in known:
        by_ref.setdefault(message.ref, []).append(message.fate)
    places: dict[int, Fate] = {}
    for place, each in enumerate(told):
        for fate in by_ref.get(each.ref, ()):
            if each.from_me is None or each.from_me == fate.from_me:
                places[place] = fate
                break
    return places
