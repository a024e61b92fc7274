"""What messaging says of templates, kept."""

from typing import Any

from platform_postgres import Database
from platform_testkit.golden import Golden

from ..integration.test_templates import Account


async def test_the_events_of_templates_are_as_kept(
    conversation: Any, database: Database, golden: Golden
) -> None:
    account = Account(conversation, database)
    await account.hear(account.listing(1, "pedido", "oferta"))
    await account.hear(account.news(2, "pedido", status="PAUSED"), account.listing(3, "pedido"))
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
    golden.check("messaging", [row["envelope"] for row in rows])
