"""`ventros login`, `call`, `keys`, `tail`: the public API as somebody."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import aiohttp
from rich.console import Console

from platform_devstack import demo_tenant, key_commands, login
from platform_devstack.api import TIMEOUT, Api, Refused
from platform_devstack.call import METHODS, Request, body_of, call, headers_of
from platform_devstack.errors import StackError
from platform_devstack.login import Account, LoginFile
from platform_devstack.screen import show_error
from platform_devstack.services import Surroundings
from platform_devstack.stack import Stack
from platform_devstack.tail import Told, follow, line_of

Act = Callable[[Surroundings, aiohttp.ClientSession, Console, argparse.Namespace], Awaitable[int]]


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; `run` of the result does what they ask for."""
    parser = argparse.ArgumentParser(prog="ventros", description=__doc__)
    parser.set_defaults(run=_run)
    commands = parser.add_subparsers(required=True, metavar="command")

    sign_in = commands.add_parser("login", help="sign in; without more, as the demo's user")
    sign_in.add_argument("--email", help="as whom; a password is asked for")
    sign_in.add_argument("--password-stdin", action="store_true", help="read it from a pipe")
    sign_in.add_argument("--code", help="of the second factor; asked for when it is needed")
    sign_in.add_argument("--url", help="the API, when it is not this clone's stack")
    sign_in.set_defaults(act=_login)

    request = commands.add_parser("call", help="send one request to the API")
    request.add_argument("method", type=str.upper, choices=METHODS)
    request.add_argument("path", help="such as '/v1/contacts?limit=5'")
    request.add_argument("-d", "--data", help="JSON, @file, or - for standard input")
    request.add_argument("-H", "--header", action="append", default=[], metavar="'Name: value'")
    request.add_argument("-i", "--include", action="store_true", help="show status and headers")
    request.add_argument("--key", help="an API key, instead of the login")
    request.set_defaults(act=_call)

    keys = commands.add_parser("keys", help="API keys").add_subparsers(
        required=True, metavar="action"
    )
    listed = keys.add_parser("list", help="the keys to the project")
    listed.add_argument("--state", choices=["active", "expired", "revoked"])
    listed.set_defaults(act=_list_keys)
    created = keys.add_parser("create", help="make one; its text alone is on standard output")
    created.add_argument("name")
    created.add_argument("--scope", action="append", required=True, help="such as contact:read")
    created.add_argument("--days", type=int, help="1 to 400; without them it does not expire")
    created.set_defaults(act=_create_key)
    revoked = keys.add_parser("revoke", help="refuse one from now on")
    revoked.add_argument("id", type=UUID)
    revoked.set_defaults(act=_revoke_key)

    tail = commands.add_parser("tail", help="watch what happens, a line an event")
    tail.add_argument("--type", action="append", default=[], help="such as contact.*; repeatable")
    tail.add_argument("--json", action="store_true", help="each event as it came, one a line")
    tail.add_argument("--since", default="", metavar="ID", help="go on behind this event")
    tail.set_defaults(act=_tail)
    return parser.parse_args(argv)


def _run(stack: Stack, console: Console, arguments: argparse.Namespace) -> int:
    async def act() -> int:
        async with aiohttp.ClientSession(
            timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        ) as session:
            code: int = await arguments.act(stack.surroundings(), session, console, arguments)
            return code

    # What goes wrong is told beside the output, which may be read by a program.
    errors = Console(stderr=True)
    try:
        return asyncio.run(act())
    except Refused as refused:
        show_error(errors, StackError("API", str(refused)))
    except StackError as error:
        show_error(errors, error)
    return 1


async def _login(
    around: Surroundings,
    session: aiohttp.ClientSession,
    console: Console,
    given: argparse.Namespace,
) -> int:
    url = login.address(around, None, given.url)
    api = Api(session, url)
    if given.email is None and given.url is None:
        email, tokens = demo_tenant.EMAIL, await login.sign_in_demo(api, around)
    elif given.email is None:
        raise StackError(login.PART, "say --email as well: another address has another demo")
    else:
        email, password = given.email, _password(given)
        try:
            tokens = await login.sign_in(api, email, password)
        except login.SecondFactorNeeded as needed:
            tokens = await login.prove(api, needed.challenge, given.code or _code())
    file = LoginFile(around.layout.state)
    async with file.turn():
        file.write(login.kept(tokens, email, given.url))
    console.print(f"signed in as {email} at {url}", highlight=False, soft_wrap=True)
    return 0


def _password(given: argparse.Namespace) -> str:
    if given.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise StackError(login.PART, "nobody is there to ask; say --password-stdin")
    return getpass.getpass(f"password of {given.email}: ")


def _code() -> str:
    if not sys.stdin.isatty():
        raise StackError(login.PART, "a second factor is needed; say --code")
    return input("code of the second factor: ").strip()


def _account(around: Surroundings, session: aiohttp.ClientSession) -> Account:
    kept = LoginFile(around.layout.state).read()
    return Account(around, Api(session, login.address(around, kept)))


async def _call(
    around: Surroundings, session: aiohttp.ClientSession, _: Console, given: argparse.Namespace
) -> int:
    if not given.path.startswith("/"):
        raise StackError("call", f"{given.path!r} is no path, such as /v1/contacts")
    request = Request(
        method=given.method,
        path=given.path,
        body=body_of(given.data, sys.stdin.buffer),
        headers=headers_of(given.header),
    )
    account = _account(around, session)
    token = given.key or await account.token()
    return await call(session, account.api.url, request, token, show_head=given.include)


async def _list_keys(
    around: Surroundings,
    session: aiohttp.ClientSession,
    console: Console,
    given: argparse.Namespace,
) -> int:
    return await key_commands.show(_account(around, session), console, given.state)


async def _create_key(
    around: Surroundings, session: aiohttp.ClientSession, _: Console, given: argparse.Namespace
) -> int:
    account, warn = _account(around, session), Console(stderr=True)
    return await key_commands.create(account, warn, given.name, given.scope, given.days)


async def _revoke_key(
    around: Surroundings,
    session: aiohttp.ClientSession,
    console: Console,
    given: argparse.Namespace,
) -> int:
    return await key_commands.revoke(_account(around, session), console, given.id)


async def _tail(
    around: Surroundings, session: aiohttp.ClientSession, _: Console, given: argparse.Namespace
) -> int:
    warn = Console(stderr=True)

    def say(told: Told) -> None:
        print(told.data if given.json else line_of(told), flush=True)

    def complain(why: str) -> None:
        warn.print(why, style="dim", markup=False, highlight=False, soft_wrap=True)

    account = _account(around, session)
    await follow(account, types=given.type, since=given.since, say=say, warn=complain)
    return 0
