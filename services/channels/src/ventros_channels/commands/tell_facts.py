"""Tell each fact once, and only those that the channel wants to hear."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_bus.outbox import columns
from platform_postgres import Tx
from proto_events.channels import ChannelConnectionChanged
from ventros_channels.store import channels, provider_facts
from ventros_channels.store.provider_facts import FactKey


class TellableFact(msgspec.Struct, frozen=True):
    """The event that says it, and whether it is of a message in a group."""

    outgoing: Outgoing
    group: bool


async def tell_facts(
    tx: Tx, tenant_id: UUID, source: str, facts: Mapping[FactKey, TellableFact]
) -> int:
    """Emit those that were never told, in this order; returns how many.

    Facts of groups are for channels that record groups; a connection's state is told when it is
    newer than what is known, and another.
    """
    grouped = {key.channel_id for key, fact in facts.items() if fact.group}
    recorded = await channels.with_groups(tx, sorted(grouped)) if grouped else set()
    wanted: dict[FactKey, Outgoing] = {}
    for key, fact in facts.items():
        if fact.group and key.channel_id not in recorded:
            continue
        wanted[key] = fact.outgoing
    for key in await _stale(tx, wanted):
        del wanted[key]
    if not wanted:
        return 0
    return await provider_facts.tell_new(
        tx, tenant_id, list(wanted), columns(source, list(wanted.values()))
    )


async def _stale(tx: Tx, facts: Mapping[FactKey, Outgoing]) -> Sequence[FactKey]:
    """States of connections that are no news; the others are written down, the oldest first."""
    states = [
        (key, outgoing.event)
        for key, outgoing in facts.items()
        if isinstance(outgoing.event, ChannelConnectionChanged)
    ]
    states.sort(key=lambda one: (one[0].channel_id, one[1].changed_at))
    return [
        key
        for key, event in states
        if not await channels.connection_changed(
            tx, event.channel_id, event.status, event.changed_at
        )
    ]
