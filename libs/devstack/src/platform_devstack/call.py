"""`ventros call`: one request to the API, its answer as a terminal or a pipe wants it."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import aiohttp
import msgspec
from rich.console import Console

from platform_devstack.api import Unreachable, problem_of, told
from platform_devstack.errors import StackError

PART = "call"
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent. `headers` are the caller's own and win over ours."""

    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]


def body_of(given: str | None, stdin: BinaryIO) -> bytes | None:
    """What `-d` names: JSON, `@file`, or `-` for standard input.

    Raises:
        StackError: no such file, or no JSON.
    """
    if given is None:
        return None
    if given == "-":
        content = stdin.read()
    elif given.startswith("@"):
        try:
            content = Path(given[1:]).read_bytes()
        except OSError as error:
            raise StackError(PART, f"{given[1:]} cannot be read: {error.strerror}") from error
    else:
        content = given.encode()
    try:
        json.loads(content)
    except ValueError as error:
        raise StackError(PART, f"the body is no JSON: {error}") from error
    return content


def headers_of(given: Iterable[str]) -> dict[str, str]:
    """`-H 'Name: value'`. Raises StackError for what is none."""
    headers = {}
    for line in given:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise StackError(PART, f"{line!r} is no header, such as 'Accept: application/json'")
        headers[name.strip()] = value.strip()
    return headers


def sent_headers(request: Request, token: str) -> dict[str, str]:
    """All headers of the request; a POST is given an Idempotency-Key unless it has one."""
    sent = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    if request.body is not None:
        sent["Content-Type"] = "application/json"
    if request.method == "POST":
        sent["Idempotency-Key"] = str(uuid4())
    own = {name.lower() for name in request.headers}
    kept = {name: value for name, value in sent.items() if name.lower() not in own}
    return {**kept, **request.headers}


async def call(
    session: aiohttp.ClientSession, url: str, request: Request, token: str, *, show_head: bool
) -> int:
    """Send it and show the answer; the exit code: 0 for 2xx, else 1.

    Raises:
        Unreachable
    """
    try:
        async with session.request(
            request.method,
            url + request.path,
            data=request.body,
            headers=sent_headers(request, token),
            allow_redirects=False,
        ) as answer:
            if show_head:
                _show_head(answer)
            if answer.content_type == "application/problem+json":
                body = await answer.read()
                _show_problem(answer.status, body)
            elif "json" in answer.content_type and sys.stdout.isatty():
                _show_json(await answer.read())
            else:
                await _pass_on(answer)
            return 0 if 200 <= answer.status < 300 else 1
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Unreachable(url, error) from error


def _show_head(answer: aiohttp.ClientResponse) -> None:
    lines = [f"{answer.status} {answer.reason}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    print("\n".join(lines), end="\n\n", flush=True)


def _show_problem(status: int, body: bytes) -> None:
    """The words for a person on standard error; a program that reads the pipe gets all of it."""
    console = Console(stderr=True, soft_wrap=True)
    console.print(told(status, problem_of(body)), style="bold red", markup=False, highlight=False)
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(body)
        sys.stdout.flush()


def _show_json(body: bytes) -> None:
    if body:
        Console(soft_wrap=True).print_json(body.decode())


async def _pass_on(answer: aiohttp.ClientResponse) -> None:
    """As it comes: a list that is exported may be long."""
    async for chunk in answer.content.iter_any():
        sys.stdout.buffer.write(chunk)
        sys.stdout.flush()
