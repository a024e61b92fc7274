"""A client of the public API, as an integrator would write one."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import TypeVar

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


class SignedIn(Struct, frozen=True, kw_only=True):
    """The answer to a sign-in."""

    access_token: str
    tenant_id: str
    project_id: str


class Project(Struct, frozen=True, kw_only=True):
    """A part of a tenant with contacts and channels of its own."""

    id: str
    name: str


class Channel(Struct, frozen=True, kw_only=True):
    """A connected number; the provider posts to `webhook_url`."""

    id: str
    name: str
    type: str
    status: str
    external_id: str
    webhook_url: str


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
    outbound_messages: int = 0


class Media(Struct, frozen=True, kw_only=True):
    """What the provider says of the file of a message."""

    duration_seconds: int | None = None
    width: int | None = None
    height: int | None = None
    waveform: list[int] = []


class Content(Struct, frozen=True, kw_only=True):
    """What a message says."""

    type: str
    text: str | None = None
    media: Media | None = None
    view_once: bool = False


class Message(Struct, frozen=True, kw_only=True):
    """One message of a timeline; `stanza` is the last part of the provider's id."""

    id: str
    session_id: str
    contact_id: str
    direction: str
    content: Content
    stanza: str
    occurred_at: datetime
    status: str = ""
    source: str = ""


class Outgoing(Struct, frozen=True, kw_only=True):
    """A message of ours on its way."""

    id: str
    status: str
    failure: str | None = None


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
        self._credentials: dict[str, str] | None = None
        self.headers: dict[str, str] = {}

    async def sign_in(self, email: str, password: str, project_id: str | None = None) -> SignedIn:
        """Get an access token, and another one when it has expired.

        Without a project, the tenant's first one is signed in to.
        """
        self._credentials = {"email": email, "password": password}
        if project_id is not None:
            self._credentials["project_id"] = project_id
        return await self._sign_in(self._credentials)

    async def _sign_in(self, credentials: Mapping[str, str]) -> SignedIn:
        self.headers = {}
        answer = await self._request("POST", "/v1/auth/sign-in", credentials, None)
        signed_in = msgspec.json.decode(answer, type=SignedIn)
        self.headers = {"Authorization": f"Bearer {signed_in.access_token}"}
        return signed_in

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """One request; the body of its answer."""
        try:
            return await self._request(method, path, body, query, headers)
        except Problem as problem:
            if problem.status != 401 or self._credentials is None:
                raise
        await self._sign_in(self._credentials)
        return await self._request(method, path, body, query, headers)

    async def _request(
        self,
        method: str,
        path: str,
        body: object,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        kind = {} if data is None else {"Content-Type": "application/json"}
        async with self._client.request(
            method,
            self.url + path,
            data=data,
            params=query,
            headers={**self.headers, **kind, **(headers or {})},
        ) as answer:
            content = await answer.read()
            if answer.status >= 300:
                raise _problem(answer.status, content)
            return content

    async def get(self, path: str, shape: type[T], **query: str) -> T:
        """Read one thing."""
        return msgspec.json.decode(await self.call("GET", path, query=query), type=shape)

    async def send(
        self, method: str, path: str, body: object, shape: type[T], *, key: str | None = None
    ) -> T:
        """Change one thing, once if there is a key, and read the answer."""
        headers = {} if key is None else {"Idempotency-Key": key}
        answer = await self.call(method, path, body, headers=headers)
        return msgspec.json.decode(answer, type=shape)

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
