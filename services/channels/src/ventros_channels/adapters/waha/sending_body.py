"""How every body that is posted to WAHA begins."""

import msgspec


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Optional members are left out, which every release understands."""


class ToChat(Body, frozen=True, kw_only=True):
    """Every body begins so."""

    session: str
    chat_id: str = msgspec.field(name="chatId")


class Sending(ToChat, frozen=True, kw_only=True):
    """A message: what it answers, and an id that was reserved for it."""

    reply_to: str | None = None
    id: str | None = None
