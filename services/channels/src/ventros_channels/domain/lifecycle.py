"""The life of a number's connection at its provider, in words that no provider owns.

A provider that keeps a connection for us (it is started, paired with a phone, stopped) has an
object of the shape of `Lifecycle`. One whose numbers are connected elsewhere has none.
"""

from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta

from ventros_channels.domain.connection import Connection

Pairing = Literal["qr", "code", "passkey"]
"""Ways in which a number is paired: by scanning a code, by typing one, by a passkey."""

CONNECTED = "WORKING"
"""The one word of a provider under which messages are sent and received."""

BROKEN = "FAILED"
"""The word under which a connection does not come back by itself."""

_Base64Url = Annotated[str, Meta(max_length=16_384, pattern=r"^[A-Za-z0-9_-]*={0,2}(?![\s\S])")]


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """Where the provider posts to, and the key that it signs with."""

    url: str
    hmac_key: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The account that a connection is paired with. `address` and `lid` are as in chats."""

    address: str
    lid: str | None = None
    name: str | None = None


class ConnectionState(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as the provider has it now.

    `status` is the provider's word; any word is one. Without `account` it is not paired.
    """

    status: str
    account: Account | None = None


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Written as WebAuthn writes it."""


class AllowedCredential(_Camel, frozen=True, kw_only=True):
    """A passkey that may answer."""

    id: str
    type: str
    transports: list[str] = []


class PasskeyChallenge(_Camel, frozen=True, kw_only=True):
    """What a passkey has to sign: W3C's `PublicKeyCredentialRequestOptionsJSON`.

    `timeout` is in milliseconds.
    """

    challenge: str
    rp_id: str
    allow_credentials: list[AllowedCredential] = []
    timeout: float | None = None
    user_verification: str | None = None
    extensions: dict[str, Any] = {}


class PasskeySignature(_Camel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the authenticator signed; every member is base64url."""

    client_data_json: _Base64Url = msgspec.field(name="clientDataJSON")
    authenticator_data: _Base64Url
    signature: _Base64Url
    user_handle: _Base64Url | None = None


class PasskeyAssertion(_Camel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The passkey's answer: W3C's `AuthenticationResponseJSON`, as a browser's `toJSON()` gives it.

    Of the attachment and of the results of extensions the provider is told nothing.
    """

    id: _Base64Url
    raw_id: _Base64Url
    type: Literal["public-key"]
    response: PasskeySignature
    authenticator_attachment: str | None = None
    client_extension_results: dict[str, Any] = {}


class Lifecycle(Protocol):
    """What a provider does with a connection. Each may raise any `ProviderError`.

    Everything here may be done twice: a connection that is started and started again runs.
    """

    async def connect(self, at: Connection, hook: Hook) -> ConnectionState:
        """Make the connection where it is not there, have it post to `hook`, and start it.

        What others set on it stays as it is.
        """
        ...

    async def start(self, at: Connection) -> ConnectionState:
        """Start it."""
        ...

    async def stop(self, at: Connection) -> ConnectionState:
        """Stop it; the pairing stays."""
        ...

    async def restart(self, at: Connection) -> ConnectionState:
        """Stop and start it."""
        ...

    async def log_out(self, at: Connection) -> ConnectionState:
        """Take the pairing away."""
        ...

    async def remove(self, at: Connection) -> None:
        """Take the pairing and the connection away; one that is not there is gone already."""
        ...

    async def state(self, at: Connection) -> ConnectionState:
        """How it is, and with whom it is paired."""
        ...

    async def qr_text(self, at: Connection) -> str:
        """What the code to scan says; it is another one every few seconds."""
        ...

    async def qr_picture(self, at: Connection) -> bytes:
        """The code to scan as a PNG."""
        ...

    async def pairing_code(self, at: Connection, phone: str) -> str:
        """A code to type on the phone with this number (E.164)."""
        ...

    async def passkey_challenge(self, at: Connection) -> PasskeyChallenge:
        """What a passkey has to sign."""
        ...

    async def answer_passkey(self, at: Connection, assertion: PasskeyAssertion) -> None:
        """What it signed."""
        ...

    async def passkey_code(self, at: Connection) -> str:
        """The code that a person compares with the one on the phone."""
        ...

    async def confirm_passkey(self, at: Connection) -> None:
        """It is the same."""
        ...
