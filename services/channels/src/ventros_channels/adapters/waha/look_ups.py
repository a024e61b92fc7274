"""What WAHA knows of somebody."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from ventros_channels.adapters.waha.asking import ask
from ventros_channels.adapters.waha.bodies import chat_id
from ventros_channels.adapters.waha.client import Client, segment
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.look_ups import KnownLid, KnownPhone
from ventros_channels.domain.waha.addresses import identities, read_address

_MAX_URL: Final = 4096


class _Exists(msgspec.Struct, frozen=True):
    number_exists: bool = msgspec.field(name="numberExists", default=False)
    chat_id: str | None = msgspec.field(name="chatId", default=None)


class _Lid(msgspec.Struct, frozen=True):
    pn: str | None = None


class _Picture(msgspec.Struct, frozen=True):
    profile_picture_url: Any = msgspec.field(name="profilePictureURL", default=None)


class WahaLookUps:
    """Questions about people; see `ventros_channels.domain.look_ups`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def phone(self, at: Connection, phone: str) -> KnownPhone:
        """Whether the phone has WhatsApp, and the chat that WhatsApp itself uses for it."""
        query = {"phone": phone.removeprefix("+"), "session": at.session}
        path = f"/api/contacts/check-exists?{urlencode(query)}"
        found = await ask(self._client, at, "GET", path, _Exists)
        address = read_address(found.chat_id) if found.number_exists else None
        return KnownPhone(exists=found.number_exists, chat=None if not address else address.value)

    async def lid(self, at: Connection, lid: str) -> KnownLid:
        """The phone behind a hidden number, as far as WAHA has learnt it."""
        path = f"/api/{segment(at.session)}/lids/{segment(lid)}"
        found = await ask(self._client, at, "GET", path, _Lid)
        address = read_address(found.pn)
        known = [] if address is None else identities(address)
        phone = next((one.value for one in known if one.kind == "phone"), None)
        return KnownLid(lid=lid, phone=phone)

    async def profile_picture(self, at: Connection, chat: str) -> str | None:
        """The address of the picture; it is WhatsApp's and expires."""
        query = {"contactId": chat_id(chat), "session": at.session}
        path = f"/api/contacts/profile-picture?{urlencode(query)}"
        url = (await ask(self._client, at, "GET", path, _Picture)).profile_picture_url
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            return None
        return url if len(url) <= _MAX_URL else None
