"""Messaging's end of the wire, and a worker whose turns pass one by one."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Database
from platform_storage import Storage
from platform_testkit import TestTenant
from proto_events.conversation import Content, PartyIdentity
from proto_events.envelope import Envelope, schema_address
from proto_events.sending import MessagePostRequested, MessageSendRequested, Outbound
from ventros_channels.delivery.subscribe import on_send_requested
from ventros_channels.delivery.turn import Turns
from ventros_channels.store import senders

from .provider import Provider

CHAT = "554400000002@s.whatsapp.net"
GROUP = "120363024512399999@g.us"
HOLD = timedelta(seconds=15)
REQUESTED = "message.send_requested.v1"
POST_REQUESTED = "message.post_requested.v1"


class Desk:
    """Asks for messages to be sent on one channel, and lets its turns pass one by one."""

    def __init__(
        self, tenant: TestTenant, database: Database, vault: Vault, channel_id: UUID
    ) -> None:
        self.provider = Provider()
        self.tenant, self.channel_id = tenant, channel_id
        self._database, self._vault = database, vault
        self.storage: Storage | None = None
        self.contacts: dict[str, UUID] = {}

    def asked(
        self, text: str = "oi", *, chat: str = CHAT, content: Content | None = None, **more: Any
    ) -> Received[MessageSendRequested]:
        contact = self.contacts.setdefault(chat, new_id())
        request = MessageSendRequested(
            message_id=new_id(),
            channel_id=more.pop("channel_id", self.channel_id),
            contact_id=contact,
            chat=chat,
            recipient=[PartyIdentity(kind="jid", value=chat)],
            outbound=Outbound(
                content=content or Content(type="text", text=text), file=more.pop("file", None)
            ),
            expires_at=more.pop("expires_at", utc_now() + timedelta(hours=1)),
            requested_at=utc_now(),
        )
        return Received(self._envelope(REQUESTED, request, contact), request)

    def posted(
        self, text: str = "oi", *, content: Content | None = None, **more: Any
    ) -> Received[MessagePostRequested]:
        """A message for the group."""
        request = MessagePostRequested(
            message_id=new_id(),
            channel_id=self.channel_id,
            chat_id=self.contacts.setdefault(GROUP, new_id()),
            chat=GROUP,
            outbound=Outbound(content=content or Content(type="text", text=text), **more),
            expires_at=utc_now() + timedelta(hours=1),
            requested_at=utc_now(),
        )
        return Received(self._envelope(POST_REQUESTED, request, request.chat_id), request)

    def _envelope(
        self, kind: str, request: MessageSendRequested | MessagePostRequested, key: UUID
    ) -> Envelope:
        event_id = new_id()
        return Envelope(
            id=event_id,
            source="ventros/messaging",
            type=kind,
            subject=str(request.message_id),
            time=utc_now(),
            data_schema=schema_address(kind),
            tenant_id=self.tenant.tenant_id,
            project_id=self.tenant.project_id,
            partition_key=str(key),
            sequence=1,
            correlation_id=event_id,
            data=msgspec.Raw(msgspec.json.encode(request)),
        )

    async def ask(self, *texts: str, **more: Any) -> list[UUID]:
        events = [self.asked(text, **more) for text in texts or ("oi",)]
        await self.hand_over(*events)
        return [event.data.message_id for event in events]

    async def post(self, *texts: str, **more: Any) -> list[UUID]:
        events = [self.posted(text, **more) for text in texts or ("oi",)]
        await self.hand_over(*events)
        return [event.data.message_id for event in events]

    async def hand_over(
        self, *events: Received[MessageSendRequested] | Received[MessagePostRequested]
    ) -> None:
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await on_send_requested(tx, self.tenant.tenant_id, events)

    def turns(self, holder: UUID, stop: asyncio.Event | None = None) -> Turns:
        adapters = {self.provider.type: self.provider}
        stop = stop or asyncio.Event()
        return Turns(self._database, self._vault, adapters, holder, stop, self.storage)

    async def begin(self, holder: UUID) -> list[senders.Turn]:
        taken = await senders.take(self._database, holder, HOLD, 10)
        return [turn for turn in taken if turn.channel_id == self.channel_id]

    async def turn(self, stop: asyncio.Event | None = None) -> bool:
        """One turn, if one is due."""
        holder = new_id()
        begun = await self.begin(holder)
        for turn in begun:
            await self.turns(holder, stop).do(turn)
        return bool(begun)

    async def hurry(self) -> None:
        """Everything that waits for a time is due now; every holder's time is over."""
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await tx.execute("UPDATE delivery SET next_at = now() - interval '1 s'")
            await tx.execute(
                "UPDATE sender SET due_at = now(), held_until = NULL, rests_until = NULL"
            )

    async def rest_is_over(self) -> None:
        """The channel rests no longer, whatever it rested for."""
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await tx.execute("UPDATE sender SET rests_until = NULL")

    async def age(self, seconds: float) -> None:
        """What was claimed was claimed that much earlier."""
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await tx.execute(
                "UPDATE delivery SET claimed_at = claimed_at - make_interval(secs => $1)", seconds
            )

    async def states(self) -> list[str]:
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            rows = await tx.fetch("SELECT state FROM delivery ORDER BY seq")
        return [row["state"] for row in rows]

    async def due(self) -> datetime | None:
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            found: datetime | None = await tx.fetchval("SELECT due_at FROM sender")
        return found

    async def line(self) -> senders.Line:
        """The channel as sending sees it."""
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            found = await senders.line(tx, self.channel_id)
        assert found is not None
        return found

    async def never_pause(self) -> None:
        """Nobody is made to believe that somebody types."""
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await tx.execute("UPDATE channel SET pacing = false")
