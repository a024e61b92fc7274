"""The newest message of each of the liveliest chats, in one call."""

from typing import Any, Final

import msgspec

from platform_outbound import Outbound
from ventros_channels.adapters.waha.client import Client, segment
from ventros_channels.adapters.waha.history import as_webhook
from ventros_channels.domain.connection import Connection

_CHATS: Final = 50


class _Chat(msgspec.Struct, frozen=True):
    last: Any = msgspec.field(name="lastMessage", default=None)


async def latest(calls: Outbound, at: Connection) -> list[bytes]:
    """Each as a `message.any`.

    Raises:
        NotSent
    """
    path = f"/api/{segment(at.session)}/chats/overview"
    asked = {"limit": str(_CHATS), "offset": "0"}
    chats = await Client(calls).ask(at, path, asked, list[_Chat])
    return [as_webhook(at.session, chat.last) for chat in chats if isinstance(chat.last, dict)]
