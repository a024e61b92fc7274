"""What a service answers, passed on as it comes, for as long as the client stays and takes it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from litestar.types import Message, Receive, Send

from ventros_gateway.bodies import ClientGone
from ventros_gateway.headers import Headers, for_client

# An answer of this size or less is passed on in one piece.
SMALL: Final = 64 * 1024
# A client has this long to take what we send.
TAKE_SECONDS: Final = 60.0
# A stream of events says something, if only a comment, more often than this.
EVENTS_SECONDS: Final = 120.0


class Answer:
    """A `send` that adds headers to the answer and knows whether it has begun."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self._headers = headers
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Pass a message of the answer on."""
        if message["type"] == "http.response.start":
            self.begun = True
            message["headers"] = [*message["headers"], *self._headers]
        await self._send(message)


def is_small(answer: aiohttp.ClientResponse) -> bool:
    """Whether the answer is passed on in one piece."""
    length = answer.content_length
    return length is not None and length <= SMALL


async def pass_on(answer: aiohttp.ClientResponse, receive: Receive | None, send: Send) -> None:
    """Pass an answer on. `receive` tells when the client leaves; None while it still sends.

    Raises:
        ClientGone: it left.
        aiohttp.ClientError, TimeoutError: the service broke off, or the client takes nothing.
    """
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": for_client(answer.raw_headers),
        }
    )
    if is_small(answer):
        body = await answer.read()
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return
    if answer.content_type == "text/event-stream":
        _be_patient(answer)
    async with _hang_up_with(receive, answer):
        async for chunk in answer.content.iter_any():
            await _give(send, {"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _give(send: Send, message: Message) -> None:
    async with asyncio.timeout(TAKE_SECONDS):
        await send(message)


def _be_patient(answer: aiohttp.ClientResponse) -> None:
    connection = answer.connection
    if connection is not None and connection.protocol is not None:
        # aiohttp has no way to change the deadline of an answer that has begun.
        connection.protocol._read_timeout = EVENTS_SECONDS
        connection.protocol.start_timeout()


@contextlib.asynccontextmanager
async def _hang_up_with(
    receive: Receive | None, answer: aiohttp.ClientResponse
) -> AsyncIterator[None]:
    """Hang up on the service when the client hangs up on us: a stream may have no end."""
    if receive is None:
        yield
        return
    gone = asyncio.ensure_future(_until_gone(receive))
    gone.add_done_callback(lambda _: answer.close())
    try:
        yield
    except aiohttp.ClientError as error:
        if gone.done():
            raise ClientGone from error
        raise
    finally:
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
