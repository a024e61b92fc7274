"""Calls of WAHA that somebody waits for, and what its refusals mean to them."""

from http import HTTPStatus
from typing import Final, TypeVar

import msgspec

from platform_outbound import AddressRefused, CallFailed
from platform_outbound.call import Answer, Method
from ventros_channels.adapters.waha.client import Client, refusal_of
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.provider_errors import (
    ChannelNotReady,
    ChannelSessionMissing,
    ProviderAddressRefused,
    ProviderBusy,
    ProviderKeyRefused,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
)

_MAX_STATUS: Final = 64

T = TypeVar("T")


async def call(
    client: Client,
    at: Connection,
    method: Method,
    path: str,
    body: msgspec.Struct | None = None,
    *,
    accept: str = "application/json",
) -> Answer:
    """An answer that WAHA gave with 2xx. Raises any `ProviderError`."""
    try:
        answer = await client.exchange(at, method, path, body, accept=accept)
    except AddressRefused as error:
        raise ProviderAddressRefused("The channel's address is not one that we call.") from error
    except CallFailed as error:
        if error.reason == "timed_out":
            raise ProviderTimedOut("WAHA did not answer in time.") from error
        raise ProviderUnreachable("WAHA cannot be reached.") from error
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        _refuse(answer)
    return answer


async def ask(
    client: Client,
    at: Connection,
    method: Method,
    path: str,
    shape: type[T],
    body: msgspec.Struct | None = None,
) -> T:
    """A document that WAHA gave with 2xx. Raises any `ProviderError`."""
    answer = await call(client, at, method, path, body)
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ProviderUnreachable("WAHA gave no answer that can be read.") from error


def _refuse(answer: Answer) -> None:
    """Raises what a status that is not 2xx means."""
    match answer.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise ProviderKeyRefused("WAHA does not accept the channel's key.")
        case HTTPStatus.NOT_FOUND:
            raise ChannelSessionMissing("WAHA has no such session, or it does not run.")
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise ProviderBusy("WAHA wants fewer calls.")
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ProviderUnreachable(f"WAHA failed ({answer.status}).")
    status = refusal_of(answer.body).status
    if isinstance(status, str):
        raise ChannelNotReady(f"WAHA's session is {status[:_MAX_STATUS]}.")
    raise ProviderRefused(f"WAHA refused it ({answer.status}).")
