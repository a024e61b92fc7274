"""Who the commands act as: tokens in `.ventros/login.json`, refreshed by themselves.

A refresh token is good once, and a second use of it ends the sign-in: commands that run at the same
time take turns, by a lock of the state folder.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from platform_devstack import demo_tenant
from platform_devstack.api import Api, Refused
from platform_devstack.errors import StackError
from platform_devstack.services import GATEWAY, Surroundings
from platform_devstack.state import StateFile

FILE: Final = "login.json"
PART: Final = "login"
# A token that ends sooner is not used any more.
SPARE_SECONDS: Final = 30.0
LOCK_SECONDS: Final = 60.0

SIGN_IN: Final = "/v1/auth/sign-in"
REFRESH: Final = "/v1/auth/refresh"
SECOND_FACTOR: Final = "/v1/auth/second-factor"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in as it is kept. `expires_at` is the access token's end, in seconds since 1970.

    `url` is None for the stack of this clone, whose port may be another tomorrow.
    """

    email: str
    access_token: str
    refresh_token: str
    expires_at: float
    url: str | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What identity answers to a sign-in and to a refresh."""

    access_token: str
    refresh_token: str
    expires_in: int


class _Challenge(msgspec.Struct, frozen=True, kw_only=True):
    challenge: str


class SecondFactorNeeded(Exception):
    """The password was right, and a code is needed as well."""

    def __init__(self, challenge: str) -> None:
        super().__init__("a second factor is needed")
        self.challenge = challenge


class LoginFile:
    """The login of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE

    def read(self) -> Login | None:
        """What is kept, if anything is."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Login)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise StackError(PART, f"{self._path} cannot be read; sign in again") from error

    def write(self, login: Login) -> None:
        """Keep it, for its owner's eyes only."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(login)))
        beside.replace(self._path)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Keep other commands from using the tokens. Raises StackError after a minute."""
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            lock = StateFile(self._folder).lock(PART, wait=False)
            try:
                lock.__enter__()
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StackError(PART, "another command holds the login") from None
                await asyncio.sleep(0.05)
        try:
            yield
        finally:
            lock.__exit__(None, None, None)


async def sign_in(api: Api, email: str, password: str) -> Tokens:
    """Sign in. Raises `Refused`, and `SecondFactorNeeded`."""
    try:
        answer = await api.send("POST", SIGN_IN, {"email": email, "password": password})
    except Refused as refused:
        if refused.code != "second_factor_required":
            raise
        asked = msgspec.json.decode(refused.body, type=_Challenge)
        raise SecondFactorNeeded(asked.challenge) from refused
    return msgspec.json.decode(answer, type=Tokens)


async def prove(api: Api, challenge: str, code: str) -> Tokens:
    """The second half of a sign-in. Raises `Refused`."""
    answer = await api.send("POST", SECOND_FACTOR, {"challenge": challenge, "code": code})
    return msgspec.json.decode(answer, type=Tokens)


def kept(tokens: Tokens, email: str, url: str | None) -> Login:
    """What is kept of an answer."""
    return Login(
        email=email,
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_at=time.time() + tokens.expires_in,
        url=url,
    )


class Account:
    """The API as somebody. Without a login it is the demo's, who needs no questions."""

    def __init__(self, around: Surroundings, api: Api) -> None:
        self._around = around
        self._file = LoginFile(around.layout.state)
        self.api = api

    async def token(self, *, refused: str | None = None) -> str:
        """An access token that is good for a while; another one than the `refused` one.

        Raises:
            StackError: the sign-in has ended.
        """
        async with self._file.turn():
            # Another command may have refreshed it while we waited.
            login = self._file.read()
            if login is None:
                login = await self._demo()
            elif login.expires_at - time.time() < SPARE_SECONDS or login.access_token == refused:
                login = await self._refreshed(login)
            return login.access_token

    async def _refreshed(self, login: Login) -> Login:
        try:
            body = {"refresh_token": login.refresh_token}
            answer = await self.api.send("POST", REFRESH, body)
        except Refused as refused:
            if refused.status != 401:
                raise
            if login.email == demo_tenant.EMAIL and login.url is None:
                return await self._demo()
            raise StackError(PART, f"{login.email} is signed out; use `ventros login`") from refused
        login = kept(msgspec.json.decode(answer, type=Tokens), login.email, login.url)
        self._file.write(login)
        return login

    async def _demo(self) -> Login:
        login = kept(await sign_in_demo(self.api, self._around), demo_tenant.EMAIL, None)
        self._file.write(login)
        return login


async def sign_in_demo(api: Api, around: Surroundings) -> Tokens:
    """Sign in as the demo's user. Raises StackError where there is no demo tenant."""
    if not (around.layout.state / "seeded").exists():
        raise StackError(PART, "there is no demo tenant here; say --email and --password-stdin")
    try:
        return await sign_in(api, demo_tenant.EMAIL, demo_tenant.password(around))
    except SecondFactorNeeded as error:
        why = f"{demo_tenant.EMAIL} has a second factor; use `ventros login --email`"
        raise StackError(PART, why) from error


def address(around: Surroundings, login: Login | None, url: str | None = None) -> str:
    """Where the API is: as asked for, as the login says, or this clone's stack.

    Raises:
        StackError: nothing says where.
    """
    given = url or (login.url if login is not None else None)
    if given is not None:
        return given.rstrip("/")
    if GATEWAY not in around.ports:
        raise StackError(PART, "no stack was started here; start it with `make up`, or say --url")
    return around.url(GATEWAY)
