"""Timelines by REST: contents, order, pages, filters, replies, merged contacts."""

import random
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest

from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.contacts import ContactMerged, ContactUnmerged
from proto_events.conversation import (
    AdReferral,
    ContactCard,
    Content,
    Interactive,
    Location,
    Media,
    Poll,
    Reaction,
    ReplyTo,
)
from ventros_messaging.events.subscribe import on_contact_merged

MEDIA = Media(
    status="available",
    url="https://waha/files/x",
    mimetype="image/jpeg",
    filename="x.jpg",
    size_bytes=12,
)
CONTENTS = [
    Content(type="text", text="Olá, tudo bem? 👋"),
    Content(type="image", text="a caption", media=MEDIA),
    Content(type="video", media=Media(status="pending")),
    Content(type="audio", media=MEDIA),
    Content(type="voice", media=MEDIA),
    Content(type="document", text="the contract", media=MEDIA),
    Content(type="sticker", media=Media(status="failed", error="404")),
    Content(type="location", location=Location(latitude=-23.55, longitude=-46.63, name="Sé")),
    Content(type="contact", contacts=[ContactCard(name="Ana", vcard="BEGIN:VCARD\nEND:VCARD")]),
    Content(type="reaction", reaction=Reaction(emoji="👍", stanza="3EB0000001")),
    Content(type="poll", poll=Poll(name="When?", options=["now", "later"], multiple_answers=True)),
    Content(
        type="interactive", interactive=Interactive(kind="list_reply", title="B", selected_id="2")
    ),
    Content(type="system", system="e2e_notification", text="encrypted"),
]


async def test_each_of_the_thirteen_contents_goes_through(
    conversation: Any, store: Any, api: Any
) -> None:
    told = [conversation.told(content=content) for content in CONTENTS]
    await store(*told)
    listed = await api.messages(session_id=conversation.session_id)
    assert [item["content"] for item in listed] == [msgspec.to_builtins(c) for c in CONTENTS]
    assert len({item["content"]["type"] for item in listed}) == 13
    for received, item in zip(told, listed, strict=True):
        alone = await api.get(f"/v1/messages/{received.data.message.id}")
        assert alone.status_code == 200
        assert alone.json() == item


async def test_a_message_has_what_was_told_of_it(conversation: Any, store: Any, api: Any) -> None:
    received = conversation.told(
        from_me=True, source="api", referral=AdReferral(source_id="120", ctwa_click_id="AR-1")
    )
    await store(received)
    message = received.data.message
    answer = (await api.get(f"/v1/messages/{message.id}")).json()
    assert msgspec.convert(answer.pop("created_at"), type=str)
    assert answer == {
        "id": str(message.id),
        "contact_id": str(conversation.contact_id),
        "session_id": str(conversation.session_id),
        "channel_id": str(conversation.channel_id),
        "channel_type": "waha",
        "direction": "outbound",
        "from_me": True,
        "status": "sent",
        "source": "bot",
        "content": {"type": "text", "text": "message 1"},
        "mentions": [],
        "reply_to": None,
        "referral": {"source_id": "120", "ctwa_click_id": "AR-1"},
        "provider_message_id": message.provider_message_id,
        "stanza": message.stanza,
        "occurred_at": "2026-03-01T12:00:01Z",
        "received_at": "2026-03-01T12:00:02Z",
        "version": 1,
        "sent_at": "2026-03-01T12:00:01Z",
        "delivered_at": None,
        "read_at": None,
        "played_at": None,
        "failed_at": None,
        "failure": None,
        "failure_code": None,
        "failure_reason": None,
        "edited_at": None,
        "revoked_at": None,
        "revoked_by": None,
        "reactions": [],
        "poll_votes": None,
        "enrichment": None,
        "file": None,
    }


async def test_nul_in_words_holds_nothing_back(conversation: Any, store: Any, api: Any) -> None:
    content = Content(type="text", text="a\0b")
    await store(conversation.told(content=content, reply_to=ReplyTo(stanza="X", text="c\0d")))
    [item] = await api.messages(session_id=conversation.session_id)
    assert item["content"]["text"] == "a\ufffdb"
    assert item["reply_to"] == {"message_id": None, "stanza": "X", "text": "c\ufffdd"}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("limit", [1, 3, 50])
async def test_shuffled_deliveries_give_one_timeline(
    conversation: Any, store: Any, api: Any, seed: int, limit: int
) -> None:
    """Also of messages in one second (ingress decides) and of one ingress order (the id does)."""
    start = conversation.told().data.message.occurred_at
    told = [
        conversation.told(
            occurred_at=start + timedelta(seconds=number // 4), ingress_seq=number // 2
        )
        for number in range(16)
    ]
    expected = [
        str(received.data.message.id)
        for received in sorted(
            told,
            key=lambda r: (
                r.data.message.occurred_at,
                r.data.message.ingress_seq,
                r.data.message.id,
            ),
        )
    ]
    random.Random(seed).shuffle(told)
    for part in (told[:5], told[5:6], told[6:]):
        await store(*part)
    for question in (
        {"session_id": conversation.session_id},
        {"contact_id": conversation.contact_id},
    ):
        forwards = await api.messages(**question, limit=limit)
        assert [item["id"] for item in forwards] == expected
        backwards = await api.messages(**question, limit=limit, order="desc")
        assert [item["id"] for item in backwards] == expected[::-1]


async def test_filters_narrow_a_timeline(conversation: Any, store: Any, api: Any) -> None:
    told = [
        conversation.told(content=CONTENTS[number % 2], from_me=number % 3 == 0)
        for number in range(12)
    ]
    await store(*told)
    messages = [received.data.message for received in told]

    async def ids(**query: object) -> list[str]:
        query = {"contact_id": conversation.contact_id, "limit": 2, **query}
        return [item["id"] for item in await api.messages(**query)]

    images = [str(m.id) for m in messages if m.content.type == "image"]
    assert await ids(content_type="image") == images
    assert await ids(from_me="true") == [str(m.id) for m in messages if m.from_me]
    assert await ids(from_me="false") == [str(m.id) for m in messages if not m.from_me]
    after, before = messages[3].occurred_at, messages[9].occurred_at
    within = [str(m.id) for m in messages[3:9]]
    assert await ids(after=after.isoformat(), before=before.isoformat()) == within
    assert (
        await ids(after=after.isoformat(), before=before.isoformat(), order="desc") == within[::-1]
    )
    assert await ids(after=before.isoformat(), before=after.isoformat()) == []


@pytest.mark.parametrize("answer_first", [True, False])
async def test_a_reply_names_its_original_whichever_came_first(
    conversation: Any, store: Any, api: Any, answer_first: bool
) -> None:
    original = conversation.told(from_me=True)
    stanza = original.data.message.stanza
    answer = conversation.told(reply_to=ReplyTo(stanza=stanza, text="message 1"))
    for received in (answer, original) if answer_first else (original, answer):
        await store(received)
    first, second = await api.messages(session_id=conversation.session_id)
    assert first["reply_to"] is None
    assert second["reply_to"] == {"message_id": first["id"], "stanza": stanza, "text": "message 1"}


async def test_merged_contacts_have_one_history_and_undo_takes_it_apart(
    conversation: Any, store: Any, api: Any, database: Database
) -> None:
    other = type(conversation)(conversation.tenant)
    mine, theirs = [], []
    for _ in range(4):
        mine.append(conversation.told())
        theirs.append(other.told())
    await store(*mine, *theirs)

    async def listed(contact: Any) -> list[str]:
        return [item["id"] for item in await api.messages(contact_id=contact.contact_id, limit=3)]

    def ids(told: list[Any]) -> list[str]:
        return [str(received.data.message.id) for received in told]

    async def say(data: msgspec.Struct, name: str, version: int) -> None:
        envelope = other.envelope(data, name, other.contact_id, version)
        received = type(mine[0])(envelope, data)
        async with database.tenant(conversation.tenant.tenant_id) as tx:
            await on_contact_merged(tx, conversation.tenant.tenant_id, [received])

    at = mine[0].data.recorded_at
    merged = ContactMerged(
        primary_contact_id=conversation.contact_id,
        merged_contact_ids=[other.contact_id],
        merge_strategy="manual",
        merged_at=at,
    )
    parted = ContactUnmerged(
        contact_id=other.contact_id,
        former_primary_contact_id=conversation.contact_id,
        unmerged_at=at,
    )
    together = [
        str(received.data.message.id)
        for received in sorted(
            mine + theirs,
            key=lambda r: (
                r.data.message.occurred_at,
                r.data.message.ingress_seq,
                r.data.message.id,
            ),
        )
    ]
    assert await listed(conversation) == ids(mine)
    await say(merged, "contact.merged.v1", 1)
    assert await listed(conversation) == together
    assert await listed(other) == together
    await say(parted, "contact.unmerged.v1", 2)
    await say(merged, "contact.merged.v1", 1)  # late: an older version changes nothing
    assert await listed(conversation) == ids(mine)
    assert await listed(other) == ids(theirs)


async def test_a_message_that_comes_with_aliases_joins_histories_by_itself(
    conversation: Any, store: Any, api: Any
) -> None:
    """The join travels with the message: no event about it has to be heard before."""
    other = type(conversation)(conversation.tenant)
    await store(conversation.told(), other.told())
    join = msgspec.convert(
        [{"node_id": other.contact_id, "root_id": conversation.contact_id, "version": 1}],
        type(other.told().data).__annotations__["aliases"],
    )
    other.aliases, other.root_id = join, conversation.contact_id
    await store(other.told())
    assert len(await api.messages(contact_id=conversation.contact_id)) == 3


# Fixed: xdist's workers have to agree on the names of the tests.
SOME = UUID("01980000-0000-7000-8000-000000000001")
REFUSED = [
    ({}, "missing_filter"),
    ({"session_id": SOME, "contact_id": SOME}, "missing_filter"),
    ({"session_id": "not-an-id"}, "validation_failed"),
    ({"session_id": SOME, "limit": 201}, "page_size_too_large"),
    ({"session_id": SOME, "limit": 0}, "validation_failed"),
    ({"session_id": SOME, "limit": "many"}, "validation_failed"),
    ({"session_id": SOME, "cursor": "abc"}, "invalid_cursor"),
    ({"session_id": SOME, "order": "random"}, "validation_failed"),
    ({"session_id": SOME, "content_type": "hologram"}, "validation_failed"),
    ({"session_id": SOME, "from_me": "maybe"}, "validation_failed"),
    ({"session_id": SOME, "after": "2026-01-01T00:00:00"}, "validation_failed"),
    ({"session_id": SOME, "before": "yesterday"}, "validation_failed"),
    ({"session_id": SOME, "colour": "red"}, "unknown_parameter"),
]


@pytest.mark.parametrize(
    ("query", "code"),
    REFUSED,
    ids=lambda part: urlencode(part)[-40:] or "none" if isinstance(part, dict) else part,
)
async def test_what_is_not_well_asked_is_refused(api: Any, query: Any, code: str) -> None:
    answer = await api.get("/v1/messages", **query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


async def test_a_cursor_of_another_question_is_refused(
    conversation: Any, store: Any, api: Any
) -> None:
    await store(*(conversation.told() for _ in range(3)))
    page = (await api.get("/v1/messages", session_id=conversation.session_id, limit=1)).json()
    cursor = page["next_cursor"]
    for query in (
        {"contact_id": conversation.contact_id},
        {"session_id": conversation.session_id, "order": "desc"},
        {"session_id": conversation.session_id, "from_me": "false"},
        {"session_id": new_id()},
    ):
        answer = await api.get("/v1/messages", **query, cursor=cursor)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_an_unknown_message_is_not_found(api: Any) -> None:
    answer = await api.get(f"/v1/messages/{new_id()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")
    assert (await api.get("/v1/messages/not-an-id")).status_code == 404


async def test_what_nobody_wrote_in_is_an_empty_page(api: Any) -> None:
    answer = await api.get("/v1/messages", contact_id=new_id())
    assert answer.json() == {"items": [], "next_cursor": None, "previous_cursor": None}


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("owner", ["session_id", "contact_id"])
async def test_around_a_message_and_from_there_both_ways(
    conversation: Any, store: Any, api: Any, order: str, owner: str
) -> None:
    await store(*(conversation.told() for _ in range(11)))
    asked = {owner: getattr(conversation, owner)}
    everything = [item["id"] for item in await api.messages(**asked, order=order)]
    page = (
        await api.get("/v1/messages", **asked, order=order, around=everything[5], limit=4)
    ).json()
    assert [item["id"] for item in page["items"]] == everything[4:8]
    on = await api.messages(**asked, order=order, limit=2, cursor=page["next_cursor"])
    assert [item["id"] for item in on] == everything[8:]
    other = "desc" if order == "asc" else "asc"
    back = await api.messages(**asked, order=other, limit=2, cursor=page["previous_cursor"])
    assert [item["id"] for item in back] == everything[:4][::-1]
    for edge, (start, end) in ((0, (0, 3)), (10, (9, 11))):
        near = {**asked, "order": order, "around": everything[edge], "limit": 4}
        page = (await api.get("/v1/messages", **near)).json()
        assert [item["id"] for item in page["items"]] == everything[start:end]
        assert (page["previous_cursor"] is None, page["next_cursor"] is None) == (
            edge == 0,
            edge == 10,
        )


async def test_a_page_leads_back_to_what_was_before(
    conversation: Any, store: Any, api: Any
) -> None:
    await store(*(conversation.told() for _ in range(6)))
    asked = {"session_id": conversation.session_id}
    everything = [item["id"] for item in await api.messages(**asked)]
    first = (await api.get("/v1/messages", **asked, limit=2)).json()
    second = (await api.get("/v1/messages", **asked, limit=2, cursor=first["next_cursor"])).json()
    back = {"order": "desc", "cursor": second["previous_cursor"]}
    before = (await api.get("/v1/messages", **asked, **back)).json()
    assert [item["id"] for item in before["items"]] == everything[:2][::-1]
    nothing = {"order": "desc", "cursor": first["previous_cursor"]}
    assert (await api.get("/v1/messages", **asked, **nothing)).json()["items"] == []


async def test_around_a_message_of_another_timeline_is_not_found(
    conversation: Any, store: Any, api: Any
) -> None:
    other = type(conversation)(conversation.tenant)
    mine, theirs = conversation.told(), other.told()
    await store(mine, theirs)
    asked = {"session_id": conversation.session_id}
    for message_id in (theirs.data.message.id, new_id()):
        answer = await api.get("/v1/messages", **asked, around=message_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")
    answer = await api.get("/v1/messages", **asked, around=mine.data.message.id, cursor="x")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
