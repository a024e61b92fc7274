"""What contacts says, kept: every event that it can say, as its use cases say it."""

from typing import Any
from uuid import UUID

from platform_testkit.golden import Golden

from ..integration.test_pictures import picture, take
from ..integration.test_trackings import AD, saying

PHONE = "5511987654321@s.whatsapp.net"
LID = "123456789012345@lid"
OTHER = "5511900000002@s.whatsapp.net"


async def test_the_events_of_contacts_are_as_kept(
    world: Any, line: Any, caller: Any, golden: Golden
) -> None:
    """Two addresses that turn out to be one person; another person, made and changed by hand."""
    await world.take(line.message(LID))
    await world.take(line.message(PHONE, push_name="Ana"))
    await world.take(line.message(PHONE, push_name="Ana Souza"))
    await world.take(line.message(PHONE, LID))
    await world.take(line.message("987654321098765@lid"))
    await world.take(line.message("987654321098765@lid", OTHER))
    made = await caller.create(name="Rui", phone="+5511900000003", email="rui@example.com")
    await caller.change(made["id"], name="Rui Lima", email=None)
    ana = (await caller.get("/v1/contacts", search="Ana"))["items"][0]
    await caller.merge(ana["id"], made["id"])
    await caller.unmerge(made["id"])
    assert (await caller.call("DELETE", f"/v1/contacts/{made['id']}")).status_code == 204
    await world.take(line.message("5511900000003@s.whatsapp.net"))
    await take(world, picture(line.tenant, UUID(ana["id"])))
    await world.take(saying(line.message("5511900000003@s.whatsapp.net"), referral=AD))
    rows = await world.rows(line.tenant, "SELECT envelope FROM outbox ORDER BY seq")
    golden.check("contacts", [row["envelope"] for row in rows])
