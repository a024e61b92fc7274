"""A server that does what a test wants, and counts who came."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from socket import AddressFamily

import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

Respond = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Listening(msgspec.Struct, kw_only=True):
    """`connections` counts those that were made, `open` those that are there."""

    port: int
    requests: list[bytes]
    connections: int = 0
    open: int = 0

    def url(self, host: str = "127.0.0.1", path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"


@contextlib.asynccontextmanager
async def serving(
    respond: Respond, host: str = "127.0.0.1", *, kept: bool = False
) -> AsyncIterator[Listening]:
    """One answer per connection; `kept`: as many as are asked for."""
    listening = Listening(port=0, requests=[])

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listening.connections += 1
        listening.open += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                listening.requests.append(head)
                await respond(writer)
                if not kept or writer.is_closing():
                    break
        listening.open -= 1
        writer.close()

    server = await asyncio.start_server(handle, host, 0)
    listening.port = server.sockets[0].getsockname()[1]
    try:
        yield listening
    finally:
        server.close()


def saying(body: bytes, *headers: str, status: str = "200 OK") -> Respond:
    async def respond(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return respond


class Names(AbstractResolver):
    """Answers from a list of answers, the last one for good; counts what it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=AddressFamily.AF_INET6 if ":" in address else AddressFamily.AF_INET,
                proto=0,
                flags=0,
            )
            for address in answer
        ]

    async def close(self) -> None:
        pass
