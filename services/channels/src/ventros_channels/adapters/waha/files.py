"""Files of WAHA: at the address that its webhook named, else asked for by the message."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from platform_outbound import AddressRefused, CallFailed, Outbound, Stream
from ventros_channels.adapters.waha.bodies import chat_id
from ventros_channels.adapters.waha.client import Client, segment
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.files import Coming, NoFile, Wanted

TIMEOUT_SECONDS: Final = 300.0
"""Seconds that one file may take."""
_MISSING: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class WahaFiles:
    """One for all channels."""

    def __init__(self, outbound: Outbound, timeout: float = TIMEOUT_SECONDS) -> None:
        self._outbound = outbound
        self._client = Client(outbound)
        self._timeout = timeout

    @asynccontextmanager
    async def fetch(self, at: Connection, wanted: Wanted) -> AsyncIterator[Coming]:
        """From its address; a file that has none, or is not there any more, is asked for anew."""
        url = wanted.url or await self._asked(at, wanted)
        async with self._open(at, url) as answer:
            if answer.status not in _MISSING or wanted.url is None:
                yield _coming(answer)
                return
        # WAHA removes downloaded files after a while, and downloads them again for who asks.
        async with self._open(at, await self._asked(at, wanted)) as answer:
            yield _coming(answer)

    @asynccontextmanager
    async def _open(self, at: Connection, url: str) -> AsyncIterator[Stream]:
        headers = {} if at.api_key is None else {"X-Api-Key": at.api_key}
        try:
            address = at_base(at.base_url, url)
            async with self._outbound.stream(
                "GET", address, headers=headers, timeout=self._timeout
            ) as answer:
                yield answer
        except AddressRefused as error:
            raise NoFile("refused", code="provider_address_refused") from error
        except CallFailed as error:
            raise NoFile("unreachable", code=error.reason, again=True) from error

    async def _asked(self, at: Connection, wanted: Wanted) -> str:
        """The file's address, after WAHA was told to download it."""
        chat, message = segment(chat_id(wanted.chat)), segment(wanted.provider_message_id)
        path = f"/api/{segment(at.session)}/chats/{chat}/messages/{message}"
        try:
            told = await self._client.ask(at, path, {"downloadMedia": "true"}, dict[str, Any])
        except NotSent as error:
            if error.code == "404":
                raise NoFile("gone", code=error.code, again=True) from error
            again = error.again or error.failure != "authentication"
            raise NoFile("unreachable", code=error.code, again=again) from error
        media = told.get("media")
        url = media.get("url") if isinstance(media, dict) else None
        if not isinstance(url, str) or not url:
            raise NoFile("gone", code="media_missing", again=True)
        return url


def at_base(base_url: str, url: str) -> str:
    """The address of a file at the channel's own base address.

    WAHA writes the host that it believes to have, often `localhost`. And the key goes to nobody
    but the server that the channel names.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise NoFile("refused", code="address_unreadable") from error
    query = f"?{parts.query}" if parts.query else ""
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    return f"{base_url.rstrip('/')}{path}{query}"


def _coming(answer: Stream) -> Coming:
    """Raises `NoFile` for what is no file."""
    status, code = answer.status, str(answer.status)
    if status in _MISSING:
        raise NoFile("gone", code=code, again=True)
    if status in _REFUSED:
        raise NoFile("refused", code=code, again=True)
    if status != HTTPStatus.OK:
        again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
        raise NoFile("unreachable" if again else "refused", code=code, again=again)
    length = answer.headers.get("content-length", "")
    return Coming(
        chunks=answer.chunks,
        size_bytes=int(length) if length.isdecimal() else None,
        mimetype=answer.headers.get("content-type"),
    )
