"""What channels tells of messages: from the contract to `domain.fate`, and what is said of it."""

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Outgoing, Received, emit
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.conversation import PartyIdentity
from proto_events.provider_facts import (
    AckStatus,
    ChannelMessageAck,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    ChannelPollVoted,
    Somebody,
)
from ventros_messaging.commands.apply_facts import (
    Told,
    apply_facts,
    keep_early,
    take_early,
)
from ventros_messaging.domain import content
from ventros_messaging.domain.additions import Address, Person, Reaction, Vote
from ventros_messaging.domain.fate import Edit, Fact, Revocation
from ventros_messaging.domain.progress import NO_REASON, Ack, Step
from ventros_messaging.events import publish
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.early import Early, Ref

MessageFact: TypeAlias = (
    ChannelMessageAck
    | ChannelMessageReaction
    | ChannelMessageEdited
    | ChannelMessageRevoked
    | ChannelPollVoted
)

TYPES: Final[dict[str, type[MessageFact]]] = {
    "channel.message_ack.v1": ChannelMessageAck,
    "channel.message_reaction.v1": ChannelMessageReaction,
    "channel.message_edited.v1": ChannelMessageEdited,
    "channel.message_revoked.v1": ChannelMessageRevoked,
    "channel.poll_voted.v1": ChannelPollVoted,
}

_STEPS: Final[dict[AckStatus, Step]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "played",
    "failed": "failed",
}
"""`pending` says nothing of a message that is here."""


async def on_message_facts(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[MessageFact]]
) -> None:
    """Apply what is told of messages, say what changed, keep what comes before its message.

    Raises:
        Invalid: what a message was changed to is not whole (see `domain.content`).
    """
    heard = [(received, told) for received in events if (told := _told(received.data)) is not None]
    if not heard:
        return
    applied = await apply_facts(tx, tenant_id, [told for _, told in heard])
    causes = [publish.cause_of(received.envelope) for received, _ in heard]
    said: list[Outgoing] = []
    for changed in applied.changes:
        cause = causes[changed.place]
        said.append(publish.message_changed(tenant_id, changed.fate, changed.change, cause=cause))
    await emit(tx, said)
    early = [heard[place] for place in applied.early]
    await keep_early(
        tx,
        tenant_id,
        [
            Early(told.ref, received.envelope.id, frame.encode(received.envelope))
            for received, told in early
        ],
    )


async def apply_early(tx: Tx, tenant_id: UUID, refs: Sequence[Ref]) -> None:
    """Apply what was told of these messages before they came."""
    envelopes = [frame.decode(body) for body in await take_early(tx, tenant_id, refs)]
    await on_message_facts(
        tx,
        tenant_id,
        [
            Received(envelope, msgspec.json.decode(envelope.data, type=TYPES[envelope.type]))
            for envelope in envelopes
        ],
    )


def _told(data: MessageFact) -> Told | None:
    fact = _fact(data)
    if fact is None:
        return None
    recipient: tuple[Address, ...] = ()
    if isinstance(data, ChannelMessageAck):
        recipient = addresses_of(data.recipient)
    return Told(Ref(data.channel_id, data.message.stanza), data.message.from_me, fact, recipient)


def _fact(data: MessageFact) -> Fact | None:
    match data:
        case ChannelMessageAck():
            return _ack(data)
        case ChannelMessageReaction():
            emoji = without_nul(data.emoji) or ""
            return Reaction(by=_person(data.by), emoji=emoji, at=data.reacted_at)
        case ChannelMessageEdited():
            changed = content.read(data.content.type, data.content)
            return Edit(content=changed, at=data.edited_at, ingress_seq=data.ingress_seq)
        case ChannelMessageRevoked():
            return Revocation(by=_person(data.by), at=data.revoked_at)
        case ChannelPollVoted():
            options = tuple(sorted({without_nul(each) or "" for each in data.options}))
            return Vote(
                by=_person(data.by),
                options=options if data.readable else (),
                readable=data.readable,
                at=data.voted_at,
            )


def _ack(data: ChannelMessageAck) -> Ack | None:
    step = _STEPS.get(data.status)
    if step is None:
        return None
    if step != "failed":
        return Ack(step=step, at=data.acknowledged_at)
    return Ack(
        step=step,
        at=data.acknowledged_at,
        reason=without_nul(data.error) or NO_REASON,
        kind=data.failure,
        code=without_nul(data.code),
    )


def addresses_of(party: Sequence[PartyIdentity]) -> tuple[Address, ...]:
    """The addresses of a person, in one order."""
    told = {Address(kind=each.kind, value=without_nul(each.value) or "") for each in party}
    return tuple(sorted(told))


def _person(told: Somebody) -> Person:
    return Person(
        from_me=told.from_me,
        addresses=() if told.from_me else addresses_of(told.party),
        name=None if told.from_me else without_nul(told.push_name),
    )
