"""A client of the public API, as an integrator would write one."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Struct

T = TypeVar("T")
PAGE = 200


class Problem(Exception):
    """A problem+json answer, or one that is none."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class Me(Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    tenant_id: str
    project_id: str


class Channel(Struct, frozen=True, kw_only=True):
    """A connected number; the webhook's address and key are for the provider's configuration."""

    id: str
    name: str
    type: str
    status: str
    webhook_url: str | None = None


class Contact(Struct, frozen=True, kw_only=True):
    """A person; `phone` is in E.164, absent where none is known."""

    id: str
    name: str | None = None
    phone: str | None = None


class Identity(Struct, frozen=True, kw_only=True):
    """One address of a contact."""

    kind: str
    value: str


class Session(Struct, frozen=True, kw_only=True):
    """A conversation that is open or was."""

    id: str
    contact_id: str
    channel_id: str
    status: str
    started_at: datetime
    ended_at: datetime | None = None


class Content(Struct, frozen=True, kw_only=True):
    """What a message says."""

    type: str
    text: str | None = None


class Message(Struct, frozen=True, kw_only=True):
    """One message of a timeline."""

    id: str
    session_id: str
    contact_id: str
    direction: str
    content: Content


class _Page(Struct, frozen=True, kw_only=True):
    items: list[msgspec.Raw]
    next_cursor: str | None


class _Failure(Struct, frozen=True, kw_only=True):
    code: str = "no_code"
    detail: str = ""


class Api:
    """Signs in once and calls with the token. Raises Problem for everything that is not 2xx."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self.url = url.rstrip("/")
        self._client = client
        self._headers: dict[str, str] = {}

    async def sign_in(self, email: str, password: str) -> None:
        """Get an access token for the demo's user, or another."""
        body = {"email": email, "password": password}
        answer = await self.call("POST", "/v1/auth/sign-in", body)
        token = msgspec.json.decode(answer, type=dict[str, Any])["access_token"]
        self.use_token(token)

    def use_token(self, token: str) -> None:
        """Call with this access token from now on."""
        self._headers = {"Authorization": f"Bearer {token}"}

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """One request; the body of its answer."""
        data = None if body is None else msgspec.json.encode(body)
        named = {**self._headers, **(headers or {})}
        if data is not None:
            named["Content-Type"] = "application/json"
        async with self._client.request(
            method, self.url + path, data=data, params=query, headers=named
        ) as answer:
            content = await answer.read()
            if answer.status >= 300:
                raise _problem(answer.status, content)
            return content

    async def get(self, path: str, shape: type[T], **query: str) -> T:
        """Read one thing."""
        return msgspec.json.decode(await self.call("GET", path, query=query), type=shape)

    async def send(self, method: str, path: str, body: object, shape: type[T]) -> T:
        """Change one thing and read the answer."""
        return msgspec.json.decode(await self.call(method, path, body), type=shape)

    async def pages(self, path: str, shape: type[T], **query: str) -> AsyncIterator[T]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            asked = {**query, "limit": str(PAGE)} | ({} if cursor is None else {"cursor": cursor})
            page = await self.get(path, _Page, **asked)
            for item in page.items:
                yield msgspec.json.decode(item, type=shape)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def every(self, path: str, shape: type[T], **query: str) -> list[T]:
        """A whole list."""
        return [item async for item in self.pages(path, shape, **query)]


def _problem(status: int, content: bytes) -> Problem:
    try:
        failure = msgspec.json.decode(content, type=_Failure)
    except msgspec.MsgspecError:
        failure = _Failure(detail=content[:200].decode(errors="replace"))
    return Problem(status, failure.code, failure.detail)


def segment(text: str) -> str:
    """A value as one segment of a path."""
    return quote(text, safe="")
