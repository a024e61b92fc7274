"""What the company does to messages that are there: asked for once it is known to be possible, and
true of the message once the provider did it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import new_tenant
from platform_testkit.golden import Golden
from proto_events.channels import ChannelCapabilities, ChannelCreated
from proto_events.conversation import Content
from proto_events.message_actions import ChannelActionDone, ChannelActionFailed
from proto_events.provider_facts import ChannelMessageEdited, ChannelMessageReaction, Somebody
from ventros_messaging.events.actions import on_done
from ventros_messaging.events.sending import on_channel

ALL: Final = [
    *("reaction", "edit", "revocation", "seen", "vote"),
    *("archive", "unarchive", "label", "unlabel"),
]


class Desk:
    """An agent who acts on the messages of a conversation, and channels' answers."""

    def __init__(
        self, client: httpx.AsyncClient, headers: dict[str, str], database: Database, talk: Any
    ) -> None:
        self.talk, self._client, self._headers = talk, client, headers
        self._database, self.tenant_id = database, talk.tenant.tenant_id

    async def channel(self, *, acts: Any = ALL, status: str = "active", version: int = 1) -> None:
        data = ChannelCreated(
            channel_id=self.talk.channel_id,
            name="Loja",
            type="waha",
            status=status,
            external_id="1",
            capabilities=ChannelCapabilities(sends=["text"], text_limit=20, acts=acts),
            created_at=utc_now(),
        )
        envelope = self.talk.envelope(data, "channel.created.v1", self.talk.channel_id, version)
        async with self._database.tenant(self.tenant_id) as tx:
            await on_channel(tx, self.tenant_id, [Received(envelope, data)])

    async def do(self, method: str, path: str, **body: Any) -> httpx.Response:
        return await self._client.request(
            method,
            path,
            content=msgspec.json.encode(body) if body else None,
            headers={**self._headers, **({"Content-Type": "application/json"} if body else {})},
        )

    async def told(self, kind: Any, type_name: str, action_id: str, **more: Any) -> None:
        data = kind(action_id=action_id, channel_id=self.talk.channel_id, **more)
        data = msgspec.convert(msgspec.to_builtins(data), kind)
        envelope = self.talk.envelope(data, type_name, self.talk.channel_id)
        async with self._database.tenant(self.tenant_id) as tx:
            await on_done(tx, self.tenant_id, [Received(envelope, data)])

    async def done(self, action_id: str) -> None:
        kind = "channel.action_done.v1"
        await self.told(ChannelActionDone, kind, action_id, done_at=utc_now())

    async def failed(self, action_id: str) -> None:
        await self.told(
            ChannelActionFailed,
            "channel.action_failed.v1",
            action_id,
            failure="rejected",
            reason="WAHA refused it.",
            failed_at=utc_now(),
        )


@pytest.fixture
def desk_of(
    client: httpx.AsyncClient, internal_tokens: InternalTokens, database: Database
) -> Callable[[Any], Desk]:
    def make(talk: Any) -> Desk:
        headers = internal_tokens.header(talk.tenant.tenant_id, talk.tenant.project_id)
        return Desk(client, headers, database, talk)

    return make


@pytest.fixture
async def desk(desk_of: Callable[[Any], Desk], conversation: Any) -> Desk:
    desk = desk_of(conversation)
    await desk.channel()
    return desk


def recent(talk: Any, text: str, *, age: timedelta = timedelta(minutes=1), **more: Any) -> Any:
    content = Content(type="text", text=text)
    return talk.told(content=content, occurred_at=utc_now() - age, **more)


async def test_what_is_done_shows_on_the_message_and_is_told_once(
    desk: Desk, store: Any, hear: Any, said: Any, database: Database, golden: Golden
) -> None:
    theirs, ours = recent(desk.talk, "oi"), recent(desk.talk, "bom dai", from_me=True)
    await store(theirs, ours)
    path = f"/v1/messages/{ours.data.message.id}"
    liked = await desk.do("PUT", f"/v1/messages/{theirs.data.message.id}/reaction", emoji="👍")
    changed = await desk.do("PATCH", path, text="bom dia")
    assert (liked.status_code, changed.status_code) == (202, 202), changed.text
    assert (liked.json()["status"], liked.json()["kind"]) == ("queued", "reaction")
    for answer in (liked, changed):
        await desk.done(answer.json()["id"])
        await desk.done(answer.json()["id"])
    # The provider tells of them once more, each at a time of its own.
    now = utc_now()
    us = Somebody(from_me=True)
    await hear(
        desk.talk.fact(ChannelMessageReaction, theirs, by=us, emoji="👍", reacted_at=now),
        desk.talk.fact(
            ChannelMessageEdited, ours, content=Content(type="text", text="bom dia"), edited_at=now
        ),
    )
    shown = (await desk.do("GET", f"/v1/messages/{theirs.data.message.id}")).json()
    assert [(one["emoji"], one["by"]["from_me"]) for one in shown["reactions"]] == [("👍", True)]
    versions = (await desk.do("GET", f"{path}/versions")).json()["items"]
    assert [each["content"]["text"] for each in versions] == ["bom dai", "bom dia"]
    removed = await desk.do("DELETE", f"/v1/messages/{theirs.data.message.id}/reaction")
    revoked = await desk.do("DELETE", path)
    for answer in (removed, revoked):
        assert answer.status_code == 202, answer.text
        await desk.done(answer.json()["id"])
    assert (await desk.do("GET", path)).json()["revoked_by"]["from_me"] is True
    shown = (await desk.do("GET", f"/v1/messages/{theirs.data.message.id}")).json()
    assert shown["reactions"] == []
    kinds = [kind for kind, _, _ in await said(desk.talk.tenant)]
    assert [kind for kind in kinds if kind.startswith("message.")] == [
        "message.created.v1",
        "message.created.v1",
        "message.reaction_changed.v1",
        "message.edited.v1",
        "message.reaction_changed.v1",
        "message.revoked.v1",
    ]
    async with database.tenant(desk.tenant_id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox WHERE type LIKE 'message_action%'")
    assert len(rows) == 4
    golden.check("messaging", [row["envelope"] for row in rows])


async def test_what_fails_is_said_and_changes_nothing(desk: Desk, store: Any) -> None:
    theirs = recent(desk.talk, "oi")
    await store(theirs)
    path = f"/v1/messages/{theirs.data.message.id}"
    action = (await desk.do("PUT", f"{path}/reaction", emoji="👍")).json()["id"]
    await desk.failed(action)
    await desk.done(action)
    shown = (await desk.do("GET", f"/v1/message-actions/{action}")).json()
    assert (shown["status"], shown["failure"]) == ("failed", "rejected")
    assert (await desk.do("GET", path)).json()["reactions"] == []


async def test_a_chat_is_shown_as_read(desk: Desk, store: Any, said: Any) -> None:
    last = recent(desk.talk, "oi")
    await store(last, recent(desk.talk, "olá", from_me=True))
    [chat] = (await desk.do("GET", "/v1/chats")).json()["items"]
    answer = await desk.do("POST", f"/v1/chats/{chat['id']}/read")
    assert (answer.status_code, answer.json()["chat_id"]) == (202, chat["id"]), answer.text
    await desk.done(answer.json()["id"])
    shown = (await desk.do("GET", f"/v1/message-actions/{answer.json()['id']}")).json()
    assert shown["status"] == "done"
    told = [
        data for kind, _, data in await said(desk.talk.tenant) if kind.startswith("message_action")
    ]
    assert [(each["kind"], each["chat"]) for each in told] == [("seen", chat["external_id"])]
    assert told[0]["provider_message_id"] == last.data.message.provider_message_id


async def test_what_cannot_be_done_is_said_at_once_and_nothing_is_queued(
    desk: Desk, desk_of: Callable[[Any], Desk], store: Any, said: Any
) -> None:
    theirs = recent(desk.talk, "oi")
    old = recent(desk.talk, "velha", from_me=True, age=timedelta(minutes=16))
    ancient = recent(desk.talk, "antiga", from_me=True, age=timedelta(hours=61))
    card = desk.talk.told(
        content=Content(type="system", system="e2e"), occurred_at=utc_now(), from_me=True
    )
    fresh = recent(desk.talk, "nova", from_me=True)
    await store(theirs, old, ancient, card, fresh)

    def path(message: Any) -> str:
        return f"/v1/messages/{message.data.message.id}"

    refusals: list[tuple[str, str, dict[str, Any], int, str]] = [
        ("PATCH", path(theirs), {"text": "x"}, 409, "message_not_ours"),
        ("DELETE", path(theirs), {}, 409, "message_not_ours"),
        ("PATCH", path(old), {"text": "x"}, 409, "edit_window_closed"),
        ("DELETE", path(ancient), {}, 409, "revocation_window_closed"),
        ("PATCH", path(card), {"text": "x"}, 422, "content_not_editable"),
        ("PATCH", path(fresh), {"text": "x" * 21}, 422, "text_too_long"),
        ("PUT", f"/v1/messages/{new_id()}/reaction", {"emoji": "👍"}, 404, "message_not_found"),
        ("POST", f"/v1/chats/{new_id()}/read", {}, 404, "chat_not_found"),
        ("GET", f"/v1/message-actions/{new_id()}", {}, 404, "message_action_not_found"),
    ]
    for method, where, body, status, code in refusals:
        answer = await desk.do(method, where, **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (method, where)
    stranger = desk_of(type(desk.talk)(new_tenant()))
    answer = await stranger.do("PUT", f"{path(theirs)}/reaction", emoji="👍")
    assert answer.status_code == 404
    await desk.channel(acts=["seen"], version=2)
    answer = await desk.do("PUT", f"{path(theirs)}/reaction", emoji="👍")
    assert (answer.status_code, answer.json()["code"]) == (422, "action_unsupported")
    await desk.channel(status="inactive", version=3)
    answer = await desk.do("DELETE", path(fresh))
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_inactive")
    kinds = [kind for kind, _, _ in await said(desk.talk.tenant)]
    assert not [kind for kind in kinds if kind.startswith("message_action")]
