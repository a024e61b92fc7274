"""People of the past: met as others are, and not as somebody who writes now."""

from datetime import timedelta
from typing import Any

import msgspec

from platform_core.ids import new_id
from proto_events.conversation import FromHistory

ANA = "5511987654321@s.whatsapp.net"
BIA = "5511987654322@s.whatsapp.net"
IMPORT = new_id()


def past(message: Any) -> Any:
    """The message as an import of history tells it."""
    said = msgspec.structs.replace(
        message.data.message, history=FromHistory(import_id=IMPORT, status=None)
    )
    return msgspec.structs.replace(
        message, data=msgspec.structs.replace(message.data, message=said)
    )


async def test_whom_an_import_meets_is_told_with_it(world: Any, line: Any) -> None:
    await world.take(past(line.message(ANA, push_name="Ana")), line.message(BIA))
    created = await world.events(line.tenant, "contact.created")
    assert [one.data.import_id for one in created] == [IMPORT, None]
    told = await world.interactions(line.tenant)
    assert [each.message.history is None for each in told] == [False, True]


async def test_a_name_of_the_past_takes_no_newer_ones_place(world: Any, line: Any) -> None:
    today = line.message(ANA, push_name="Ana Prado")
    at = today.data.message.occurred_at
    await world.take(today)
    old = past(line.message(ANA, push_name="Aninha", at=at - timedelta(days=30)))
    await world.take(old)
    (row,) = await world.rows(line.tenant, "SELECT * FROM contact")
    assert row["name"] == "Ana Prado"
    assert row["first_interaction_at"] == at - timedelta(days=30)
    assert row["last_interaction_at"] == at
    assert await world.events(line.tenant, "contact.name_changed") == []


async def test_who_was_deleted_stays_so_until_they_write(
    world: Any, line: Any, caller: Any
) -> None:
    await world.take(line.message(ANA, push_name="Ana"))
    (node,) = await world.nodes(line.tenant)
    assert (await caller.call("DELETE", f"/v1/contacts/{node}")).status_code == 204
    await world.take(past(line.message(ANA)))
    assert (await caller.call("GET", f"/v1/contacts/{node}")).status_code == 404
    assert await world.nodes(line.tenant) == [node]
    await world.take(line.message(ANA))
    assert (await caller.get(f"/v1/contacts/{node}"))["name"] == "Ana"
