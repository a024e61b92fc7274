"""What messaging asks to be done to messages, and what it hears became of it."""

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

from platform_bus import Consumer, Outgoing, Received, emit
from platform_postgres import Tx
from proto_events.message_actions import (
    ChannelActionDone,
    ChannelActionFailed,
    MessageActionRequested,
)
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.commands.act import Asked, apply_to_chat
from ventros_messaging.commands.apply_facts import Told, apply_facts
from ventros_messaging.domain.action import Action
from ventros_messaging.domain.additions import Person, Reaction, Vote
from ventros_messaging.domain.content import TextContent
from ventros_messaging.domain.fate import Edit, Fact, Revocation
from ventros_messaging.events import chats
from ventros_messaging.events.publish import cause_of, message_changed
from ventros_messaging.store import actions
from ventros_messaging.store.actions import Outcome
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.early import Ref

Done: TypeAlias = ChannelActionDone | ChannelActionFailed

_US: Final = Person(from_me=True)


def action_asked(tenant_id: UUID, asked: Asked) -> list[Outgoing]:
    """That an action was asked for, or, of one that is done, what it changed."""
    if asked.action.status == "done":
        return chats.said_of(tenant_id, asked.changed, None)
    return [_requested(tenant_id, asked)]


def _requested(tenant_id: UUID, asked: Asked) -> Outgoing:
    action = asked.action
    return Outgoing(
        event=MessageActionRequested(
            action_id=action.id,
            channel_id=action.channel_id,
            kind=action.kind,
            chat=asked.chat,
            provider_message_id=asked.provider_message_id,
            emoji=action.emoji,
            text=action.said,
            options=action.options,
            label_id=action.label_id,
            expires_at=action.expires_at,
            requested_at=action.requested_at,
        ),
        tenant_id=tenant_id,
        project_id=action.project_id,
        subject=action.id,
        sequence=1,
        # What is done to one message is done in the order of asking.
        partition_key=f"{action.channel_id}:{asked.chat}",
    )


async def on_done(tx: Tx, tenant_id: UUID, events: Sequence[Received[Done]]) -> None:
    """Settle actions; what was done is true of the message from then on, whether the provider
    tells of it once more or not."""
    for event in sorted(events, key=lambda one: one.data.action_id):
        cause = cause_of(event.envelope)
        action = await actions.settle(tx, tenant_id, _outcome(event.data))
        if action is None or action.settled_at is None:
            continue
        if action.chat_id is not None:
            if action.status == "done":
                place = await actions.place_of(tx, tenant_id, action.chat_id)
                changed = await apply_to_chat(tx, tenant_id, action, place)
                await emit(tx, chats.said_of(tenant_id, changed, cause))
            continue
        if action.message_id is None:
            continue
        fact = _fact(action)
        if action.status != "done" or fact is None:
            continue
        channel_id, stanza, from_me = await actions.named(tx, tenant_id, action.message_id)
        told = Told(Ref(channel_id, stanza), from_me, fact)
        applied = await apply_facts(tx, tenant_id, [told])
        await emit(
            tx,
            [
                message_changed(tenant_id, each.fate, each.change, cause=cause)
                for each in applied.changes
            ],
        )


CONSUMER: Final = Consumer(
    name="messaging.actions",
    types={
        "channel.action_done.v1": ChannelActionDone,
        "channel.action_failed.v1": ChannelActionFailed,
    },
    handle=on_done,
    exchange=DOMAIN_EXCHANGE,
)


def _outcome(done: Done) -> Outcome:
    match done:
        case ChannelActionDone():
            return Outcome(id=done.action_id, status="done", at=done.done_at)
        case ChannelActionFailed():
            return Outcome(
                id=done.action_id,
                status="failed",
                at=done.failed_at,
                failure=done.failure,
                reason=without_nul(done.reason),
            )


def _fact(action: Action) -> Fact | None:
    at = action.settled_at or action.requested_at
    match action.kind:
        case "reaction":
            return Reaction(by=_US, emoji=action.emoji or "", at=at)
        case "edit":
            return Edit(content=TextContent(text=action.said or ""), at=at, ingress_seq=0)
        case "revocation":
            return Revocation(by=_US, at=at)
        case "vote":
            chosen = tuple(action.options or ())
            return Vote(by=_US, options=chosen, readable=True, at=at)
        case _:
            return None
