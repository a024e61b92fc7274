"""What can be asked of a provider about somebody, in words that no provider owns."""

from typing import Protocol

import msgspec

from ventros_channels.domain.connection import Connection


class KnownPhone(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a phone can be written to, and the chat under which; the chat is confirmed."""

    exists: bool
    chat: str | None = None


class KnownLid(msgspec.Struct, frozen=True, kw_only=True):
    """A hidden number and its phone (E.164); None while the provider has not learnt it."""

    lid: str
    phone: str | None = None


class LookUps(Protocol):
    """Questions, which may be asked again. Each may raise any `ProviderError`."""

    async def phone(self, at: Connection, phone: str) -> KnownPhone:
        """Whether the phone (E.164) has an account."""
        ...

    async def lid(self, at: Connection, lid: str) -> KnownLid:
        """The phone behind a hidden number (`…@lid`)."""
        ...

    async def profile_picture(self, at: Connection, chat: str) -> str | None:
        """The address of the picture that the person of a chat shows, which may expire; None where
        there is none to see."""
        ...
