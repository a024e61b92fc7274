"""Two tenants with two projects each, in every route and statement: nobody reads another's."""

from collections.abc import Callable
from typing import Any

import pytest

from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.contacts import AliasLink, ContactMerged
from proto_events.conversation import ReplyTo
from ventros_messaging.domain.timeline import Position, span
from ventros_messaging.events.subscribe import on_contact_merged
from ventros_messaging.queries import timeline
from ventros_messaging.store import messages


@pytest.fixture
def houses(conversation: Any) -> list[Any]:
    """Four conversations that share every id a client can name: two tenants, two projects each."""
    first, second = conversation.tenant, new_tenant()
    made = [conversation]
    for tenant_id, project_id in (
        (first.tenant_id, new_id()),
        (second.tenant_id, second.project_id),
        (second.tenant_id, new_id()),
    ):
        other = type(conversation)(TestTenant(tenant_id=tenant_id, project_id=project_id))
        if tenant_id == second.tenant_id and project_id == second.project_id:
            # Another tenant may have the very same ids; projects of one tenant may not.
            other.contact_id, other.session_id = conversation.contact_id, conversation.session_id
            other.channel_id, other.root_id = conversation.channel_id, conversation.root_id
        made.append(other)
    return made


async def test_every_route_answers_with_its_own_projects_messages(
    houses: list[Any], store: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    told = [[house.told(), house.told()] for house in houses]
    await store(*(received for part in told for received in part))
    for mine, (house, part) in enumerate(zip(houses, told, strict=True)):
        api = api_of(house.tenant)
        own = {str(received.data.message.id) for received in part}
        for theirs, other in enumerate(houses):
            for query in ({"session_id": other.session_id}, {"contact_id": other.contact_id}):
                listed = {item["id"] for item in await api.messages(**query)}
                shares = house.session_id == other.session_id
                assert listed == (own if shares else set()), (mine, theirs, query)
            for received in told[theirs]:
                answer = await api.get(f"/v1/messages/{received.data.message.id}")
                is_own = str(received.data.message.id) in own
                assert answer.status_code == (200 if is_own else 404)
                if is_own:
                    assert answer.json()["session_id"] == str(house.session_id)


async def test_the_same_stanza_is_a_message_of_each_tenant(
    houses: list[Any], store: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    mine, _, theirs, _ = houses
    assert mine.channel_id == theirs.channel_id
    await store(mine.told(stanza="SAME"), theirs.told(stanza="SAME"))
    for house in (mine, theirs):
        assert len(await api_of(house.tenant).messages(session_id=house.session_id)) == 1


async def test_a_reply_names_no_message_of_another_tenant_or_project(
    houses: list[Any], store: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    mine, neighbour, theirs, _ = houses
    neighbour.channel_id = mine.channel_id
    await store(theirs.told(stanza="ORIGINAL"), neighbour.told(stanza="ORIGINAL"))
    await store(mine.told(reply_to=ReplyTo(stanza="ORIGINAL")))
    [item] = await api_of(mine.tenant).messages(session_id=mine.session_id)
    assert item["reply_to"]["message_id"] is None


async def test_a_merge_of_one_tenant_joins_nothing_of_another(
    houses: list[Any], store: Any, api_of: Callable[[TestTenant], Any], database: Database
) -> None:
    mine, _, theirs, _ = houses
    second = type(mine)(mine.tenant)
    same = type(mine)(theirs.tenant)
    same.contact_id = second.contact_id
    await store(mine.told(), second.told(), theirs.told(), same.told())
    merged = ContactMerged(
        primary_contact_id=mine.contact_id,
        merged_contact_ids=[second.contact_id],
        merge_strategy="manual",
        merged_at=mine.told().data.recorded_at,
    )
    envelope = mine.envelope(merged, "contact.merged.v1", second.contact_id)
    async with database.tenant(mine.tenant.tenant_id) as tx:
        received = type(mine.told())(envelope, merged)
        await on_contact_merged(tx, mine.tenant.tenant_id, [received])
    assert len(await api_of(mine.tenant).messages(contact_id=mine.contact_id)) == 2
    assert len(await api_of(theirs.tenant).messages(contact_id=theirs.contact_id)) == 1


async def test_a_join_across_projects_shows_no_other_projects_messages(
    houses: list[Any], store: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    """It should not be told; if it is, the project still holds."""
    mine, neighbour, _, _ = houses
    await store(mine.told())
    neighbour.aliases = [
        AliasLink(node_id=neighbour.contact_id, root_id=mine.contact_id, version=1)
    ]
    await store(neighbour.told())
    for house in (mine, neighbour):
        listed = await api_of(house.tenant).messages(contact_id=mine.contact_id)
        assert len(listed) == 1
        assert listed[0]["session_id"] == str(house.session_id)


async def test_every_statement_asks_for_tenant_and_project_itself(
    houses: list[Any], store: Any, database: Database
) -> None:
    """With the transaction of the right tenant and the scope of another, nothing comes back."""
    mine, neighbour, theirs, _ = houses
    told = mine.told()
    await store(told)
    everything = span("asc", after=None, before=None, beyond=None)
    assert isinstance(everything.start, Position)
    scopes = [
        (mine.tenant, 1),
        (neighbour.tenant, 0),
        (theirs.tenant, 0),
    ]
    for tenant, expected in scopes:
        async with database.tenant(mine.tenant.tenant_id) as tx:
            scope = timeline.Scope(tenant_id=tenant.tenant_id, project_id=tenant.project_id)
            everyone = timeline.Narrowing()
            of_session = await timeline.of_session(
                tx, scope, mine.session_id, everyone, beyond=None, limit=9
            )
            of_contact = await timeline.of_contact(
                tx, scope, mine.contact_id, everyone, beyond=None, limit=9
            )
            found = await messages.find(
                tx, tenant.tenant_id, tenant.project_id, told.data.message.id
            )
        assert (len(of_session), len(of_contact), found is not None) == (
            expected,
            expected,
            expected == 1,
        )


async def test_a_caller_without_the_permission_or_a_token_is_refused(
    conversation: Any, client: Any, internal_tokens: Any
) -> None:
    tenant = conversation.tenant
    for path in ("/v1/messages", f"/v1/messages/{new_id()}"):
        assert (await client.get(path)).status_code == 401
        forged = type(internal_tokens)().header(tenant.tenant_id, tenant.project_id)
        assert (await client.get(path, headers=forged)).status_code == 401
