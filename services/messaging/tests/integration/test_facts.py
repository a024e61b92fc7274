"""What becomes of messages, from the facts that channels tells to the API and to what is said."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import TestTenant, eventually, new_tenant
from proto_events.conversation import Content, PartyIdentity, Poll
from proto_events.provider_facts import (
    ChannelMessageAck,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    ChannelPollVoted,
    Somebody,
)
from ventros_messaging import sweep
from ventros_messaging.events.facts import on_message_facts
from ventros_messaging.events.subscribe import on_message_recorded

US = Somebody(from_me=True)
CONTACT = Somebody(
    from_me=False, party=[PartyIdentity(kind="lid", value="71@lid")], push_name="Ana"
)


def later(message: Any, seconds: int) -> Any:
    return message.data.message.occurred_at + timedelta(seconds=seconds)


def react(conversation: Any, message: Any, by: Somebody, emoji: str, second: int) -> Any:
    return conversation.fact(
        ChannelMessageReaction, message, by=by, emoji=emoji, reacted_at=later(message, second)
    )


def edit(conversation: Any, message: Any, text: str, second: int) -> Any:
    return conversation.fact(
        ChannelMessageEdited,
        message,
        content=Content(type="text", text=text),
        edited_at=later(message, second),
    )


def everything(conversation: Any, message: Any) -> list[Any]:
    """A fact of every kind, of one message, with what is overtaken and what is repeated."""
    return [
        conversation.ack(message, "delivered", 60),
        conversation.ack(message, "read", 70),
        conversation.ack(message, "delivered", 65),
        react(conversation, message, CONTACT, "👍", 10),
        react(conversation, message, CONTACT, "🎉", 20),
        react(conversation, message, US, "👀", 5),
        react(conversation, message, US, "", 6),
        edit(conversation, message, "second", 30),
        edit(conversation, message, "third", 40),
        conversation.fact(ChannelMessageRevoked, message, by=US, revoked_at=later(message, 90)),
    ]


async def one(api: Any, message: Any) -> dict[str, Any]:
    answer = await api.get(f"/v1/messages/{message.data.message.id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_why_a_message_failed_is_shown_and_told(
    conversation: Any, store: Any, hear: Any, api: Any, said: Any
) -> None:
    message = conversation.told(from_me=True, content=Content(type="text", text="oi"))
    await store(message)
    await hear(
        conversation.fact(
            ChannelMessageAck,
            message,
            status="failed",
            error="They want no marketing.",
            failure="undeliverable",
            code="131050",
            acknowledged_at=later(message, 5),
        )
    )
    shown = await one(api, message)
    why = ("undeliverable", "131050", "They want no marketing.")
    assert (shown["failure"], shown["failure_code"], shown["failure_reason"]) == why
    told = await said(conversation.tenant)
    (failed,) = [data for type_name, _, data in told if type_name == "message.failed.v1"]
    assert (failed["failure"], failed["code"], failed["failure_reason"]) == why


async def test_what_became_of_a_message_is_shown(
    conversation: Any, store: Any, hear: Any, api: Any
) -> None:
    message = conversation.told(from_me=True, content=Content(type="text", text="first"))
    await store(message)
    await hear(*everything(conversation, message))
    shown = await one(api, message)
    assert [shown] == await api.messages(session_id=conversation.session_id)
    assert shown["content"]["text"] == "third"
    assert shown["status"] == "read"
    assert shown["sent_at"] == "2026-03-01T12:00:01Z"
    assert shown["delivered_at"] == "2026-03-01T12:01:00Z"
    assert shown["read_at"] == "2026-03-01T12:01:10Z"
    assert (shown["played_at"], shown["failed_at"], shown["failure_reason"]) == (None, None, None)
    assert shown["edited_at"] == "2026-03-01T12:00:41Z"
    assert shown["revoked_at"] == "2026-03-01T12:01:31Z"
    assert shown["revoked_by"] == {"from_me": True, "name": None, "addresses": []}
    assert shown["reactions"] == [
        {
            "emoji": "🎉",
            "by": {"from_me": False, "name": "Ana", "addresses": []},
            "reacted_at": "2026-03-01T12:00:21Z",
        }
    ]
    assert shown["poll_votes"] is None
    versions = (await api.get(f"/v1/messages/{shown['id']}/versions")).json()
    assert [(each["number"], each["content"]["text"]) for each in versions["items"]] == [
        (1, "first"),
        (2, "second"),
        (3, "third"),
    ]
    first = (await api.get(f"/v1/messages/{shown['id']}/versions", limit=2)).json()
    rest = (
        await api.get(f"/v1/messages/{shown['id']}/versions", cursor=first["next_cursor"])
    ).json()
    assert first["items"] + rest["items"] == versions["items"]


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_before_and_after_the_message_ends_the_same(
    conversation: Any, store: Any, hear: Any, api_of: Callable[..., Any], said: Any, seed: int
) -> None:
    """The very same facts in order in one tenant, shuffled and repeated in another."""
    shuffle = random.Random(seed)
    other = type(conversation)(new_tenant())
    other.channel_id = conversation.channel_id
    shown = []
    for each in (conversation, other):
        message = each.told(from_me=True, content=Content(type="text", text="first"))
        steps = everything(each, message)
        before: list[Any] = []
        if each is other:
            steps += shuffle.sample(steps, 3)
            shuffle.shuffle(steps)
            cut = shuffle.randrange(len(steps) + 1)
            before, steps = steps[:cut], steps[cut:]
        for start in range(0, len(before), 2):
            await hear(*before[start : start + 2])
        await store(message)
        for fact in steps:
            await hear(fact)
        found = await one(api_of(each.tenant), message)
        versions = (await api_of(each.tenant).get(f"/v1/messages/{found['id']}/versions")).json()
        for name in ("id", "contact_id", "session_id", "created_at", "version"):
            found.pop(name)
        shown.append((found, versions))
        told = [type_name for type_name, *_ in await said(each.tenant)]
        for type_name in ("message.delivered.v1", "message.read.v1", "message.revoked.v1"):
            assert told.count(type_name) <= 1
        assert told.count("message.read.v1") == told.count("message.revoked.v1") == 1
    assert shown[0] == shown[1]


async def test_facts_and_their_message_at_the_same_time_lose_nothing(
    conversation: Any, store: Any, hear: Any, api: Any, database: Database
) -> None:
    """Whichever transaction comes second applies the fact, also if they overlap."""
    messages = [conversation.told(from_me=True) for _ in range(40)]
    pairs = [(message, conversation.ack(message, "read")) for message in messages]
    shuffled = [message for message, _ in pairs]
    random.Random(1).shuffle(shuffled)
    await asyncio.gather(
        *(store(*shuffled[start : start + 4]) for start in range(0, 40, 4)),
        *(hear(*(ack for _, ack in pairs[start : start + 3])) for start in range(0, 40, 3)),
    )
    listed = await api.messages(session_id=conversation.session_id)
    assert [item["status"] for item in listed] == ["read"] * 40
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM early_fact") == 0


@pytest.mark.parametrize("message_first", [True, False])
async def test_the_second_of_two_open_transactions_sees_the_first(
    conversation: Any, api: Any, database: Database, message_first: bool
) -> None:
    """Each side is held open before its commit until the other one waits for it."""
    message = conversation.told(from_me=True)
    ack = conversation.ack(message, "read")
    tenant_id = conversation.tenant.tenant_id
    handlers = [(on_message_recorded, message), (on_message_facts, ack)]
    (first, one_), (second, two) = handlers if message_first else handlers[::-1]

    async def other() -> None:
        async with database.tenant(tenant_id) as tx:
            await second(tx, tenant_id, [two])

    async def waits() -> bool:
        async with database.tenant(tenant_id) as watcher:
            return bool(await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    async with database.tenant(tenant_id) as tx:
        await first(tx, tenant_id, [one_])
        task = asyncio.create_task(other())
        await eventually(waits, timeout=10)
    await asyncio.wait_for(task, 10)
    assert (await one(api, message))["status"] == "read"


async def test_a_stanza_of_the_other_side_is_another_message(
    conversation: Any, store: Any, hear: Any, api: Any
) -> None:
    """A sender chooses the stanza: what is told of ours changes nothing of a contact's."""
    theirs = conversation.told(stanza="SAME", from_me=False)
    ours = conversation.told(stanza="SAME", from_me=True)
    await store(theirs)
    await hear(edit(conversation, ours, "changed", 10))
    assert (await one(api, theirs))["edited_at"] is None
    await store(ours)
    assert (await one(api, ours))["content"]["text"] == "changed"
    assert (await one(api, theirs))["edited_at"] is None


async def test_a_poll_shows_its_votes(conversation: Any, store: Any, hear: Any, api: Any) -> None:
    poll = conversation.told(
        from_me=True, content=Content(type="poll", poll=Poll(name="Day?", options=["Mon", "Tue"]))
    )
    await store(poll)
    empty = {
        "options": [{"option": "Mon", "votes": 0}, {"option": "Tue", "votes": 0}],
        "voters": 0,
        "unreadable": 0,
    }
    assert (await one(api, poll))["poll_votes"] == empty
    for second, options in ((1, ["Mon"]), (2, ["Mon", "Tue"])):
        vote = conversation.fact(
            ChannelPollVoted, poll, by=CONTACT, options=options, voted_at=later(poll, second)
        )
        await hear(vote)
    assert (await one(api, poll))["poll_votes"] == {
        "options": [{"option": "Mon", "votes": 1}, {"option": "Tue", "votes": 1}],
        "voters": 1,
        "unreadable": 0,
    }


async def test_what_is_said_rises_with_the_version(
    conversation: Any, store: Any, hear: Any, said: Any, api: Any
) -> None:
    message = conversation.told(from_me=True)
    await store(message)
    await hear(*everything(conversation, message))
    told = await said(conversation.tenant)
    assert told.pop(0)[0] == "chat.created.v1"
    assert [type_name for type_name, *_ in told] == [
        "message.created.v1",
        "message.delivered.v1",
        "message.read.v1",
        *["message.reaction_changed.v1"] * 4,
        *["message.edited.v1"] * 2,
        "message.revoked.v1",
    ]
    sequences = [sequence for _, sequence, _ in told]
    assert sequences == sorted(set(sequences))
    assert (await one(api, message))["version"] == sequences[-1]


async def test_versions_of_a_message_that_was_not_edited_and_of_none(
    conversation: Any, store: Any, api: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    message = conversation.told()
    await store(message)
    path = f"/v1/messages/{message.data.message.id}/versions"
    [only] = (await api.get(path)).json()["items"]
    assert (only["number"], only["content"]) == (1, {"type": "text", "text": "message 1"})
    stranger = new_tenant()
    neighbour = TestTenant(tenant_id=conversation.tenant.tenant_id, project_id=new_id())
    for tenant in (stranger, neighbour):
        answer = await api_of(tenant).get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")


async def test_a_fact_changes_nothing_of_another_tenant(
    conversation: Any, store: Any, hear: Any, api_of: Callable[..., Any]
) -> None:
    other = type(conversation)(new_tenant())
    other.channel_id = conversation.channel_id
    mine, theirs = (each.told(from_me=True, stanza="SAME") for each in (conversation, other))
    await store(mine, theirs)
    await hear(conversation.ack(mine, "read"))
    assert (await one(api_of(conversation.tenant), mine))["status"] == "read"
    assert (await one(api_of(other.tenant), theirs))["status"] == "sent"


async def test_what_never_gets_its_message_is_forgotten_after_thirty_days(
    conversation: Any, hear: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rows at a time, however many there are."""
    monkeypatch.setattr(sweep, "BATCH", 2)
    old, new = (conversation.told(from_me=True) for _ in range(2))
    await hear(conversation.ack(old, "read"), conversation.ack(new, "read"))
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        # The service has no right to change one: it is kept again, older.
        await tx.execute(
            """
            WITH gone AS (DELETE FROM early_fact WHERE stanza = $1 RETURNING *)
            INSERT INTO early_fact
            SELECT tenant_id, gen_random_uuid(), channel_id, stanza, envelope, now() - $2::interval
            FROM gone, generate_series(1, 5)
            """,
            old.data.message.stanza,
            sweep.KEPT + timedelta(hours=1),
        )
    assert await sweep.Sweep(database).run_once() == 5
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        kept = await tx.fetch("SELECT stanza FROM early_fact")
    assert [row["stanza"] for row in kept] == [new.data.message.stanza]
