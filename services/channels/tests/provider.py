"""A provider in memory: takes messages, refuses them, loses its answers, shows its history."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from proto_events.conversation import PartyIdentity
from proto_events.sending import Outbound
from ventros_channels.adapters.waha.adapter import CAPABILITIES
from ventros_channels.domain.adapter import Capabilities, FateUnknown, Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.file_out import FileOut
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.addresses import identities, read_address
from ventros_channels.domain.waha.parse import parse_message


class Provider:
    """`raises` are what the next calls raise: before it takes the message, or after (`late`)."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Outbound, str | None]] = []
        self.files: list[bytes] = []
        self.calls: list[str] = []
        self.raises: list[Exception] = []
        self.late: list[Exception] = []
        self.shows_history = True
        self.gate: asyncio.Event | None = None
        self.called = asyncio.Event()
        self._heard: dict[str, Heard] = {}
        self._reserved = 0

    @property
    def type(self) -> ChannelType:
        return "waha"

    @property
    def capabilities(self) -> Capabilities:
        return msgspec.structs.replace(CAPABILITIES, channel_gap=0.0, chat_gap=0.0)

    @property
    def lifecycle(self) -> None:
        return None

    @property
    def look_ups(self) -> None:
        return None

    @property
    def templates(self) -> None:
        return None

    @property
    def uploads(self) -> None:
        return None

    async def try_key(self, at: Connection) -> str | None:
        self.calls.append("try_key")
        return None

    def parse(self, body: bytes | msgspec.Raw, received_at: datetime) -> Heard | Elsewhere:
        return parse_message(body, received_at)

    async def reach(
        self, at: Connection, chat: str | None, recipient: Sequence[PartyIdentity]
    ) -> str | None:
        self.calls.append("reach")
        return chat

    async def reserve(self, at: Connection) -> str | None:
        self._reserved += 1
        return f"3EB0R{self._reserved}"

    async def announce(self, at: Connection, chat: str, *, typing: bool) -> None:
        self.calls.append("typing" if typing else "still")

    async def send(
        self,
        at: Connection,
        chat: str,
        outbound: Outbound,
        *,
        reserved: str | None,
        own_id: UUID | None = None,
        file: FileOut | None = None,
    ) -> Sent:
        self.calls.append("send")
        if file is not None:
            self.files.append(b"".join([chunk async for chunk in file.chunks()]))
        if self.raises:
            raise self.raises.pop(0)
        stanza = reserved or f"3EB0S{len(self.taken)}"
        if stanza not in self._heard:
            self.taken.append((chat, outbound, reserved))
            self._keep(chat, outbound, stanza)
        self.called.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.late:
            raise self.late.pop(0)
        return Sent(
            provider_message_id=f"true_{chat}_{stanza}", stanza=stanza, chat=chat, sent_at=utc_now()
        )

    async def history(self, at: Connection, chat: str, since: datetime) -> list[Heard]:
        self.calls.append("history")
        return list(self._heard.values())[::-1] if self.shows_history else []

    async def close(self) -> None:
        return

    def _keep(self, chat: str, outbound: Outbound, stanza: str) -> None:
        address = read_address(chat)
        assert address is not None
        assert outbound.content is not None
        self._heard[stanza] = Heard(
            provider_message_id=f"true_{chat}_{stanza}",
            stanza=stanza,
            chat=chat,
            participant="",
            from_me=True,
            party=[] if address.kind == "group" else identities(address),
            push_name=None,
            source="api",
            occurred_at=utc_now(),
            content=outbound.content,
            reply_to=None,
            referral=None,
            group=address.kind == "group",
        )


LOST = FateUnknown("timed_out")
