"""A third provider, in one folder: its numbers are connected elsewhere, and it sends texts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_outbound import Outbound as Calls
from proto_events.conversation import PartyIdentity
from proto_events.sending import Outbound
from ventros_channels.domain.adapter import Capabilities, NotSent, Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.file_out import FileOut
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.errors import UnparsableError

CAPABILITIES = Capabilities(
    sends=frozenset({"text"}),
    reserves=frozenset(),
    text_limit=50,
    channel_gap=0.0,
    chat_gap=0.0,
)


class CarrierPigeon:
    """Everything that a provider has to be; what it cannot it says."""

    type: ChannelType = "waha"  # In the tests it stands where another provider stands.
    capabilities = CAPABILITIES
    lifecycle = None
    look_ups = None
    templates = None
    uploads = None

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.released: list[str] = []

    async def try_key(self, at: Connection) -> str | None:
        return None

    def parse(self, body: bytes | msgspec.Raw, received_at: datetime) -> Heard | Elsewhere:
        raise UnparsableError("not_json")

    async def reach(
        self, at: Connection, chat: str | None, recipient: Sequence[PartyIdentity]
    ) -> str | None:
        return chat

    async def reserve(self, at: Connection) -> str | None:
        return None

    async def announce(self, at: Connection, chat: str, *, typing: bool) -> None:
        return

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
        if outbound.content is None or outbound.content.type != "text":
            raise NotSent("unsupported", "A pigeon carries texts.")
        self.released.append(outbound.content.text or "")
        name = f"pigeon-{len(self.released)}"
        return Sent(provider_message_id=name, stanza=name, chat=chat, sent_at=utc_now())

    async def history(self, at: Connection, chat: str, since: datetime) -> list[Heard]:
        return []

    async def close(self) -> None:
        await self._calls.close()
