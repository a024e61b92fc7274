"""Questions that show whether something answers. Each raises `NotReadyError` until it does."""

import asyncio

import aiohttp

from platform_devstack.errors import NotReadyError


async def http_ok(url: str, *, user: str = "", password: str = "") -> None:
    """`GET url` answers 2xx."""
    headers = {}
    if user:
        headers["Authorization"] = aiohttp.encode_basic_auth(user, password)
    timeout = aiohttp.ClientTimeout(total=4)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.get(url) as answer,
        ):
            body = (await answer.text())[:300]
            if not answer.ok:
                raise NotReadyError(f"GET {url} answers {answer.status}: {body}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotReadyError(f"GET {url}: {error or type(error).__name__}") from error


async def listens(port: int, *, host: str = "127.0.0.1") -> None:
    """Something accepts connections there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        raise NotReadyError(f"port {port}: {error.strerror or error}") from error
    writer.close()


async def redis_pongs(port: int, password: str) -> None:
    """A Redis protocol server lets us in and answers PING."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError as error:
        raise NotReadyError(f"port {port}: {error.strerror or error}") from error
    try:
        writer.write(f"AUTH {password}\r\nPING\r\n".encode())
        await writer.drain()
        answers = [await reader.readline(), await reader.readline()]
    except OSError as error:
        raise NotReadyError(str(error)) from error
    finally:
        writer.close()
    if answers[1] != b"+PONG\r\n":
        raise NotReadyError(f"it answers {answers[0].decode(errors='replace').strip()}")
