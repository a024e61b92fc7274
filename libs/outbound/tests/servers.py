"""A server that does what a test wants, and counts who came."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from socket import AddressFamily

import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

Respond = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Listening(msgspec.Struct, kw_only=True):
    port: int
    requests: list[bytes]

    def url(self, host: str = "127.0.0.1", path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"


@contextlib.asynccontextmanager
async def serving(respond: Respond, host: str = "127.0.0.1") -> AsyncIterator[Listening]:
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            seen.append(head)
            await respond(writer)
        writer.close()

    server = await asyncio.start_server(handle, host, 0)
    try:
        yield Listening(port=server.sockets[0].getsockname()[1], requests=seen)
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
