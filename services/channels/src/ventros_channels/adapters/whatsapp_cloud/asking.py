"""Calls of the Graph API that somebody waits for, and what its refusals mean to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec

from platform_outbound import AddressRefused, CallFailed
from platform_outbound.call import Answer, Method
from ventros_channels.adapters.whatsapp_cloud.client import Client, failure_of, is_key_invalid
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.provider_errors import (
    ProviderAddressRefused,
    ProviderBusy,
    ProviderKeyInvalid,
    ProviderKeyRefused,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
)

_MAX_REASON: Final = 500

T = TypeVar("T")


async def ask(
    client: Client,
    at: Connection,
    method: Method,
    path: str,
    shape: type[T],
    body: msgspec.Struct | None = None,
) -> T:
    """A document that Meta gave with 2xx. Raises any `ProviderError`."""
    with failures():
        answer = await client.exchange(at, method, path, body)
    return answered(answer, shape)


@contextmanager
def failures() -> Iterator[None]:
    """What goes wrong with a call, as what it means to whoever waits. Raises any
    `ProviderError`."""
    try:
        yield
    except AddressRefused as error:
        raise ProviderAddressRefused("The channel's address is not one that we call.") from error
    except CallFailed as error:
        if error.reason == "timed_out":
            raise ProviderTimedOut("Meta did not answer in time.") from error
        raise ProviderUnreachable("Meta cannot be reached.") from error


def answered(answer: Answer, shape: type[T]) -> T:
    """What an answer says. Raises any `ProviderError`."""
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        _refuse(answer)
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ProviderUnreachable("Meta gave no answer that can be read.") from error


def _refuse(answer: Answer) -> None:
    """Raises what a status that is not 2xx means."""
    failure = failure_of(answer)
    told = f"Meta failed ({answer.status})." if failure is None else failure.reason[:_MAX_REASON]
    if is_key_invalid(answer.status, failure):
        raise ProviderKeyInvalid("Meta does not accept the channel's token.")
    if failure is not None and failure.kind.failure == "authentication":
        raise ProviderKeyRefused("Meta does not accept the channel's token.")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or (
        failure is not None and failure.kind.again and failure.kind.everywhere
    ):
        raise ProviderBusy("Meta wants fewer calls.")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ProviderUnreachable(told)
    raise ProviderRefused(told)
