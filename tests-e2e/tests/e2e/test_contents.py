"""Every kind of content of every engine becomes a message; every fixture goes through ingress."""

import asyncio
import json
from pathlib import Path

import pytest

from ventros_e2e.crowd import somebody
from waha_simulator.contents import Content, Kind
from waha_simulator.engines import Engine

pytestmark = pytest.mark.e2e

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "waha").glob("*.json"))
AT_ONCE = 50
TYPES = {
    Kind.AD: "text",
    Kind.LIST: "interactive",
    Kind.BUTTON_REPLY: "interactive",
    Kind.LIST_REPLY: "interactive",
    Kind.INTERACTIVE_REPLY: "interactive",
}
# Direct chats in message and message.any; the group's message stays raw.
MESSAGES = {
    "message",
    "message.any",
    "message.lid_noweb",
    "message.media_failed",
    "message.noweb_from_me",
    "message.reply",
}


@pytest.mark.parametrize("engine", list(Engine))
async def test_every_kind_arrives_as_what_it_is(tenant, engine: Engine) -> None:
    provider = tenant.on(engine)
    wanted = {}
    for kind in Kind:
        message = await provider.write(somebody(kind.value), None, kind=kind)
        wanted[message.stanza] = TYPES.get(kind, kind.value)
    stored = await tenant.inbox.holds(len(wanted))
    assert {one.stanza: one.content.type for one in stored} == wanted
    told = {one.content.type: one.content.media for one in stored if one.content.media}
    assert [told[kind].duration_seconds for kind in ("video", "audio", "voice")] == [7, 7, 7]
    assert told["image"].width
    assert told["image"].height
    assert len(told["voice"].waveform) == 64
    assert not told["audio"].waveform


async def test_what_is_to_be_seen_once_and_withheld_is_a_message_that_says_so(tenant) -> None:
    withheld = Content(kind=Kind.SYSTEM, view_once=True)
    await tenant.on(Engine.NOWEB).write(somebody("Ana"), content=withheld)
    (stored,) = await tenant.inbox.holds(1)
    assert (stored.content.type, stored.content.view_once) == ("system", True)
    assert stored.content.media is None


async def test_every_fixture_posted_fifty_times_at_once_is_kept_once(tenant, database) -> None:
    for path in FIXTURES:
        body = path.read_bytes()
        answers = await asyncio.gather(*(tenant.provider.post(body) for _ in range(AT_ONCE)))
        assert {answer.status for answer in answers} == {200}, path.name
    stored = await tenant.inbox.holds(len(MESSAGES))
    stanzas = {
        json.loads(path.read_bytes())["payload"]["id"].split("_")[2]
        for path in FIXTURES
        if path.stem in MESSAGES
    }
    assert {one.stanza for one in stored} == stanzas
    raw = await database.fetchval(
        "SELECT count(*) FROM channels.raw_event WHERE project_id = $1", tenant.project_id
    )
    assert raw == len(FIXTURES)
    for schema in ("channels", "contacts", "sessions", "messaging"):
        parked = await database.fetch(
            f"SELECT consumer, code FROM {schema}.deferred WHERE tenant_id = $1",
            tenant.tenant_id,
        )
        assert parked == [], schema
