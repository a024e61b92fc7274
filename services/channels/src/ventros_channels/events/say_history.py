"""Imports of history, and what they bring, from what is true here to what the contracts say."""

from datetime import datetime

import msgspec

from platform_bus import Outgoing
from platform_core.ids import id_at
from proto_events.channels import (
    ChannelHistoryImportCancelled,
    ChannelHistoryImportCompleted,
    ChannelHistoryImportFailed,
    ChannelHistoryImportRequested,
    ChannelHistoryImportStarted,
    ChannelMessageReceived,
    HistoryImportStats,
)
from proto_events.conversation import FromHistory
from proto_events.provider_facts import AckStatus, ChannelGroupMessageReceived
from proto_events.registry import info_of
from ventros_channels.commands.tell_facts import TellableFact
from ventros_channels.commands.tell_messages import Tellable
from ventros_channels.domain.history import HistoryImport
from ventros_channels.domain.message import Heard, post_key
from ventros_channels.events.catalogue_types import CATALOGUE_TYPES
from ventros_channels.events.publish import message_kept
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.store.provider_facts import FactKey
from ventros_channels.store.provider_messages import MessageKey


def requested(what: HistoryImport, sequence: int) -> Outgoing:
    """`channel.history_import.requested`. `sequence` is a place in the order of arrival."""
    event = ChannelHistoryImportRequested(
        channel_id=what.channel_id,
        channel_type=CATALOGUE_TYPES[what.channel_type],
        correlation_id=what.id,
        strategy=what.strategy,
        time_range_days=max(1, (what.until - what.since).days),
        since=what.since,
        until=what.until,
        limit=what.chat_limit,
        requested_at=what.requested_at,
    )
    return _of(what, event, sequence)


def started(what: HistoryImport, at: datetime, sequence: int) -> Outgoing:
    """`channel.history_import.started`."""
    return _of(
        what,
        ChannelHistoryImportStarted(
            channel_id=what.channel_id, correlation_id=what.id, started_at=at
        ),
        sequence,
    )


def ended(what: HistoryImport, at: datetime, sequence: int) -> Outgoing:
    """How it ended: `completed`, `failed` or `cancelled`.

    Raises:
        ValueError: it runs.
    """
    channel, own = what.channel_id, what.id
    match what.status:
        case "completed":
            return _of(
                what,
                ChannelHistoryImportCompleted(
                    channel_id=channel, correlation_id=own, stats=_stats(what), completed_at=at
                ),
                sequence,
            )
        case "failed":
            reason = what.reason or "The import broke off."
            return _of(
                what,
                ChannelHistoryImportFailed(
                    channel_id=channel, correlation_id=own, reason=reason, failed_at=at
                ),
                sequence,
            )
        case "cancelled":
            return _of(
                what,
                ChannelHistoryImportCancelled(
                    channel_id=channel, correlation_id=own, stats=_stats(what), cancelled_at=at
                ),
                sequence,
            )
    raise ValueError("an import that runs has no end")


def message(
    heard: Heard, what: HistoryImport, stamp: Stamp, status: AckStatus | None
) -> tuple[MessageKey, Tellable]:
    """A message of a chat of two. It has the ids that a webhook of it would have."""
    told, event_id = message_kept(heard, stamp, what.channel_type, _mark(what, status))
    key = MessageKey(what.channel_id, heard.stanza, heard.from_me, heard.participant)
    outgoing = Outgoing(
        event=ChannelMessageReceived(message=told),
        id=event_id,
        tenant_id=what.tenant_id,
        project_id=what.project_id,
        subject=what.channel_id,
        sequence=stamp.ingress_seq,
        partition_key=f"{what.channel_id}:{heard.chat}",
    )
    return key, Tellable(told.id, outgoing)


def group_message(
    heard: Heard, what: HistoryImport, stamp: Stamp, status: AckStatus | None
) -> Fact:
    """A message of a group."""
    told, _ = message_kept(heard, stamp, what.channel_type, _mark(what, status))
    event = ChannelGroupMessageReceived(message=told, participant=heard.party)
    key = post_key(heard.stanza, from_me=heard.from_me)
    return Fact(event=event, key=key, at=heard.occurred_at, group=True)


def fact(said: Fact, what: HistoryImport, stamp: Stamp) -> tuple[FactKey, TellableFact]:
    """A message of a group, or what a history shows as a message and is none: a reaction, an
    edit, a revocation. They have the ids that a webhook of them would have."""
    kind = info_of(type(said.event)).type
    outgoing = Outgoing(
        event=said.event,
        id=id_at(said.at, str(what.channel_id), kind, said.key),
        tenant_id=what.tenant_id,
        project_id=what.project_id,
        subject=what.channel_id,
        sequence=stamp.ingress_seq,
        partition_key=str(what.channel_id),
    )
    return FactKey(what.channel_id, kind, said.key), TellableFact(outgoing, said.group)


def _mark(what: HistoryImport, status: AckStatus | None) -> FromHistory:
    return FromHistory(import_id=what.id, status=status)


def _stats(what: HistoryImport) -> HistoryImportStats:
    counts = what.counts
    return HistoryImportStats(
        total=counts.seen,
        processed=counts.stored,
        failed=counts.failed,
        known=counts.known,
        started_at=what.started_at or what.requested_at,
        ended_at=what.ended_at,
    )


def _of(what: HistoryImport, event: msgspec.Struct, sequence: int) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=what.tenant_id,
        project_id=what.project_id,
        subject=what.channel_id,
        sequence=sequence,
        partition_key=str(what.channel_id),
    )
