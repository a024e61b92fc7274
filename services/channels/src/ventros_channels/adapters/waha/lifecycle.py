"""The life of a WAHA session."""

from typing import Any, Final, TypeVar

import msgspec

from platform_outbound.call import Method
from ventros_channels.adapters.waha.asking import ask, call
from ventros_channels.adapters.waha.client import Client, segment
from ventros_channels.adapters.waha.hooks import JsonObject, with_hook
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.lifecycle import (
    Account,
    ConnectionState,
    Hook,
    PasskeyAssertion,
    PasskeyChallenge,
)
from ventros_channels.domain.provider_errors import (
    ChannelSessionMissing,
    ProviderRefused,
    ProviderUnreachable,
)
from ventros_channels.domain.waha.addresses import read_address

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MAX_WORD: Final = 64
_MAX_TEXT: Final = 4096

T = TypeVar("T")

_NEW: Final[JsonObject] = {"noweb": {"store": {"enabled": True, "fullSync": False}}}
"""NOWEB keeps no chats, contacts and history unless it is told to; other engines pass over it."""


class _Me(msgspec.Struct, frozen=True):
    id: Any = None
    lid: Any = None
    push_name: Any = msgspec.field(name="pushName", default=None)


class _Session(msgspec.Struct, frozen=True):
    status: str
    me: _Me | None = None
    config: JsonObject | None = None


class _Create(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    config: JsonObject
    start: bool = True


class _Update(msgspec.Struct, frozen=True, kw_only=True):
    config: JsonObject


class _RequestCode(msgspec.Struct, frozen=True, kw_only=True):
    phone_number: str = msgspec.field(name="phoneNumber")


class _Assertion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    raw_id: str
    type: str
    response: msgspec.Struct


class _Text(msgspec.Struct, frozen=True):
    """A document of one text: the value of a QR code, or a code."""

    value: str | None = None
    code: str | None = None


class WahaLifecycle:
    """What is done with a session; see `ventros_channels.domain.lifecycle`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def connect(self, at: Connection, hook: Hook) -> ConnectionState:
        """Make the session, or have the one that is there post to us as well; then start it.

        A configuration that is as it should be is not written: WAHA restarts a session whose
        configuration it is given.
        """
        try:
            known = await self._session(at)
        except ChannelSessionMissing:
            return await self._create(at, hook)
        await self._configure(at, hook, known)
        return await self.start(at)

    async def start(self, at: Connection) -> ConnectionState:
        """Start it; once more changes nothing."""
        return await self._act(at, "start")

    async def stop(self, at: Connection) -> ConnectionState:
        """Stop it; it stays paired."""
        return await self._act(at, "stop")

    async def restart(self, at: Connection) -> ConnectionState:
        """Stop and start it."""
        return await self._act(at, "restart")

    async def log_out(self, at: Connection) -> ConnectionState:
        """Take the pairing away; one that ran shows a QR code again."""
        return await self._act(at, "logout")

    async def remove(self, at: Connection) -> None:
        """WAHA stops it and logs out before it deletes it."""
        try:
            await self._call(at, "DELETE", _named(at))
        except ChannelSessionMissing:
            return

    async def state(self, at: Connection) -> ConnectionState:
        """The session's status and account."""
        return _state(await self._session(at))

    async def qr_text(self, at: Connection) -> str:
        """What the QR code says."""
        path = f"{_auth(at)}/qr?format=raw"
        return _said((await self._ask(at, "GET", path, _Text)).value)

    async def qr_picture(self, at: Connection) -> bytes:
        """The QR code as a PNG."""
        path = f"{_auth(at)}/qr?format=image"
        answer = await call(self._client, at, "GET", path, accept="image/png")
        if not answer.body.startswith(_PNG):
            raise ProviderUnreachable("WAHA gave no picture that can be read.")
        return answer.body

    async def pairing_code(self, at: Connection, phone: str) -> str:
        """A code to type on the phone."""
        body = _RequestCode(phone_number=phone.removeprefix("+"))
        path = f"{_auth(at)}/request-code"
        return _said((await self._ask(at, "POST", path, _Text, body)).code)

    async def passkey_challenge(self, at: Connection) -> PasskeyChallenge:
        """The challenge, as long as the session is `PASSKEY_REQUIRED`."""
        return await self._ask(at, "GET", f"{_auth(at)}/passkey/challenge", PasskeyChallenge)

    async def answer_passkey(self, at: Connection, assertion: PasskeyAssertion) -> None:
        """The four members that WAHA knows."""
        body = _Assertion(
            id=assertion.id,
            raw_id=assertion.raw_id,
            type=assertion.type,
            response=assertion.response,
        )
        await self._call(at, "POST", f"{_auth(at)}/passkey", body)

    async def passkey_code(self, at: Connection) -> str:
        """The code, as long as the session is `PASSKEY_CONFIRMATION_REQUIRED`."""
        path = f"{_auth(at)}/passkey/confirmation"
        return _said((await self._ask(at, "GET", path, _Text)).code)

    async def confirm_passkey(self, at: Connection) -> None:
        """The code is the one on the phone."""
        await self._call(at, "POST", f"{_auth(at)}/passkey/confirm")

    async def _create(self, at: Connection, hook: Hook) -> ConnectionState:
        wanted = _Create(name=at.session, config=with_hook(_NEW, hook))
        try:
            await self._call(at, "POST", "/api/sessions", wanted)
        except ProviderRefused:
            # Somebody else may have made it a moment ago; if not, WAHA's refusal stands.
            try:
                known = await self._session(at)
            except ChannelSessionMissing:
                known = None
            if known is None:
                raise
            await self._configure(at, hook, known)
            return await self.start(at)
        return await self.state(at)

    async def _configure(self, at: Connection, hook: Hook, known: _Session) -> None:
        wanted = with_hook(known.config or {}, hook)
        if wanted != known.config:
            await self._call(at, "PUT", _named(at), _Update(config=wanted))

    async def _act(self, at: Connection, act: str) -> ConnectionState:
        await self._call(at, "POST", f"{_named(at)}/{act}")
        return await self.state(at)

    async def _session(self, at: Connection) -> _Session:
        return await self._ask(at, "GET", _named(at), _Session)

    async def _call(
        self, at: Connection, method: Method, path: str, body: msgspec.Struct | None = None
    ) -> None:
        await call(self._client, at, method, path, body)

    async def _ask(
        self,
        at: Connection,
        method: Method,
        path: str,
        shape: type[T],
        body: msgspec.Struct | None = None,
    ) -> T:
        return await ask(self._client, at, method, path, shape, body)


def _named(at: Connection) -> str:
    return f"/api/sessions/{segment(at.session)}"


def _auth(at: Connection) -> str:
    return f"/api/{segment(at.session)}/auth"


def _said(text: str | None) -> str:
    if not text or len(text) > _MAX_TEXT:
        raise ProviderUnreachable("WAHA gave no answer that can be read.")
    return text


def _state(session: _Session) -> ConnectionState:
    return ConnectionState(status=session.status[:_MAX_WORD], account=_account(session.me))


def _account(me: _Me | None) -> Account | None:
    address = None if me is None else read_address(me.id)
    if me is None or address is None:
        return None
    lid = read_address(me.lid)
    name = me.push_name if isinstance(me.push_name, str) else ""
    return Account(
        address=address.value,
        lid=None if lid is None else lid.value,
        name=name[:_MAX_TEXT] or None,
    )
