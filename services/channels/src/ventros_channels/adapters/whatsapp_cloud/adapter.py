"""The WhatsApp Cloud API behind the adapter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_outbound import Outbound as Calls
from proto_events.conversation import PartyIdentity
from proto_events.sending import Outbound
from ventros_channels.adapters.whatsapp_cloud.asking import ask
from ventros_channels.adapters.whatsapp_cloud.bodies import message
from ventros_channels.adapters.whatsapp_cloud.client import Client
from ventros_channels.adapters.whatsapp_cloud.templates import CloudTemplates
from ventros_channels.adapters.whatsapp_cloud.uploads import CloudUploads
from ventros_channels.domain.adapter import Capabilities, FateUnknown, NotSent, Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.file_out import FileOut
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.provider_errors import ProviderKeyInvalid, ProviderKeyRefused
from ventros_channels.domain.waha.addresses import read_address
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.whatsapp_cloud.message import CHANNEL_TYPE
from ventros_channels.domain.whatsapp_cloud.people import read_bsuid, read_phone

CAPABILITIES: Final = Capabilities(
    sends=frozenset(
        {
            "text",
            "image",
            "video",
            "voice",
            "audio",
            "document",
            "sticker",
            "location",
            "contact",
            "interactive",
            "reaction",
        }
    ),
    reserves=frozenset(),
    text_limit=4096,
    channel_gap=1 / 80,
    chat_gap=0.0,
    history=False,
    window_hours=24,
)
"""80 messages a second of one number. A pair that is written to too often is refused with a code of
its own, and waits alone."""


_WRONG_PARAMETER: Final = frozenset({"100", "131009"})


class _Contact(msgspec.Struct, frozen=True):
    wa_id: str | None = None
    user_id: str | None = None


class _Number(msgspec.Struct, frozen=True):
    id: str


class _Taken(msgspec.Struct, frozen=True):
    id: str


class _Answer(msgspec.Struct, frozen=True):
    messages: list[_Taken] = []
    contacts: list[_Contact] = []


class WhatsappCloud:
    """The Cloud API: one for all of its numbers."""

    def __init__(self, outbound: Calls) -> None:
        self._client = Client(outbound)
        self._templates = CloudTemplates(self._client)
        self._uploads = CloudUploads(self._client)

    @property
    def type(self) -> ChannelType:
        """`whatsapp_cloud`."""
        return CHANNEL_TYPE

    @property
    def capabilities(self) -> Capabilities:
        """What it can."""
        return CAPABILITIES

    @property
    def lifecycle(self) -> None:
        """Numbers are connected at Meta."""
        return

    @property
    def look_ups(self) -> None:
        """Meta says nothing of people who did not write."""
        return

    @property
    def templates(self) -> CloudTemplates:
        """Those of a number's business account."""
        return self._templates

    @property
    def uploads(self) -> CloudUploads:
        """Files go out by their ids."""
        return self._uploads

    async def try_key(self, at: Connection) -> None:
        """Read the number. A token that may not read it may send all the same."""
        try:
            await ask(self._client, at, "GET", f"{at.session}?fields=id", _Number)
        except ProviderKeyInvalid:
            raise
        except ProviderKeyRefused:
            return

    def parse(self, body: bytes | msgspec.Raw, received_at: datetime) -> Heard | Elsewhere:
        """Posts hold many messages: they are read by their own consumers. Raises
        `UnparsableError`."""
        del body, received_at
        raise UnparsableError("payload_missing")

    async def reach(
        self, at: Connection, chat: str | None, recipient: Sequence[PartyIdentity]
    ) -> str | None:
        """The chat that they wrote in, else their phone, else their business-scoped id.

        Meta itself finds the account of a phone, with or without a ninth digit; its answer says
        under which number.
        """
        del at
        for known in (chat, *(one.value for one in recipient if one.kind in {"jid", "bsuid"})):
            if _is_chat(known):
                return known
        for one in recipient:
            address = read_phone(one.value) if one.kind == "phone" else None
            if address is not None:
                return address.value
        return None

    async def reserve(self, at: Connection) -> None:
        """Meta has no ids to reserve; ours come back in what it tells of a message."""
        del at

    async def announce(self, at: Connection, chat: str, *, typing: bool) -> None:
        """Nothing: numbers of the Cloud API are not mistaken for people."""
        del at, chat, typing

    async def send(
        self,
        at: Connection,
        chat: str,
        outbound: Outbound,
        *,
        reserved: str | None,
        own_id: UUID | None = None,
        file: FileOut | None = None,  # noqa: ARG002 - it was uploaded, or is fetched by its link
    ) -> Sent:
        """Send it. The answer is the message's id, and the account that the phone has."""
        del reserved
        body = message(chat, outbound, None if own_id is None else str(own_id))
        try:
            answer = await self._client.send(at, f"{at.session}/messages", body, _Answer)
        except NotSent as error:
            raise _of_the_file(error) from error
        if not answer.messages:
            raise FateUnknown("Meta took it and named no id.")
        taken = answer.messages[0].id
        return Sent(
            provider_message_id=taken,
            stanza=taken,
            chat=_confirmed(answer.contacts, chat),
            sent_at=utc_now(),
        )

    async def history(self, at: Connection, chat: str, since: datetime) -> list[Heard]:
        """Meta shows none: what became of a message comes by webhooks."""
        del at, chat, since
        return []

    async def close(self) -> None:
        """Close what is open."""
        await self._client.close()


def _of_the_file(error: NotSent) -> NotSent:
    """An id that Meta does not know (any more) is refused as any wrong parameter is, in words."""
    if error.code not in _WRONG_PARAMETER or "media attachment" not in error.reason.lower():
        return error
    return NotSent("media", error.reason, code=error.code, again=True)


def _is_chat(value: str | None) -> bool:
    address = read_address(value)
    return (address is not None and address.kind == "phone") or read_bsuid(value) is not None


def _confirmed(contacts: list[_Contact], chat: str) -> str:
    """The chat as Meta confirms it: a phone may be known under another form."""
    address = read_phone(contacts[0].wa_id) if contacts else None
    return chat if address is None else address.value
