"""A token that Meta refused: nothing at all is called with it, whoever heard of it first."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_bus import Bell
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_outbound import Outbound as Calls
from platform_outbound import read_networks
from platform_postgres import Database
from platform_storage import Storage, StorageSettings
from platform_testkit import TestTenant
from ventros_channels.actions.loop import ActionsPart
from ventros_channels.adapters import actors, adapters, file_sources
from ventros_channels.media.fetch import Fetching
from ventros_channels.media.loop import FilesPart

from ..cloud import NUMBER, Created, Meta, cloud_fixture, create_number
from ..conftest import Api, Pipeline
from ..desk import Desk
from ..graph_script import Graph, answering
from .test_actions import Desk as Actions

BSUID = "BR.1A2B3C4D5E6F"
EXPIRED = (401, {"error": {"code": 190, "message": "Expired."}})
THE_NUMBER = (200, {"id": NUMBER})
NOT_ALLOWED = (403, {"error": {"code": 200, "message": "Permission is missing."}})


class Line:
    """A number with all that calls Meta for it."""

    def __init__(self, **given: Any) -> None:
        self.number: Created = given["number"]
        self.graph: Graph = given["graph"]
        self.desk: Desk = given["desk"]
        self.actions: Actions = given["actions"]
        self.files: FilesPart = given["files"]
        self.api: Api = given["api"]

    async def listing(self) -> str:
        """What a refresh of the templates answers."""
        path = f"/v1/channels/{self.number['id']}/templates/refresh"
        answer = await self.api.call("POST", path)
        return "listed" if answer.is_success else str(answer.json()["code"])

    async def say(self, text: str) -> None:
        await self.desk.hand_over(self.desk.asked(text, chat=BSUID))
        await self.desk.hurry()
        await self.desk.turn()

    async def shown(self) -> str | None:
        answer = await self.api.call("GET", f"/v1/channels/{self.number['id']}")
        status: str | None = answer.json()["connection_status"]
        return status

    async def replace_token(self, heard: tuple[int, Any] = THE_NUMBER) -> str | None:
        """What is shown of the connection once Meta answered so to the new one."""
        self.graph.answers = [heard]
        token = {"whatsapp_cloud": {"access_token": f"another-token-{new_id()}"}}
        path = f"/v1/channels/{self.number['id']}"
        answer = await self.api.call("PATCH", path, json=token)
        assert answer.status_code == 200
        assert self.graph.answers == []
        status: str | None = answer.json()["connection_status"]
        assert status == await self.shown()
        return status


@pytest.fixture
async def line(
    tenant: TestTenant,
    database: Database,
    vault: Vault,
    api: Api,
    client: httpx.AsyncClient,
    pipeline: Pipeline,
    tmp_path: Path,
) -> AsyncIterator[Line]:
    calls = Calls(allow=read_networks("TEST", "127.0.0.1/32"), timeout=2.0)
    storage = Storage(StorageSettings(storage_url=(tmp_path / "files").as_uri()))
    async with answering() as graph:
        number = await create_number(api, whatsapp_cloud={"base_url": graph.url})
        desk = Desk(tenant, database, vault, UUID(number["id"]))
        desk.provider = adapters(calls)["whatsapp_cloud"]  # type: ignore[assignment]
        actions = Actions(tenant, database, vault, UUID(number["id"]))
        actions.part = ActionsPart(database, vault, actors(calls), Bell())
        fetching = Fetching(database, vault, file_sources(calls), storage, limit=10_000)
        assert (await Meta(client).post(number, cloud_fixture("image"))).status_code == 200
        await pipeline.deliver()
        yield Line(
            number=number,
            graph=graph,
            desk=desk,
            actions=actions,
            files=FilesPart(database, fetching, Bell()),
            api=api,
        )
    await calls.close()


async def _nothing_is_called(line: Line) -> None:
    calls = len(line.graph.asked)
    await line.say("um")
    assert (await line.desk.states())[-1] == "failed"
    await line.actions.ask("seen")
    await line.actions.part.run_once()
    (*_, (kind, said)) = await line.actions.said()
    assert (kind, said["failure"]) == ("channel.action_failed.v1", "authentication")
    assert await line.listing() == "provider_key_refused"
    await line.files.run_once()
    assert len(line.graph.asked) == calls
    assert await line.shown() == "UNAUTHORIZED"


async def test_heard_of_by_a_file(line: Line) -> None:
    line.graph.answers = [EXPIRED]
    assert await line.files.run_once() == 1
    await _nothing_is_called(line)
    await line.replace_token()
    url = f"{line.graph.url}/file"
    line.graph.answers = [(200, {"url": url, "mime_type": "image/jpeg"}), (200, b"\xff\xd8\xff")]
    assert await line.files.run_once() == 1, "what waited for the key is due"
    assert await line.files.run_once() == 0
    assert line.graph.answers == []


async def test_heard_of_by_an_act_on_a_message(line: Line) -> None:
    line.graph.answers = [EXPIRED]
    await line.actions.ask("seen")
    await line.actions.part.run_once()
    await _nothing_is_called(line)


async def test_heard_of_by_a_listing(line: Line) -> None:
    line.graph.answers = [EXPIRED]
    assert await line.listing() == "provider_key_refused"
    await _nothing_is_called(line)
    await line.replace_token()
    line.graph.answers = [(200, {"data": []})]
    assert await line.listing() == "listed"


async def test_a_token_that_may_not_list_templates_still_sends(line: Line) -> None:
    line.graph.answers = [NOT_ALLOWED]
    assert await line.listing() == "provider_key_refused"
    await line.say("um")
    assert await line.desk.states() == ["sent"]


async def _refused(line: Line) -> None:
    line.graph.answers = [EXPIRED]
    await line.listing()
    assert await line.shown() == "UNAUTHORIZED"


async def test_a_new_token_is_tried_at_once(line: Line, pipeline: Pipeline) -> None:
    await _refused(line)
    assert await line.replace_token() == "WORKING"
    tried = line.graph.asked[-1]
    assert (tried.method, tried.path.rpartition("/")[2]) == ("GET", NUMBER)
    assert "another-token-" in tried.authorization
    said = [
        msgspec.json.decode(one.data)["status"]
        for one in await pipeline.events()
        if one.type == "channel.connection_changed.v1"
    ]
    assert said == ["UNAUTHORIZED", "WORKING"]


async def test_a_new_token_that_is_refused_as_well(line: Line) -> None:
    await _refused(line)
    assert await line.replace_token(EXPIRED) == "UNAUTHORIZED"
    await _nothing_is_called(line)
    assert await line.replace_token() == "WORKING"
    await line.say("dois")
    assert (await line.desk.states())[-1] == "sent"


async def test_a_new_token_that_may_not_read_the_number(line: Line) -> None:
    await _refused(line)
    assert await line.replace_token(NOT_ALLOWED) == "WORKING"


@pytest.mark.parametrize("heard", [(0, None), (503, {}), (200, {"strange": 1}), (400, {})])
async def test_meta_says_nothing_of_a_new_token(line: Line, heard: tuple[int, Any]) -> None:
    await _refused(line)
    assert await line.replace_token(heard) == "UNAUTHORIZED"
    await line.say("um")
    assert await line.desk.states() == ["sent"]
    assert await line.shown() == "WORKING"


async def test_a_new_token_says_nothing_of_a_number_that_was_never_refused(line: Line) -> None:
    assert await line.replace_token() is None
