"""What became of an action, from what is true here to what the contracts say."""

from datetime import datetime

from platform_bus import Outgoing
from proto_events.envelope import Envelope
from proto_events.message_actions import (
    ChannelActionDone,
    ChannelActionFailed,
    MessageActionRequested,
)
from ventros_channels.events.say_sending import Failure


def action_done(cause: Envelope, asked: MessageActionRequested, at: datetime) -> Outgoing:
    """`channel.action_done`."""
    event = ChannelActionDone(action_id=asked.action_id, channel_id=asked.channel_id, done_at=at)
    return _of(cause, event)


def action_failed(
    cause: Envelope, asked: MessageActionRequested, why: Failure, at: datetime
) -> Outgoing:
    """`channel.action_failed`."""
    event = ChannelActionFailed(
        action_id=asked.action_id,
        channel_id=asked.channel_id,
        failure=why.failure,
        code=why.code,
        reason=why.reason,
        failed_at=at,
    )
    return _of(cause, event)


def _of(cause: Envelope, event: ChannelActionDone | ChannelActionFailed) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=cause.tenant_id,
        project_id=cause.project_id,
        subject=event.channel_id,
        sequence=1,
        partition_key=str(event.action_id),
        cause=cause,
    )
