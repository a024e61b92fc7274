"""Who told the provider that they want no marketing gets none, and everything else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from platform_auth.testing import InternalTokens
from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.conversation import PartyIdentity
from proto_events.provider_facts import ChannelMarketingPreferenceChanged
from ventros_messaging.events.marketing import on_preferences

from .test_send import Shop
from .test_templates import Account

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PHONE = "+5511977776666"
TEMPLATE = {"type": "template", "name": "pedido", "language": "pt_BR", "body": ["Ana"]}


@pytest.fixture
def shop_of(
    client: httpx.AsyncClient, internal_tokens: InternalTokens, database: Database
) -> Callable[[Any], Shop]:
    def make(talk: Any) -> Shop:
        headers = internal_tokens.header(talk.tenant.tenant_id, talk.tenant.project_id)
        return Shop(client, headers, database, talk)

    return make


async def prefer(shop: Shop, *, wanted: bool, second: int, **more: Any) -> None:
    """The provider tells it of the phone, and of a user id that is not known here."""
    told = ChannelMarketingPreferenceChanged(
        channel_id=more.get("channel_id", shop.talk.channel_id),
        received_at=AT,
        ingress_seq=1,
        chat="BR.1A",
        party=[
            PartyIdentity(kind="phone", value=more.get("phone", PHONE)),
            PartyIdentity(kind="bsuid", value="BR.1A"),
        ],
        wanted=wanted,
        at=AT + timedelta(seconds=second),
    )
    kind = "channel.marketing_preference_changed.v1"
    await shop.hear(on_preferences, shop.told(told, kind, shop.talk.channel_id))


async def test_marketing_is_refused_while_it_is_not_wanted_and_nothing_else(
    conversation: Any, database: Database, shop_of: Callable[[Any], Shop]
) -> None:
    shop, account = shop_of(conversation), Account(conversation, database)
    await shop.channel()
    await account.hear(account.listing(1, "pedido"), account.news(2, category="MARKETING"))
    contact = str(await shop.contact(PHONE))

    async def sends(content: dict[str, Any] = TEMPLATE) -> str:
        answer = await shop.send(contact_id=contact, content=content)
        return "sent" if answer.status_code == 202 else str(answer.json()["code"])

    await prefer(shop, wanted=False, second=1, channel_id=new_id())
    await prefer(shop, wanted=False, second=1, phone="+5511900000000")
    assert await sends() == "sent", "told of others"
    await prefer(shop, wanted=False, second=5)
    await prefer(shop, wanted=True, second=4)
    assert await sends() == "contact_opted_out"
    assert await sends({"type": "text", "text": "oi"}) == "sent"
    await account.hear(account.news(3, category="UTILITY"))
    assert await sends() == "sent"
    await account.hear(account.news(4, category="MARKETING"))
    await prefer(shop, wanted=True, second=6)
    assert await sends() == "sent"
    await prefer(shop, wanted=False, second=6)
    assert await sends() == "contact_opted_out", "of one moment the refusal counts"
