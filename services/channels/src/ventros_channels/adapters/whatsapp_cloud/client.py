"""Calls of the Graph API: the token, bounded answers, and what its errors mean for us."""

from collections.abc import AsyncIterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from platform_outbound import AddressRefused, CallFailed, Outbound
from platform_outbound.call import Answer, Method, read_all
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.whatsapp_cloud.failures import (
    KEY_INVALID,
    Failure,
    kind_of,
    read_error,
)

MAX_BYTES: Final = 4 * 1024 * 1024

_BY_STATUS: Final[dict[int, int]] = {
    HTTPStatus.UNAUTHORIZED: 190,
    HTTPStatus.TOO_MANY_REQUESTS: 4,
}
"""The code that a refusal without one has."""

T = TypeVar("T")


class _Refusal(msgspec.Struct, frozen=True):
    error: Any = None


class Client:
    """One for all channels: the address and the token come with each call."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def send(self, at: Connection, path: str, body: msgspec.Struct, shape: type[T]) -> T:
        """Something that must not be done twice.

        Raises:
            NotSent, FateUnknown
        """
        try:
            answer = await self.exchange(at, "POST", path, body)
        except AddressRefused as error:
            raise NotSent(
                "rejected", "The channel's address is not one that we call.", everywhere=True
            ) from error
        except CallFailed as error:
            if error.connected:
                raise FateUnknown(error.reason) from error
            raise NotSent(
                "unavailable", "Meta cannot be reached.", again=True, everywhere=True
            ) from error
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise not_sent(answer)
        try:
            return msgspec.json.decode(answer.body, type=shape)
        except msgspec.MsgspecError as error:
            raise FateUnknown("Meta took it and said nothing that can be read.") from error

    async def exchange(
        self, at: Connection, method: Method, path: str, body: msgspec.Struct | None = None
    ) -> Answer:
        """One call and its answer, whatever its status.

        Raises:
            AddressRefused, CallFailed
        """
        headers = {"Accept": "application/json", "Authorization": f"Bearer {at.api_key or ''}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return await self._outbound.call(
            method,
            f"{at.base_url.rstrip('/')}/{path}",
            headers=headers,
            body=None if body is None else msgspec.json.encode(body),
            max_bytes=MAX_BYTES,
        )

    async def post_stream(
        self,
        at: Connection,
        path: str,
        pieces: AsyncIterable[bytes],
        *,
        content_type: str,
        size: int,
        timeout: float,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """One call with a body of `size` bytes that is sent as it comes, and its answer. `headers`
        are its own beside those of every call, or in their place.

        Raises:
            AddressRefused, CallFailed, and what the pieces raise.
        """
        sent = {
            "Accept": "application/json",
            "Authorization": f"Bearer {at.api_key or ''}",
            "Content-Type": content_type,
            "Content-Length": str(size),
            **headers,
        }
        async with self._outbound.stream(
            "POST",
            f"{at.base_url.rstrip('/')}/{path}",
            headers=sent,
            body=pieces,
            timeout=timeout,
        ) as answer:
            content = await read_all(answer.chunks, MAX_BYTES)
            return Answer(status=answer.status, headers=answer.headers, body=content)

    async def close(self) -> None:
        """Close what is open."""
        await self._outbound.close()


def failure_of(answer: Answer) -> Failure | None:
    """The error that an answer tells; None where it tells none that can be read."""
    try:
        error = msgspec.json.decode(answer.body, type=_Refusal).error
    except (msgspec.MsgspecError, RecursionError):
        return None
    return read_error(error) if isinstance(error, dict) else None


def is_key_invalid(status: int, failure: Failure | None) -> bool:
    """Whether a refusal is of the token itself."""
    return status == HTTPStatus.UNAUTHORIZED or (
        failure is not None and failure.code in KEY_INVALID
    )


def not_sent(answer: Answer) -> NotSent:
    """What a status that is not 2xx means. Raises `FateUnknown`."""
    failure = failure_of(answer)
    if failure is None:
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # Told by what stands before the API, or by an API that broke off.
            raise FateUnknown(str(answer.status))
        kind = kind_of(_BY_STATUS.get(answer.status, answer.status))
        failure = Failure(kind=kind, code=str(answer.status), reason=f"Meta: {answer.status}.")
    kind = failure.kind
    return NotSent(
        kind.failure,
        failure.reason,
        code=failure.code,
        again=kind.again,
        everywhere=kind.everywhere,
        connection=kind.connection,
        too_fast=kind.too_fast,
    )
