"""Files at the Cloud API: asked for by their id, then fetched from the address that is told.

The address lives for some minutes and wants the token as well.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import msgspec

from platform_outbound import AddressRefused, CallFailed, Outbound, Stream
from platform_outbound.call import Answer
from ventros_channels.adapters.whatsapp_cloud.client import Client, failure_of, is_key_invalid
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.files import Coming, NoFile, Wanted

TIMEOUT_SECONDS: Final = 300.0
"""Seconds that one file may take."""
_META: Final = (".facebook.com", ".fbsbx.com", ".whatsapp.net")
_MISSING: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class _Told(msgspec.Struct, frozen=True):
    url: str
    mime_type: str | None = None


class CloudFiles:
    """One for all numbers."""

    def __init__(self, outbound: Outbound, timeout: float = TIMEOUT_SECONDS) -> None:
        self._outbound = outbound
        self._client = Client(outbound)
        self._timeout = timeout

    @asynccontextmanager
    async def fetch(self, at: Connection, wanted: Wanted) -> AsyncIterator[Coming]:
        """The file of this id. Raises `NoFile`."""
        told = await self._address(at, wanted.file_id)
        headers = {"Authorization": f"Bearer {at.api_key or ''}"}
        try:
            async with self._outbound.stream(
                "GET", told.url, headers=headers, timeout=self._timeout
            ) as answer:
                yield _coming(answer, told)
        except AddressRefused as error:
            raise NoFile("refused", code="provider_address_refused") from error
        except CallFailed as error:
            raise NoFile("unreachable", code=error.reason, again=True) from error

    async def _address(self, at: Connection, file_id: str | None) -> _Told:
        if file_id is None or not file_id.isalnum():
            raise NoFile("gone", code="media_missing")
        try:
            answer = await self._client.exchange(
                at, "GET", f"{file_id}?phone_number_id={at.session}"
            )
        except AddressRefused as error:
            raise NoFile("refused", code="provider_address_refused") from error
        except CallFailed as error:
            raise NoFile("unreachable", code=error.reason, again=True) from error
        if answer.status != HTTPStatus.OK:
            raise _refused(answer)
        try:
            told = msgspec.json.decode(answer.body, type=_Told)
        except msgspec.MsgspecError as error:
            raise NoFile("unreachable", code="answer_unreadable", again=True) from error
        if not _is_metas(told.url, at.base_url):
            raise NoFile("refused", code="address_unknown")
        return told


def _refused(answer: Answer) -> NoFile:
    """What an answer that is not 200 means."""
    failure = failure_of(answer)
    code = str(answer.status) if failure is None else failure.code
    if is_key_invalid(answer.status, failure):
        return NoFile("refused", code=code, again=True, key_invalid=True)
    if answer.status in _MISSING:
        return NoFile("gone", code=code)
    away = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    again = away or (failure is not None and failure.kind.again)
    refused = failure is not None and failure.kind.failure == "authentication"
    if again or refused or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return NoFile("refused" if refused else "unreachable", code=code, again=True)
    return NoFile("gone", code=code)


def _is_metas(url: str, base_url: str) -> bool:
    """Whether the token may go there: to Meta, or to the server that the channel names."""
    try:
        there, base = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return False
    if (there.scheme, there.netloc) == (base.scheme, base.netloc):
        return True
    return there.scheme == "https" and (there.hostname or "").endswith(_META)


def _coming(answer: Stream, told: _Told) -> Coming:
    """Raises `NoFile` for what is no file."""
    status, code = answer.status, str(answer.status)
    if status in _MISSING:
        # The address had run out; there is a new one for who asks.
        raise NoFile("gone", code=code, again=True)
    if status != HTTPStatus.OK:
        raise NoFile("refused" if status in _REFUSED else "unreachable", code=code, again=True)
    length = answer.headers.get("content-length", "")
    return Coming(
        chunks=answer.chunks,
        size_bytes=int(length) if length.isdecimal() else None,
        mimetype=told.mime_type or answer.headers.get("content-type"),
    )
