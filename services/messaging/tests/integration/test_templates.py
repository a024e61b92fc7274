"""Templates: heard in any order, listed for their own project, gone when a listing lacks them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from platform_bus import Received
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.registry import info_of
from proto_events.template_forms import (
    ListedTemplate,
    TemplateForm,
)
from proto_events.templates import (
    ChannelTemplateChanged,
    ChannelTemplatesListed,
)
from ventros_messaging.events.templates import on_templates

from ..conftest import START

ACCOUNT = "100000000000001"


class Account:
    """A provider's account that tells of its templates; one moment is a second."""

    def __init__(self, talk: Any, database: Database) -> None:
        self._talk, self._database = talk, database
        self.tenant_id = talk.tenant.tenant_id

    async def hear(self, *told: Any) -> None:
        """Handle what channels tells, as the consumer does."""
        received = [
            Received(self._talk.envelope(one, info_of(type(one)).type, self._talk.channel_id), one)
            for one in told
        ]
        async with self._database.tenant(self.tenant_id) as tx:
            await on_templates(tx, self.tenant_id, received)

    def listing(
        self, second: int, *names: str, whole: bool = True, status: str = "APPROVED"
    ) -> ChannelTemplatesListed:
        """A listing of templates with these names."""
        return ChannelTemplatesListed(
            channel_id=self._talk.channel_id,
            account=ACCOUNT,
            templates=[
                ListedTemplate(
                    provider_id=f"id-{name}",
                    name=name,
                    language="pt_BR",
                    status=status,
                    category="UTILITY",
                    form=TemplateForm(body="Olá {{1}}", parameters=["1"]),
                )
                for name in names
            ],
            all=[f"id-{name}" for name in names] if whole else None,
            listed_at=START + timedelta(seconds=second),
        )

    def news(self, second: int, name: str = "pedido", **more: Any) -> ChannelTemplateChanged:
        """What was told of one template."""
        return ChannelTemplateChanged(
            channel_id=self._talk.channel_id,
            account=ACCOUNT,
            provider_id=more.pop("provider_id", f"id-{name}"),
            name=name,
            language="pt_BR",
            changed_at=START + timedelta(seconds=second),
            **more,
        )


@pytest.fixture
def account(conversation: Any, database: Database) -> Account:
    return Account(conversation, database)


async def shown(api: Any, **query: Any) -> dict[str, Any]:
    answer = await api.get("/v1/templates", **query)
    assert answer.status_code == 200, answer.text
    return {one["name"]: one for one in answer.json()["items"]}


async def test_a_listing_is_shown_and_what_it_lacks_is_gone(
    account: Account, api: Any, said: Callable[..., Any], conversation: Any
) -> None:
    await account.hear(account.listing(1, "pedido", "oferta"))
    listed = await shown(api)
    assert set(listed) == {"pedido", "oferta"}
    assert listed["pedido"]["form"] == {"body": "Olá {{1}}", "parameters": ["1"]}
    await account.hear(account.listing(2, "oferta"))
    assert set(await shown(api)) == {"oferta"}
    assert set(await shown(api, status="DELETED")) == {"pedido"}
    one = await api.get(f"/v1/templates/{listed['pedido']['id']}")
    assert one.json()["status"] == "DELETED"
    await account.hear(account.listing(3, "oferta", "pedido"))
    assert (await shown(api))["pedido"]["id"] == listed["pedido"]["id"]
    told = [(kind, number) for kind, number, _ in await said(conversation.tenant)]
    assert told == [
        ("template.created.v1", 1),
        ("template.created.v1", 1),
        ("template.deleted.v1", 2),
        ("template.updated.v1", 3),
    ]


async def test_a_part_of_a_listing_takes_nothing_away(account: Account, api: Any) -> None:
    await account.hear(account.listing(1, "pedido"))
    await account.hear(account.listing(2, "oferta", whole=False))
    assert set(await shown(api)) == {"pedido", "oferta"}


async def test_what_is_older_changes_nothing_and_says_nothing(
    account: Account, api: Any, said: Callable[..., Any], conversation: Any
) -> None:
    await account.hear(account.listing(1, "pedido"))
    await account.hear(account.news(9, status="PAUSED"))
    count = len(await said(conversation.tenant))
    await account.hear(
        account.news(5, status="APPROVED"), account.listing(4, "pedido"), account.listing(3)
    )
    assert (await shown(api))["pedido"]["status"] == "PAUSED"
    assert len(await said(conversation.tenant)) == count
    # Each part has its own time.
    await account.hear(account.news(6, quality="RED"), account.news(7, category="MARKETING"))
    now = (await shown(api))["pedido"]
    assert (now["status"], now["quality"], now["category"]) == ("PAUSED", "RED", "MARKETING")
    await account.hear(account.listing(10, "pedido"))
    assert (await shown(api))["pedido"]["status"] == "APPROVED"


async def test_news_of_what_was_not_listed_make_it_known_without_its_parts(
    account: Account, api: Any
) -> None:
    await account.hear(
        account.news(1, "novo", status="APPROVED"),
        account.news(1, "boato", quality="RED"),
        account.news(1, "falha", provider_id=None, status="PAUSED"),
    )
    known = await shown(api)
    assert set(known) == {"novo"}
    assert known["novo"]["form"] is None


async def test_a_word_that_nobody_knows_is_shown_as_it_is(account: Account, api: Any) -> None:
    await account.hear(account.listing(1, "pedido", status="UNDER_THE_TABLE"))
    assert set(await shown(api, status="UNDER_THE_TABLE")) == {"pedido"}


async def test_lists_are_narrowed_and_paged(account: Account, api: Any, conversation: Any) -> None:
    names = ["a", "b", "c"]
    await account.hear(account.listing(1, *names))
    assert set(await shown(api, name="b")) == {"b"}
    assert set(await shown(api, channel_id=conversation.channel_id)) == set(names)
    assert await shown(api, channel_id=new_id()) == {}
    seen, query = [], {"limit": 2}
    while True:
        page = (await api.get("/v1/templates", **query)).json()
        seen += [one["name"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == names


async def test_nobody_sees_anothers_templates(
    account: Account, conversation: Any, database: Database, api_of: Callable[..., Any]
) -> None:
    other = type(conversation)(new_tenant())
    neighbour = type(conversation)(
        TestTenant(tenant_id=conversation.tenant.tenant_id, project_id=new_id())
    )
    await account.hear(account.listing(1, "minha"))
    await Account(other, database).hear(account.listing(1, "dela"))
    await Account(neighbour, database).hear(account.listing(1, "vizinha"))
    mine = await shown(api_of(conversation.tenant))
    assert set(mine) == {"minha"}
    assert set(await shown(api_of(other.tenant))) == {"dela"}
    for house in (other, neighbour):
        answer = await api_of(house.tenant).get(f"/v1/templates/{mine['minha']['id']}")
        assert answer.status_code == 404
