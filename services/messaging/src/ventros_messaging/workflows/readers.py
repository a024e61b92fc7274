"""Start the workflows that put files into words."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from platform_bus import Consumer, Received
from platform_workflows import TemporalAway, TemporalConnection, is_away
from proto_events.messaging import (
    MessageAiProcessAudioRequested,
    MessageAiProcessDocumentRequested,
    MessageAiProcessImageRequested,
    MessageAiProcessVideoRequested,
    MessageAiProcessVoiceRequested,
)
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.workflows.contract import TASK_QUEUE, Order, workflow_id
from ventros_messaging.workflows.workflows import EnrichMessage

_AT_ONCE = 16
"""Calls in flight; the server itself does about 110 starts a second on two cores."""

Requested: TypeAlias = (
    MessageAiProcessAudioRequested
    | MessageAiProcessDocumentRequested
    | MessageAiProcessImageRequested
    | MessageAiProcessVideoRequested
    | MessageAiProcessVoiceRequested
)


class Readers:
    """One workflow for each message. Every call may be repeated."""

    def __init__(self, connection: TemporalConnection, task_queue: str = TASK_QUEUE) -> None:
        self._connection = connection
        self._task_queue = task_queue
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def start(self, tenant_id: UUID, message_id: UUID) -> None:
        """Have a file read; one that is being read is left alone. Raises `TemporalAway`."""
        client = await self._connection.client()
        try:
            async with self._room:
                await client.start_workflow(
                    EnrichMessage.run,
                    Order(tenant_id=tenant_id, message_id=message_id),
                    id=workflow_id(message_id),
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    rpc_timeout=self._connection.rpc_timeout,
                )
        except RPCError as error:
            if is_away(error):
                raise TemporalAway("Temporal does not answer.") from error
            raise


def reading(readers: Readers) -> Consumer:
    """The consumer that has files read as soon as that is asked for."""

    async def call(events: Sequence[Received[Requested]]) -> None:
        """Raises `TemporalAway`: deferred with a back-off."""
        await asyncio.gather(
            *(
                readers.start(received.envelope.tenant_id, received.data.message_id)
                for received in events
            )
        )

    return Consumer(
        name="messaging.reading",
        types={
            "message.ai.process_audio_requested.v1": MessageAiProcessAudioRequested,
            "message.ai.process_document_requested.v1": MessageAiProcessDocumentRequested,
            "message.ai.process_image_requested.v1": MessageAiProcessImageRequested,
            "message.ai.process_video_requested.v1": MessageAiProcessVideoRequested,
            "message.ai.process_voice_requested.v1": MessageAiProcessVoiceRequested,
        },
        call=call,
        exchange=DOMAIN_EXCHANGE,
    )
