"""Messages found by their words: in a session, of a contact, in the project, page by page."""

from typing import Any

import pytest

from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.conversation import Content, Media
from proto_events.provider_facts import ChannelMessageEdited
from ventros_messaging.indexing import Indexer

SAID = [
    "Bom dia, ainda tem a mesa de jantar?",
    "Sim! Mesa e cadeiras, entrega em São Paulo",
    "A ENTREGA e no sabado?",
    "Sábado de manhã. A mesa é de ipê",
    "obrigado",
]


@pytest.fixture
async def told(conversation: Any, store: Any, database: Database) -> list[str]:
    """A conversation whose words are written; the ids of its messages."""
    messages = [conversation.told(content=Content(type="text", text=text)) for text in SAID]
    await store(*messages)
    assert await Indexer(database).run_once() == len(SAID)
    return [str(each.data.message.id) for each in messages]


async def found(api: Any, **query: object) -> list[str]:
    return [item["id"] for item in await api.messages(**query)]


@pytest.mark.parametrize(
    ("q", "places"),
    [
        ("mesa", [0, 1, 3]),
        ("MESA", [0, 1, 3]),
        ("sabado", [2, 3]),
        ("Sábado", [2, 3]),
        ("sao", [1]),
        ("entrega sab", [2]),
        ("mesa entreg", [1]),
        ("mes", [0, 1, 3]),
        ("me", []),
        ("sab mesa", []),
        ("ipe mesa", [3]),
        ("ipê mesa jantar", []),
        ("nada", []),
    ],
)
@pytest.mark.parametrize("scope", ["session_id", "contact_id", None])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_words_find_messages_in_order(
    conversation: Any, told: list[str], api: Any, q: str, places: list[int], scope: str, order: str
) -> None:
    asked = {} if scope is None else {scope: getattr(conversation, scope)}
    expected = [told[place] for place in places][:: 1 if order == "asc" else -1]
    for limit in (1, 50):
        assert await found(api, **asked, q=q, order=order, limit=limit) == expected


async def test_a_search_leads_both_ways_and_around(
    conversation: Any, told: list[str], api: Any
) -> None:
    page = (await api.get("/v1/messages", q="mesa", limit=1)).json()
    second = (await api.get("/v1/messages", q="mesa", limit=1, cursor=page["next_cursor"])).json()
    assert [item["id"] for item in second["items"]] == [told[1]]
    back = {"q": "mesa", "order": "desc", "cursor": second["previous_cursor"]}
    assert await found(api, **back) == [told[0]]
    near = {"session_id": conversation.session_id, "around": told[2], "q": "mesa"}
    assert [item["id"] for item in (await api.get("/v1/messages", **near)).json()["items"]] == [
        told[0],
        told[1],
        told[2],
        told[3],
    ]


async def test_filters_narrow_a_search(
    conversation: Any, told: list[str], store: Any, api: Any, database: Database
) -> None:
    image = conversation.told(
        from_me=True,
        content=Content(type="image", text="a mesa", media=Media(status="pending")),
    )
    await store(image)
    await Indexer(database).run_once()
    assert await found(api, q="mesa", content_type="image") == [str(image.data.message.id)]
    assert await found(api, q="mesa", from_me="false") == [told[0], told[1], told[3]]
    after = image.data.message.occurred_at.isoformat()
    assert await found(api, q="mesa", after=after) == [str(image.data.message.id)]


async def test_an_edited_message_is_found_by_what_it_says_now(
    conversation: Any, store: Any, hear: Any, api: Any, database: Database
) -> None:
    message = conversation.told(content=Content(type="text", text="mesa redonda"))
    await store(message)
    await Indexer(database).run_once()
    edit = conversation.fact(
        ChannelMessageEdited,
        message,
        content=Content(type="text", text="mesa quadrada"),
        edited_at=message.data.message.occurred_at,
    )
    await hear(edit)
    await Indexer(database).run_once()
    mine = [str(message.data.message.id)]
    assert await found(api, q="quadrada") == mine
    assert await found(api, q="mesa") == mine
    assert await found(api, q="redonda") == []


async def test_nobody_finds_the_words_of_another_tenant_or_project(
    conversation: Any, told: list[str], api_of: Any, store: Any, database: Database
) -> None:
    neighbour = TestTenant(tenant_id=conversation.tenant.tenant_id, project_id=new_id())
    other = type(conversation)(new_tenant())
    await store(other.told(content=Content(type="text", text="mesa")))
    await Indexer(database).run_once()
    assert told
    assert await found(api_of(neighbour), q="mesa") == []
    assert len(await found(api_of(other.tenant), q="mesa")) == 1
    for tenant in (neighbour, other.tenant):
        asked = {"session_id": conversation.session_id, "q": "mesa"}
        assert await found(api_of(tenant), **asked) == []


@pytest.mark.parametrize("q", ["", "?!", "a b c d e f g h i", "m" * 257])
async def test_what_has_no_words_or_too_many_is_refused(api: Any, q: str) -> None:
    answer = await api.get("/v1/messages", q=q)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_text")


async def test_what_waits_is_taken_by_one_at_a_time(
    conversation: Any, store: Any, database: Database
) -> None:
    """While another one works for a tenant, its words wait."""
    await store(conversation.told())
    tenant_id = conversation.tenant.tenant_id
    async with database.tenant(tenant_id) as tx:
        key = f"words {tenant_id}"
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
        assert await Indexer(database).run_once() == 0
    assert await Indexer(database).run_once() == 1
    assert await Indexer(database).run_once() == 0
