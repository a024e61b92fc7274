"""The public API as the commands use it: every request has a deadline, every refusal its words."""

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import msgspec

from platform_devstack.errors import StackError

PART: Final = "API"
TIMEOUT: Final = aiohttp.ClientTimeout(total=60, sock_connect=5)


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a request, and where."""

    code: str = ""
    detail: str = ""
    pointer: str = ""
    parameter: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What problem+json says."""

    code: str
    detail: str = ""
    request_id: str = ""
    errors: list[FieldError] = []


class Refused(Exception):
    """The API said no."""

    def __init__(self, status: int, body: bytes, retry_after: float | None = None) -> None:
        problem = problem_of(body)
        self.status = status
        self.body = body
        self.code = problem.code if problem is not None else ""
        self.retry_after = retry_after
        super().__init__(told(status, problem))


def problem_of(body: bytes) -> Problem | None:
    """The problem that a body tells of, if it is one."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.MsgspecError:
        return None


def told(status: int, problem: Problem | None) -> str:
    """A refusal as a person reads it: status, code, words, request id; then a line a field."""
    if problem is None:
        return f"{status}: no explanation came with it"
    lines = [f"{status} {problem.code}: {problem.detail}"]
    if problem.request_id:
        lines[0] += f" (request {problem.request_id})"
    lines += [f"  {one.pointer or one.parameter}: {one.detail}" for one in problem.errors]
    return "\n".join(lines)


class Api:
    """One address, with or without a caller."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of the answer. Raises `Refused` and `Unreachable`."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = msgspec.json.encode(body)
            sent["Content-Type"] = "application/json"
        try:
            async with self.session.request(
                method, self.url + path, data=data, headers=sent, allow_redirects=False
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(self.url, error) from error
        if answer.status >= 300:
            raise Refused(answer.status, content, retry_after(answer))
        return content


class Unreachable(StackError):
    """Nobody answers there."""

    def __init__(self, url: str, error: Exception) -> None:
        super().__init__(PART, f"{url} does not answer ({type(error).__name__})")


def retry_after(answer: aiohttp.ClientResponse) -> float | None:
    """After how many seconds to try again, if the answer says so."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
