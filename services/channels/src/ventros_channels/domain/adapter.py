"""What a provider must be able to do for us, in words that no provider owns.

A provider is a folder under `adapters/` with one class of this shape, and one line in
`adapters/__init__.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from proto_events.conversation import ContentType, PartyIdentity
from proto_events.sending import FailureClass, Outbound, SendingExtra
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.file_out import FileOut
from ventros_channels.domain.lifecycle import Lifecycle, Pairing
from ventros_channels.domain.look_ups import LookUps
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.templates import TemplateSource
from ventros_channels.domain.uploads import Uploads


class NotSent(Exception):
    """The provider did not take it, for certain.

    `again`: the same may work later. `everywhere`: nothing of the channel works now, whatever the
    chat. `reason` is for a person to read and quotes nothing of the message. `connection` is what
    is true of the channel's connection then. `too_fast`: the channel sends slower for a while.
    """

    def __init__(
        self,
        failure: FailureClass,
        reason: str,
        *,
        code: str | None = None,
        again: bool = False,
        everywhere: bool = False,
        connection: str | None = None,
        too_fast: bool = False,
    ) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.code = code
        self.again = again
        self.everywhere = everywhere
        self.connection = connection
        self.too_fast = too_fast


class FateUnknown(Exception):
    """The provider was called and did not say whether it took the message."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can. `reserves` are the types that it sends once under a reserved id.

    `text_limit` is in characters; `channel_gap` and `chat_gap` are seconds between two messages of
    one channel, and of one chat. `pairs` are the ways in which a number is paired here; it is empty
    where numbers are connected elsewhere. Without `history` the provider shows no old messages.
    With `window_hours`, only so long after somebody's last message may they be written to freely.
    `groups`: messages of groups reach us and are sent. `extras` are sent beside
    plain contents.
    """

    sends: frozenset[ContentType]
    reserves: frozenset[ContentType | Literal["forward"]]
    text_limit: int
    channel_gap: float
    chat_gap: float
    pairs: frozenset[Pairing] = frozenset()
    history: bool = True
    window_hours: int | None = None
    groups: bool = False
    extras: frozenset[SendingExtra] = frozenset()


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says of a message that it took."""

    provider_message_id: str
    stanza: str
    chat: str
    sent_at: datetime


class Adapter(Protocol):
    """A provider. What raises `NotSent` may raise it for any reason that the provider has."""

    @property
    def type(self) -> ChannelType:
        """The channels that it is for."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can."""
        ...

    @property
    def lifecycle(self) -> Lifecycle | None:
        """The life of its connections; None where numbers are connected elsewhere."""
        ...

    @property
    def look_ups(self) -> LookUps | None:
        """What can be asked of it about somebody; None where it says nothing."""
        ...

    @property
    def templates(self) -> TemplateSource | None:
        """The templates of an account; None where there are none."""
        ...

    @property
    def uploads(self) -> Uploads | None:
        """Keeps files of ours and sends them by an id; None where each goes with its message."""
        ...

    async def try_key(self, at: Connection) -> str | None:
        """Call it with the channel's key, at little cost: its word for the connection, None where
        it has no word for one that is well.

        Raises:
            ProviderKeyInvalid: nothing may be called with the key.
            ProviderKeyRefused: it is not accepted now.
            ProviderError
        """
        ...

    def parse(self, body: bytes | msgspec.Raw, received_at: datetime) -> Heard | Elsewhere:
        """A webhook of a message. Raises `UnparsableError`."""
        ...

    async def reach(
        self, at: Connection, chat: str | None, recipient: Sequence[PartyIdentity]
    ) -> str | None:
        """Where to send to: `chat`, or what the provider confirms; None: nobody is there.

        Raises:
            NotSent
        """
        ...

    async def reserve(self, at: Connection) -> str | None:
        """An id under which a message is sent once, however often; None where there are none.

        Raises:
            NotSent
        """
        ...

    async def announce(self, at: Connection, chat: str, *, typing: bool) -> None:
        """Show the chat as seen and somebody as typing, or as no longer typing.

        Raises:
            NotSent
        """
        ...

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
        """Send it, once. `own_id` is our id of it, for providers that hand it back; `file` is the
        content's where it is one of ours: `media.file_id` of the content is its id there where it
        was uploaded, and `media.url` a link to it.

        Raises:
            NotSent, FateUnknown
        """
        ...

    async def history(self, at: Connection, chat: str, since: datetime) -> list[Heard]:
        """What our side wrote in a chat since then, newest first, as far as one page goes.

        Raises:
            NotSent
        """
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...
