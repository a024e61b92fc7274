"""A key of WAHA that was replaced is tried at once, and the session's status is shown."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ..conftest import Api
from ..waha_script import Script, listening

SESSION = "GET /api/sessions/loja"
WORKS = (200, {"name": "loja", "status": "WORKING"})
REFUSED = (401, {"message": "Unauthorized"})


class Channel:
    """A channel of a WAHA that answers as it is told."""

    def __init__(self, api: Api, waha: Script, id_: str) -> None:
        self.waha = waha
        self.path = f"/v1/channels/{id_}"
        self._api = api

    async def replace(self, key: str | None = "another", **more: Any) -> str | None:
        """What is shown after the change."""
        answer = await self._api.call("PATCH", self.path, json={"api_key": key, **more})
        assert answer.status_code == 200, answer.text
        return await self._status(answer.json())

    async def _status(self, shown: dict[str, Any]) -> str | None:
        now = (await self._api.call("GET", self.path)).json()
        assert shown["version"] == now["version"]
        status: str | None = now["connection_status"]
        return status


@pytest.fixture
async def channel(api: Api) -> AsyncIterator[Channel]:
    async with listening() as waha:
        config = {"base_url": waha.url, "session": "loja"}
        made = await api.create(config=config, api_key="the-key")
        yield Channel(api, waha, made["id"])


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (WORKS, "WORKING"),
        ((200, {"name": "loja", "status": "SCAN_QR_CODE"}), "SCAN_QR_CODE"),
        ((404, {}), "STOPPED"),
        (REFUSED, "UNAUTHORIZED"),
        ((503, {}), None),
    ],
)
async def test_what_waha_says_is_shown(
    channel: Channel, answer: tuple[int, Any], shown: str | None
) -> None:
    channel.waha.answers[SESSION] = answer
    assert await channel.replace() == shown
    assert channel.waha.keys == {"another"}


async def test_a_key_that_is_right_ends_what_a_wrong_one_began(channel: Channel) -> None:
    channel.waha.answers[SESSION] = [REFUSED, WORKS]
    assert await channel.replace("wrong") == "UNAUTHORIZED"
    assert await channel.replace("right") == "WORKING"


async def test_nobody_is_called_without_a_new_key_or_for_an_inactive_channel(
    channel: Channel,
) -> None:
    await channel.replace(None)
    await channel.replace("another", status="inactive")
    assert channel.waha.asked == []


async def test_what_is_heard_of_a_key_that_is_no_more_is_not_shown(channel: Channel) -> None:
    channel.waha.answers[SESSION] = [WORKS, REFUSED]
    called, go_on = asyncio.Event(), asyncio.Event()
    channel.waha.gate = (called, go_on)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(channel.replace("wrong"))
        await called.wait()
        channel.waha.gate = None
        assert await channel.replace("right") == "WORKING"
        go_on.set()
    assert first.result() == "WORKING"
