"""What WAHA tells beside messages: told once, whatever comes twice, late or under two names."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from platform_core.clock import utc_now
from platform_postgres import Database
from proto_events.channels import ChannelConnectionChanged
from proto_events.provider_facts import (
    ChannelGroupMessageReceived,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
)
from ventros_channels.events.replay import replay
from ventros_channels.events.waha.parse_event import FACT_EVENTS
from ventros_channels.store.raw_events import Wanted

from ..conftest import FIXTURES, Api, Pipeline, Webhooks, changed, fixture

STATUS = fixture("session.status")
TOLD_WITHOUT_GROUPS = 32
"""All fixtures of facts but the acknowledgement in a group."""


async def facts(pipeline: Pipeline) -> list[tuple[str, bytes]]:
    """What was told beside the channel itself, as (type, data)."""
    return [
        (envelope.type, bytes(envelope.data))
        for envelope in await pipeline.events()
        if envelope.type.split(".")[1] not in ("created", "updated", "deleted")
    ]


async def told(pipeline: Pipeline, struct: Any) -> list[Any]:
    """The facts of one type."""
    name = f"channel.{struct.__name__.removeprefix('Channel')}".lower()
    return [
        msgspec.json.decode(data, type=struct)
        for kind, data in await facts(pipeline)
        if kind.replace("_", "").replace(".v1", "") == name
    ]


async def post(webhooks: Webhooks, channel: dict[str, Any], *bodies: bytes) -> None:
    for body in bodies:
        assert (await webhooks.post(channel, body)).status_code == 200


async def test_every_fact_is_told_once_and_a_replay_changes_nothing(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, database: Database
) -> None:
    channel = await api.create()
    bodies = [path.read_bytes() for path in sorted(FIXTURES.glob("*.json"))]
    await post(webhooks, channel, *bodies)
    await pipeline.deliver()
    first = await facts(pipeline)
    kinds = {kind for kind, _ in first}
    # The oldest state of the connection may come after a newer one, and is then no news.
    states = [kind for kind, _ in first if kind == "channel.connection_changed.v1"]
    assert len(first) - len(states) == TOLD_WITHOUT_GROUPS - 5
    assert len(kinds) == 17
    assert pipeline.dead == []
    now = utc_now()
    again = Wanted(since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    assert await replay(database, again) == len(bodies)
    await pipeline.deliver()
    assert await facts(pipeline) == first
    assert {msgspec.json.decode(body)["event"] for body in bodies} > FACT_EVENTS


async def test_the_provider_may_repeat_a_fact_under_another_webhook(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    ack = fixture("message.ack.read")
    await post(webhooks, channel, ack, changed(ack, event_id="again", _data={}))
    await pipeline.deliver()
    assert len(await facts(pipeline)) == 1


def in_engine(message: dict[str, Any], stanza: str, **changes: Any) -> bytes:
    """`message.any` with this document of the engine."""
    body = changed(
        fixture("message"),
        event_id=f"any-{stanza}",
        id=f"false_554400000003@c.us_{stanza}",
        _data={"key": {}, "message": message},
        **changes,
    )
    return body.replace(b'"event":"message"', b'"event":"message.any"')


async def test_a_reaction_that_comes_as_a_message_too_is_one_fact_and_no_message(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    as_message = in_engine(
        {"reactionMessage": {"key": {"id": "3EB0AAAAAAAAAAAAAAAA"}, "text": "🙏"}},
        "3A0000000000000000AE",
        body=None,
    )
    await post(webhooks, channel, as_message, fixture("message.reaction"))
    await pipeline.deliver()
    [fact] = await told(pipeline, ChannelMessageReaction)
    assert (fact.emoji, fact.message.stanza) == ("🙏", "3EB0AAAAAAAAAAAAAAAA")
    assert await pipeline.messages() == []


@pytest.mark.parametrize("kind", [14, "MESSAGE_EDIT"])
async def test_an_edit_that_comes_as_a_message_too_is_one_fact_and_no_message(
    kind: object, api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    protocol = {
        "key": {"ID": "3F0B3ABFCA9801F3A48F"},
        "type": kind,
        "editedMessage": {"conversation": "Novo texto"},
    }
    wrapped = {"editedMessage": {"message": {"protocolMessage": protocol}}}
    as_message = in_engine(wrapped, "3A0000000000000000B2", body=None)
    await post(webhooks, channel, as_message, fixture("message.edited"))
    await pipeline.deliver()
    [fact] = await told(pipeline, ChannelMessageEdited)
    assert (fact.content.text, fact.message.stanza) == ("Novo texto", "3F0B3ABFCA9801F3A48F")
    assert await pipeline.messages() == []


@pytest.mark.parametrize("kind", [0, "REVOKE"])
async def test_a_revocation_that_comes_as_a_message_too_is_one_fact_and_no_message(
    kind: object, api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    protocol = {"key": {"id": "3F0B3ABFCA9801F3A48F"}, "type": kind}
    as_message = in_engine({"protocolMessage": protocol}, "3A0000000000000000B1", body=None)
    await post(webhooks, channel, as_message, fixture("message.revoked"))
    await pipeline.deliver()
    [fact] = await told(pipeline, ChannelMessageRevoked)
    assert fact.message.stanza == "3F0B3ABFCA9801F3A48F"
    assert await pipeline.messages() == []


def status(word: str, milliseconds: int) -> bytes:
    """A webhook that says this word at this time."""
    return changed(
        STATUS,
        event_id=f"{word}-{milliseconds}-{utc_now().timestamp()}",
        status=word,
        statuses=[{"status": word, "timestamp": 1783000000000 + milliseconds}],
    )


async def test_the_connection_is_told_when_it_is_newer_and_another(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    assert channel["connection_status"] is None
    for body in (
        status("WORKING", 10),
        status("WORKING", 10),
        status("FAILED", 5),
        status("WORKING", 20),
        status("ENTIRELY_NEW", 30),
    ):
        await post(webhooks, channel, body)
        await pipeline.deliver()
    states = [fact.status for fact in await told(pipeline, ChannelConnectionChanged)]
    assert states == ["WORKING", "ENTIRELY_NEW"]
    seen = (await api.call("GET", f"/v1/channels/{channel['id']}")).json()
    assert seen["connection_status"] == "ENTIRELY_NEW"
    assert seen["connection_changed_at"].startswith("2026-07-02T")
    assert seen["version"] == channel["version"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_of_two_states_of_one_millisecond_the_later_one_stays(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, order: tuple[int, int]
) -> None:
    channel = await api.create()
    history = [
        {"status": word, "timestamp": 1783000000000} for word in ("STARTING", "SCAN_QR_CODE")
    ]
    bodies = [
        changed(STATUS, event_id=f"{place}", status=one["status"], statuses=history[: place + 1])
        for place, one in enumerate(history)
    ]
    for place in order:
        await post(webhooks, channel, bodies[place])
        await pipeline.deliver()
    seen = (await api.call("GET", f"/v1/channels/{channel['id']}")).json()
    assert seen["connection_status"] == "SCAN_QR_CODE"


async def test_messages_of_groups_are_recorded_where_the_channel_says_so(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    assert channel["allow_groups"] is False
    message, ack = fixture("message.group"), fixture("message.ack.group")
    await post(webhooks, channel, message, ack)
    await pipeline.deliver()
    assert await facts(pipeline) == []
    path = f"/v1/channels/{channel['id']}"
    answer = await api.call("PATCH", path, json={"allow_groups": True})
    assert answer.json()["allow_groups"] is True
    twice = changed(message, event_id="g2").replace(b'"message"', b'"message.any"', 1)
    await post(
        webhooks, channel, changed(message, event_id="g1"), twice, changed(ack, event_id="a1")
    )
    await pipeline.deliver()
    [fact] = await told(pipeline, ChannelGroupMessageReceived)
    assert fact.message.content.text == "oi grupo"
    assert {identity.kind for identity in fact.participant} == {"phone", "jid", "lid"}
    assert [kind for kind, _ in await facts(pipeline)].count("channel.message_ack.v1") == 1
    assert await pipeline.messages() == []


async def test_what_cannot_be_what_its_event_says_is_a_dead_letter(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    await post(webhooks, channel, changed(fixture("call.received"), event_id="c", id=None))
    await post(webhooks, channel, changed(fixture("message.ack.read"), event_id="d", id="x"))
    await pipeline.deliver()
    assert {reason for _, reason in pipeline.dead} == {"call_id_missing", "message_id_malformed"}
    assert await facts(pipeline) == []
