"""WAHA behind the adapter."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_outbound import Outbound as Calls
from proto_events.conversation import PartyIdentity
from proto_events.sending import Outbound
from ventros_channels.adapters.waha.bodies import chat_id, sending
from ventros_channels.adapters.waha.client import Client, segment
from ventros_channels.adapters.waha.files_out import FilesOut
from ventros_channels.adapters.waha.lifecycle import WahaLifecycle
from ventros_channels.adapters.waha.look_ups import WahaLookUps
from ventros_channels.adapters.waha.sending_body import ToChat
from ventros_channels.domain.adapter import (
    Capabilities,
    FateUnknown,
    NotSent,
    Sent,
)
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.file_out import FileOut
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.provider_errors import ChannelSessionMissing
from ventros_channels.domain.waha.addresses import read_address
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.message_id import read_message_id
from ventros_channels.domain.waha.parse import CHANNEL_TYPE, parse_message

CAPABILITIES: Final = Capabilities(
    sends=frozenset(
        {
            "text",
            "image",
            "video",
            "voice",
            "audio",
            "document",
            "location",
            "contact",
            "poll",
            "interactive",
        }
    ),
    reserves=frozenset({"text", "location", "contact", "poll", "forward"}),
    text_limit=4096,
    channel_gap=0.2,
    chat_gap=1.0,
    pairs=frozenset({"qr", "code", "passkey"}),
    groups=True,
    extras=frozenset({"forward", "video_note", "link_preview", "button_reply", "mentions"}),
)
_PAGE: Final = 100
_OLD_RELEASE: Final = frozenset({"404", "405", "501"})

_STOPPED: Final = "STOPPED"

JsonObject = dict[str, Any]


class _Exists(msgspec.Struct, frozen=True):
    number_exists: bool = msgspec.field(name="numberExists", default=False)
    chat_id: str | None = msgspec.field(name="chatId", default=None)


class _NewId(msgspec.Struct, frozen=True):
    id: str


class Waha:
    """WAHA, whichever its engine: one for all of its channels."""

    def __init__(self, outbound: Calls) -> None:
        self._client = Client(outbound)
        self._files_out = FilesOut()
        self._lifecycle = WahaLifecycle(self._client)
        self._look_ups = WahaLookUps(self._client)

    @property
    def type(self) -> ChannelType:
        """`waha`."""
        return CHANNEL_TYPE

    @property
    def capabilities(self) -> Capabilities:
        """What it can."""
        return CAPABILITIES

    @property
    def lifecycle(self) -> WahaLifecycle:
        """The life of a WAHA session."""
        return self._lifecycle

    @property
    def look_ups(self) -> WahaLookUps:
        """What WAHA knows of somebody."""
        return self._look_ups

    @property
    def templates(self) -> None:
        """What is written to people needs nobody's approval."""
        return

    @property
    def uploads(self) -> None:
        """Each file goes with its message."""
        return

    async def try_key(self, at: Connection) -> str:
        """Read the session; one that is not there does not run."""
        try:
            return (await self._lifecycle.state(at)).status
        except ChannelSessionMissing:
            return _STOPPED

    def parse(self, body: bytes | msgspec.Raw, received_at: datetime) -> Heard | Elsewhere:
        """A webhook of a message. Raises `UnparsableError`."""
        return parse_message(body, received_at)

    async def reach(
        self, at: Connection, chat: str | None, recipient: Sequence[PartyIdentity]
    ) -> str | None:
        """The chat that they wrote in, else a hidden number, else what WhatsApp says of a phone.

        A phone is never guessed: the ninth digit of Brazil is there or not, and WhatsApp knows.
        """
        known = read_address(chat)
        if known is not None and known.kind in {"phone", "lid"}:
            return known.value
        by_kind = {one.kind: one.value for one in reversed(recipient)}
        for kind in ("lid", "jid"):
            address = read_address(by_kind.get(kind))
            if address is not None:
                return address.value
        phone = by_kind.get("phone")
        if phone is None:
            return None
        query = {"phone": phone.removeprefix("+"), "session": at.session}
        found = await self._client.ask(at, "/api/contacts/check-exists", query, _Exists)
        address = read_address(found.chat_id) if found.number_exists else None
        return None if address is None else address.value

    async def reserve(self, at: Connection) -> str | None:
        """An id; None where WAHA is older than 2026.4.3 and has none to give."""
        path = f"/api/{segment(at.session)}/new-message-id"
        try:
            return (await self._client.ask(at, path, {}, _NewId)).id
        except NotSent as error:
            if error.code in _OLD_RELEASE:
                return None
            raise

    async def announce(self, at: Connection, chat: str, *, typing: bool) -> None:
        """Seen, then typing; or no longer typing."""
        body = ToChat(session=at.session, chat_id=chat_id(chat))
        if typing:
            await self._client.tell(at, "/api/sendSeen", body)
        await self._client.tell(at, "/api/startTyping" if typing else "/api/stopTyping", body)

    async def send(
        self,
        at: Connection,
        chat: str,
        outbound: Outbound,
        *,
        reserved: str | None,
        own_id: UUID | None = None,  # noqa: ARG002 - WAHA hands none back
        file: FileOut | None = None,
    ) -> Sent:
        """Send it; WAHA answers with the message as its webhooks show it."""
        async with self._files_out.given(file) as given:
            path, body = sending(at.session, chat, outbound, reserved, given)
            answer = await self._client.send(at, path, body, JsonObject)
        return _sent(answer, chat, reserved)

    async def history(self, at: Connection, chat: str, since: datetime) -> list[Heard]:
        """What our side wrote in a chat since then, newest first, as far as one page goes."""
        query = {
            "limit": str(_PAGE),
            "downloadMedia": "false",
            "filter.fromMe": "true",
            "filter.timestamp.gte": str(int(since.timestamp())),
        }
        path = f"/api/{segment(at.session)}/chats/{segment(chat_id(chat))}/messages"
        shown = await self._client.ask(at, path, query, list[JsonObject])
        return [heard for payload in shown if (heard := self._heard(payload)) is not None]

    async def close(self) -> None:
        """Close what is open."""
        await self._client.close()

    def _heard(self, payload: JsonObject) -> Heard | None:
        body = msgspec.json.encode({"payload": payload})
        try:
            heard = self.parse(body, utc_now())
        except UnparsableError:
            return None
        return heard if isinstance(heard, Heard) and heard.from_me else None


def _sent(payload: JsonObject, chat: str, reserved: str | None) -> Sent:
    """Raises `FateUnknown` for an answer without an id, where none was reserved."""
    now = utc_now()
    try:
        known = read_message_id(payload)
    except UnparsableError as error:
        if reserved is None:
            raise FateUnknown("WAHA took it and named no id.") from error
        name = f"true_{chat_id(chat)}_{reserved}"
        return Sent(provider_message_id=name, stanza=reserved, chat=chat, sent_at=now)
    return Sent(
        provider_message_id=known.text,
        stanza=known.stanza,
        chat=known.chat.value,
        sent_at=_moment(payload.get("timestamp"), now),
    )


def _moment(seconds: object, now: datetime) -> datetime:
    """The provider's time of the message, where it can be one: within a day of ours."""
    if isinstance(seconds, int | float) and abs(now.timestamp() - seconds) < 86_400:
        return datetime.fromtimestamp(seconds, UTC)
    return now
