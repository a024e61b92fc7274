"""What the company does to chats and in polls, its labels, and who is in a group."""

from typing import Any

import pytest
from msgspec.structs import replace

from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import new_tenant
from proto_events.channels import ChannelLabelDeleted, ChannelLabelUpserted
from proto_events.conversation import Content, PartyIdentity, Poll
from proto_events.provider_facts import (
    ChannelChatArchived,
    ChannelGroupJoined,
    ChannelLabelChatChanged,
    Participant,
)
from ventros_messaging.events.labels import on_labels
from ventros_messaging.events.posts import on_group_message

from .test_actions import Desk, desk, desk_of, recent
from .test_posts import BIA, CAIO, GROUP, Group

__all__ = ["desk", "desk_of"]


async def the_chat(desk: Desk) -> dict[str, Any]:
    [chat] = (await desk.do("GET", "/v1/chats")).json()["items"]
    found: dict[str, Any] = chat
    return found


async def test_a_chat_is_archived_and_labelled_once_the_provider_did_it(
    desk: Desk, store: Any, hear_chats: Any, said: Any
) -> None:
    await store(recent(desk.talk, "oi"))
    path = f"/v1/chats/{(await the_chat(desk))['id']}"
    steps = [
        ("PUT", "archive", "archive"),
        ("DELETE", "archive", "unarchive"),
        ("PUT", "labels/7", "label"),
        ("PUT", "labels/8", "label"),
        ("DELETE", "labels/8", "unlabel"),
    ]
    shown = []
    for method, what, kind in steps:
        answer = await desk.do(method, f"{path}/{what}")
        assert (answer.status_code, answer.json()["kind"]) == (202, kind), answer.text
        assert answer.json()["status"] == "queued"
        for _ in range(2):
            await desk.done(answer.json()["id"])
        chat = await the_chat(desk)
        shown.append((chat["status"], chat["labels"]))
    assert shown == [
        ("archived", []),
        ("active", []),
        ("active", ["7"]),
        ("active", ["7", "8"]),
        ("active", ["7"]),
    ]
    # The provider tells of it once more.
    address = (await the_chat(desk))["external_id"]
    await hear_chats(desk.talk.chat_fact(ChannelChatArchived, address, archived=False))
    told = await said(desk.talk.tenant)
    assert [kind for kind, _, _ in told if kind.startswith("chat.")] == [
        "chat.created.v1",
        "chat.archived.v1",
        "chat.unarchived.v1",
        "chat.label_added.v1",
        "chat.label_added.v1",
        "chat.label_removed.v1",
    ]
    asked = [data for kind, _, data in told if kind == "message_action.requested.v1"]
    assert [(each["kind"], each["label_id"]) for each in asked] == [
        ("archive", None),
        ("unarchive", None),
        ("label", "7"),
        ("label", "8"),
        ("unlabel", "8"),
    ]


async def test_without_an_archive_at_the_provider_a_chat_is_put_away_here(
    desk: Desk, store: Any, said: Any
) -> None:
    await store(recent(desk.talk, "oi"))
    await desk.channel(acts=[], version=2)
    path = f"/v1/chats/{(await the_chat(desk))['id']}"
    answer = await desk.do("PUT", f"{path}/archive")
    assert (answer.status_code, answer.json()["status"]) == (202, "done"), answer.text
    assert (await the_chat(desk))["status"] == "archived"
    for method, what in (("PUT", "labels/7"), ("DELETE", "labels/7")):
        refused = await desk.do(method, f"{path}/{what}")
        assert (refused.status_code, refused.json()["code"]) == (422, "action_unsupported")
    await desk.channel(status="inactive", acts=[], version=3)
    refused = await desk.do("DELETE", f"{path}/archive")
    assert (refused.status_code, refused.json()["code"]) == (409, "channel_inactive")
    kinds = [kind for kind, _, _ in await said(desk.talk.tenant)]
    assert kinds.count("chat.archived.v1") == 1
    assert "message_action.requested.v1" not in kinds


async def test_we_vote_in_a_poll_and_change_our_mind(desk: Desk, store: Any) -> None:
    poll = Poll(name="Entrega?", options=["manhã", "tarde"])
    asked = desk.talk.told(content=Content(type="poll", poll=poll), occurred_at=utc_now())
    words = recent(desk.talk, "oi")
    await store(asked, words)
    path = f"/v1/messages/{asked.data.message.id}"
    counts = []
    for options in (["manhã"], ["tarde"], []):
        answer = await desk.do("PUT", f"{path}/votes", options=options)
        assert answer.status_code == 202, answer.text
        await desk.done(answer.json()["id"])
        votes = (await desk.do("GET", path)).json()["poll_votes"]
        counts.append([each["votes"] for each in votes["options"]])
    assert counts == [[1, 0], [0, 1], [0, 0]]
    refusals = [
        (path, ["noite"], "poll_options_unknown"),
        (path, ["manhã", "tarde"], "poll_options_unknown"),
        (f"/v1/messages/{words.data.message.id}", ["manhã"], "message_not_a_poll"),
    ]
    for where, options, code in refusals:
        answer = await desk.do("PUT", f"{where}/votes", options=options)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_labels_are_those_that_the_provider_has_now(
    desk: Desk, database: Database, desk_of: Any
) -> None:
    talk = desk.talk

    async def tell(kind: Any, name: str, second: int, **more: Any) -> None:
        at = utc_now().replace(year=2026, second=second, microsecond=0)
        data = kind(channel_id=talk.channel_id, **more, **{name: at})
        envelope = talk.envelope(data, "channel.label.upserted.v1", talk.channel_id)
        async with database.tenant(desk.tenant_id) as tx:
            await on_labels(tx, desk.tenant_id, [Received(envelope, data)])

    for label_id, label in (("7", "VIP"), ("8", "Novo"), ("9", "Antigo")):
        more = {"label_id": label_id, "label_name": label}
        await tell(ChannelLabelUpserted, "upserted_at", 10, **more)
    await tell(ChannelLabelDeleted, "deleted_at", 30, label_id="9")
    await tell(ChannelLabelUpserted, "upserted_at", 20, label_id="9", label_name="Antigo")
    await tell(ChannelLabelUpserted, "upserted_at", 20, label_id="8", label_name="Cliente novo")
    path = f"/v1/labels?channel_id={talk.channel_id}"
    first = (await desk.do("GET", f"{path}&limit=1")).json()
    rest = (await desk.do("GET", f"{path}&limit=1&cursor={first['next_cursor']}")).json()
    shown = [(each["id"], each["name"]) for each in [*first["items"], *rest["items"]]]
    assert shown == [("7", "VIP"), ("8", "Cliente novo")]
    assert rest["next_cursor"] is None
    stranger = desk_of(type(talk)(new_tenant()))
    assert (await stranger.do("GET", path)).json()["items"] == []


async def test_a_deleted_label_is_off_its_chats_unless_it_was_put_on_later(
    desk: Desk, database: Database, hear_chats: Any, said: Any
) -> None:
    talk = desk.talk
    groups = [f"1203630{number}@g.us" for number in range(3)]
    facts = [
        talk.chat_fact(ChannelLabelChatChanged, group, label_id=label_id, labelled=True)
        for group in groups
        for label_id in ("7", "8")
    ]
    await hear_chats(*facts)
    deleted_at = facts[3].data.at
    data = ChannelLabelDeleted(channel_id=talk.channel_id, label_id="7", deleted_at=deleted_at)
    envelope = talk.envelope(data, "channel.label.deleted.v1", talk.channel_id)
    for _ in range(2):
        async with database.tenant(desk.tenant_id) as tx:
            await on_labels(tx, desk.tenant_id, [Received(envelope, data)])
    chats = (await desk.do("GET", "/v1/chats")).json()["items"]
    shown = {chat["external_id"]: chat["labels"] for chat in chats}
    assert shown == {groups[0]: ["8"], groups[1]: ["8"], groups[2]: ["7", "8"]}
    told = [kind for kind, _, _ in await said(talk.tenant)]
    assert told.count("chat.label_removed.v1") == 2


@pytest.mark.parametrize("size", [1, 50])
async def test_who_is_in_a_group_has_a_name_a_role_and_a_contact(
    size: int, desk: Desk, database: Database, store: Any, hear_chats: Any
) -> None:
    talk, group = desk.talk, Group(desk.talk)
    direct = talk.told()
    message = replace(direct.data.message, chat="5511988880002@s.whatsapp.net")
    met = Received(direct.envelope, replace(direct.data, message=message))
    await store(met)
    dora = [PartyIdentity(kind="lid", value="83@lid")]
    await hear_chats(
        talk.chat_fact(
            ChannelGroupJoined,
            GROUP,
            participants=[
                Participant(party=BIA, role="admin"),
                Participant(party=CAIO, role="participant"),
                Participant(party=dora),
            ],
        )
    )
    posts = [
        group.told("oi", BIA[:1], "Bia"),
        group.told("olá", CAIO, "Caio"),
        group.told("oi de novo", BIA[1:], "Bia Souza"),
    ]
    for post in (posts[2], posts[0], posts[1]):
        async with database.tenant(desk.tenant_id) as tx:
            await on_group_message(tx, desk.tenant_id, [post])
    [chat] = (await desk.do("GET", "/v1/chats?chat_type=group")).json()["items"]
    path = f"/v1/chats/{chat['id']}/participants?limit={size}"
    page = (await desk.do("GET", path)).json()
    items = page["items"]
    while page["next_cursor"] is not None:
        page = (await desk.do("GET", f"{path}&cursor={page['next_cursor']}")).json()
        items += page["items"]
    shown = {each["addresses"][0]["value"]: each for each in items}
    assert len(items) == len(shown) == 3
    assert [(shown[key]["name"], shown[key]["role"]) for key in sorted(shown)] == [
        ("Caio", "member"),
        ("Bia Souza", "admin"),
        (None, "member"),
    ]
    assert {key: each["contact_id"] for key, each in shown.items() if each["contact_id"]} == {
        "+5511988880002": str(talk.contact_id)
    }
    missing = await desk.do("GET", f"/v1/chats/{new_id()}/participants")
    assert (missing.status_code, missing.json()["code"]) == (404, "chat_not_found")
