"""Templates on their way out: the only thing that passes a closed window, checked before they are
queued."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from platform_auth.testing import InternalTokens
from platform_core.clock import utc_now
from platform_postgres import Database
from platform_testkit import new_tenant
from proto_events.channels import ChannelCapabilities, ChannelUpdated
from ventros_messaging.events.sending import on_channel

from .test_send import Shop
from .test_templates import Account

TEMPLATE = {"type": "template", "name": "pedido", "language": "pt_BR", "body": ["Ana"]}


@pytest.fixture
def shop_of(
    client: httpx.AsyncClient, internal_tokens: InternalTokens, database: Database
) -> Callable[[Any], Shop]:
    def make(talk: Any) -> Shop:
        headers = internal_tokens.header(talk.tenant.tenant_id, talk.tenant.project_id)
        return Shop(client, headers, database, talk)

    return make


@pytest.fixture
async def shop(shop_of: Callable[[Any], Shop], conversation: Any) -> Shop:
    """Its channel has a window, and nobody wrote in it."""
    shop = shop_of(conversation)
    channel_id = await shop.channel()
    changed = ChannelUpdated(
        channel_id=channel_id,
        name="Loja",
        type="whatsapp_cloud",
        status="active",
        external_id="1",
        capabilities=ChannelCapabilities(sends=["text"], window_hours=24),
        updated_at=utc_now(),
    )
    await shop.hear(on_channel, shop.told(changed, "channel.updated.v1", channel_id, 2))
    return shop


async def test_a_template_passes_a_closed_window_and_is_shown_as_it_reads(
    shop: Shop, conversation: Any, database: Database
) -> None:
    await Account(conversation, database).hear(Account(conversation, database).listing(1, "pedido"))
    contact = str(await shop.contact("+5511977776666"))
    refused = await shop.send(contact_id=contact)
    assert (refused.status_code, refused.json()["code"]) == (409, "window_closed")
    answer = await shop.send(contact_id=contact, content=TEMPLATE)
    assert answer.status_code == 202, answer.text
    shown = answer.json()["content"]
    assert (shown["type"], shown["text"]) == ("interactive", "Olá Ana")
    [asked] = await shop.requested()
    assert asked.outbound.template is not None
    assert asked.outbound.template.parameters == ["Ana"]
    assert asked.outbound.content is not None
    assert asked.outbound.content.text == "Olá Ana"


async def test_what_cannot_be_sent_is_not_queued(
    shop: Shop, conversation: Any, database: Database, shop_of: Callable[[Any], Shop]
) -> None:
    account = Account(conversation, database)
    contact = str(await shop.contact("+5511977776666"))

    async def code(**changes: Any) -> str:
        answer = await shop.send(contact_id=contact, content={**TEMPLATE, **changes})
        return str(answer.json().get("code"))

    assert await code() == "template_unknown"
    await account.hear(account.listing(1, "pedido"))
    assert await code(language="en") == "template_unknown"
    assert await code(body=[]) == "template_parameters_wrong"
    assert await code(body={"1": "Ana", "2": "x"}) == "template_parameters_wrong"
    await account.hear(account.news(2, status="PAUSED"))
    assert await code() == "template_not_approved"
    await account.hear(account.listing(3))
    assert await code() == "template_unknown"
    assert await shop.requested() == []
    # Another tenant's template of the same account and name is none of ours.
    other = type(conversation)(new_tenant())
    theirs = Account(other, database)
    await theirs.hear(theirs.listing(1, "pedido"))
    assert await code() == "template_unknown"


async def test_a_template_is_for_one_person(shop: Shop, conversation: Any, hear_chats: Any) -> None:
    body = {"content": TEMPLATE, "chat_id": str(conversation.contact_id)}
    assert (await shop.send(**body)).json()["code"] == "chat_unknown"
