"""Calls of WAHA's API: its key, bounded answers, and what its refusals mean for us."""

from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from platform_outbound import AddressRefused, CallFailed, Outbound
from platform_outbound.call import Answer, Method
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.connection import Connection

MAX_BYTES: Final = 4 * 1024 * 1024
_MAX_CODE: Final = 64

T = TypeVar("T")
Query = dict[str, str]


class Refusal(msgspec.Struct, frozen=True):
    """An error as WAHA (Nest) writes it; `status` is the session's when that is the trouble."""

    message: Any = None
    status: Any = None
    error: Any = None


class Client:
    """One for all channels: the address and the key come with each call."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def ask(self, at: Connection, path: str, query: Query, shape: type[T]) -> T:
        """A question, which may be asked again.

        Raises:
            NotSent
        """
        try:
            answer = await self._call(at, "GET", f"{path}?{urlencode(query)}" if query else path)
            return _read(answer, shape)
        except (FateUnknown, msgspec.MsgspecError) as error:
            raise _away("WAHA gave no answer that can be read.") from error

    async def tell(self, at: Connection, path: str, body: msgspec.Struct) -> None:
        """Something that does no harm when it is done twice.

        Raises:
            NotSent
        """
        try:
            await self._call(at, "POST", path, body)
        except FateUnknown as error:
            raise _away("WAHA gave no answer.") from error

    async def act(
        self, at: Connection, method: Method, path: str, body: msgspec.Struct | None = None
    ) -> None:
        """Something that may be done again when no answer came.

        Raises:
            NotSent, FateUnknown
        """
        await self._call(at, method, path, body)

    async def send(self, at: Connection, path: str, body: msgspec.Struct, shape: type[T]) -> T:
        """Something that must not be done twice.

        Raises:
            NotSent, FateUnknown
        """
        answer = await self._call(at, "POST", path, body)
        try:
            return _read(answer, shape)
        except msgspec.MsgspecError as error:
            raise FateUnknown("WAHA took it and said nothing that can be read.") from error

    async def exchange(
        self,
        at: Connection,
        method: Method,
        path: str,
        body: msgspec.Struct | None = None,
        *,
        accept: str = "application/json",
    ) -> Answer:
        """One call and its answer, whatever its status.

        Raises:
            AddressRefused, CallFailed
        """
        headers = {"Accept": accept}
        if at.api_key is not None:
            headers["X-Api-Key"] = at.api_key
        if body is not None:
            headers["Content-Type"] = "application/json"
        return await self._outbound.call(
            method,
            at.base_url.rstrip("/") + path,
            headers=headers,
            body=None if body is None else msgspec.json.encode(body),
            max_bytes=MAX_BYTES,
        )

    async def close(self) -> None:
        """Close what is open."""
        await self._outbound.close()

    async def _call(
        self, at: Connection, method: Method, path: str, body: msgspec.Struct | None = None
    ) -> Answer:
        try:
            answer = await self.exchange(at, method, path, body)
        except AddressRefused as error:
            raise NotSent(
                "rejected", "The channel's address is not one that we call.", everywhere=True
            ) from error
        except CallFailed as error:
            if error.connected:
                raise FateUnknown(error.reason) from error
            raise _away("WAHA cannot be reached.") from error
        if answer.status >= HTTPStatus.BAD_REQUEST:
            _refuse(answer)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise NotSent("rejected", "WAHA's address redirects elsewhere.", everywhere=True)
        return answer


def segment(text: str) -> str:
    """A text as one segment of a path."""
    return quote(text, safe="@")


def _read(answer: Answer, shape: type[T]) -> T:
    return msgspec.json.decode(answer.body, type=shape)


def _away(reason: str) -> NotSent:
    return NotSent("unavailable", reason, again=True, everywhere=True)


def _refuse(answer: Answer) -> None:
    """Raises what a status of 400 or more means."""
    code = str(answer.status)
    match answer.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise NotSent("authentication", "WAHA does not accept the channel's key.", code=code)
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise NotSent(
                "unavailable", "WAHA wants fewer calls.", code=code, again=True, everywhere=True
            )
        case HTTPStatus.NOT_IMPLEMENTED:
            raise NotSent("unsupported", "The channel's engine cannot do this.", code=code)
        case HTTPStatus.BAD_GATEWAY | HTTPStatus.SERVICE_UNAVAILABLE:
            # Told by what stands before it; whether WAHA saw the call is not known.
            raise FateUnknown(code)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # WAHA answers 500 also when the engine failed after it had sent (its issue 1225).
            raise FateUnknown(code)
    refusal = refusal_of(answer.body)
    if isinstance(refusal.status, str) and refusal.status != "WORKING":
        raise NotSent(
            "unavailable",
            "The number is not connected.",
            code=refusal.status[:_MAX_CODE],
            again=True,
            everywhere=True,
        )
    raise NotSent("rejected", f"WAHA refused the message ({code}).", code=code)


def refusal_of(body: bytes) -> Refusal:
    """What an error says of itself, as far as it can be read."""
    try:
        return msgspec.json.decode(body, type=Refusal)
    except (msgspec.MsgspecError, RecursionError):
        return Refusal()
