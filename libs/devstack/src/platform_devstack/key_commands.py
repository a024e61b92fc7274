"""`ventros keys`: list, create and revoke API keys."""

import asyncio
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from platform_devstack.api import Refused
from platform_devstack.login import Account

PATH: Final = "/v1/api-keys"
_PAGE: Final = 100
_WIDE: Final = 150
_PIPE_WIDTH: Final = 400
_STYLES: Final = {"active": "green", "expired": "yellow", "revoked": "dim"}


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as the API shows it."""

    id: UUID
    name: str
    state: str
    scopes: list[str]
    created_by: UUID
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Key]
    next_cursor: str | None


class _Created(msgspec.Struct, frozen=True, kw_only=True):
    key: Key
    secret: str


class _User(msgspec.Struct, frozen=True, kw_only=True):
    email: str


async def show(account: Account, console: Console, state: str | None) -> int:
    """A table of the keys."""
    token, keys, cursor = await account.token(), list[Key](), ""
    while True:
        query = {"limit": str(_PAGE), "state": state or "", "cursor": cursor}
        asked = urlencode({name: value for name, value in query.items() if value})
        answer = await account.api.send("GET", f"{PATH}?{asked}", token=token)
        page = msgspec.json.decode(answer, type=_Page)
        keys += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    if not keys:
        console.print("there are no API keys; make one with `ventros keys create`")
        return 0
    creators = {key.created_by for key in keys}
    names = dict(zip(creators, await _names(account, token, creators), strict=True))
    if not console.is_terminal:
        # A program reads lines; nothing is folded for it.
        console.width = _PIPE_WIDTH
    console.print(_table(keys, names, wide=console.width >= _WIDE))
    return 0


def _table(keys: list[Key], names: dict[UUID, str], *, wide: bool) -> Table:
    """A line a key; on a narrow screen, what is long stands one below the other."""
    table = Table(box=None, pad_edge=False)
    headings = ("id", "name", "scopes", "made by") if wide else ("key",)
    for heading in (*headings, "state", "expires", "last used"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"id", "state", "expires"})
    for key in keys:
        words = (str(key.id), key.name, " ".join(key.scopes), names[key.created_by])
        table.add_row(
            *map(Text, words if wide else ["\n".join((words[1], words[0], *words[2:]))]),
            Text(key.state, style=_STYLES.get(key.state, "")),
            "never" if key.expires_at is None else f"{key.expires_at.astimezone():%Y-%m-%d}",
            _last_use(key, between=" " if wide else "\n"),
        )
    return table


async def create(
    account: Account, warn: Console, name: str, scopes: list[str], days: int | None
) -> int:
    """The new key's text, alone on standard output: it can go into a pipe, and is shown once."""
    body = {"name": name, "scopes": scopes, "expires_in_days": days}
    answer = await account.api.send(
        "POST",
        PATH,
        body,
        token=await account.token(),
        headers={"Idempotency-Key": str(uuid4())},
    )
    made = msgspec.json.decode(answer, type=_Created)
    print(made.secret, flush=True)
    until = "does not expire" if made.key.expires_at is None else f"expires in {days} days"
    words = f"{made.key.id} {until}; its text is shown this once"
    warn.print(words, style="dim", highlight=False, soft_wrap=True)
    return 0


async def revoke(account: Account, console: Console, key_id: UUID) -> int:
    """Refused everywhere within a second."""
    await account.api.send("DELETE", f"{PATH}/{key_id}", token=await account.token())
    console.print(f"{key_id} is revoked", highlight=False)
    return 0


async def _names(account: Account, token: str, users: set[UUID]) -> list[str]:
    async def name(user_id: UUID) -> str:
        try:
            answer = await account.api.send("GET", f"/v1/users/{user_id}", token=token)
        except Refused:
            return str(user_id)
        return msgspec.json.decode(answer, type=_User).email

    return await asyncio.gather(*map(name, users))


def _last_use(key: Key, *, between: str) -> str:
    if key.last_used_at is None:
        return "not yet"
    place = [] if key.last_used_address is None else [key.last_used_address]
    return between.join([f"{key.last_used_at.astimezone():%Y-%m-%d %H:%M}", *place])
