"""Many at once: lanes, callers and forms of one address meet; nobody is doubled or deadlocked."""

import asyncio
import random
from collections import Counter
from typing import Any

import asyncpg
from structlog.testing import capture_logs

from platform_postgres import Database
from ventros_contacts.events.subscribe import on_messages

SHORT = "551187654321@s.whatsapp.net"
LONG = "5511987654321@s.whatsapp.net"
LID = "123456789012345@lid"


async def bundle(database: Database, messages: list[Any]) -> None:
    """One bundle of several tenants in one transaction, as the bus does it."""
    parts: dict[Any, list[Any]] = {}
    for message in messages:
        parts.setdefault(message.envelope.tenant_id, []).append(message)
    while True:
        try:
            async with database.bundle() as tx:
                for tenant_id in sorted(parts):
                    await tx.execute(f"SET LOCAL app.tenant_id = '{tenant_id}'")
                    await on_messages(tx, tenant_id, parts[tenant_id])
        except asyncpg.DeadlockDetectedError:
            raise
        except asyncpg.SerializationError:
            continue
        return


async def test_fifty_first_messages_in_three_forms_make_one_contact(world: Any, line: Any) -> None:
    forms = [(SHORT,), (LONG,), (LID, SHORT)]
    messages = [line.message(*forms[number % 3], push_name="Ana") for number in range(50)]
    lanes = [messages[lane::8] for lane in range(8)]

    async def lane(own: list[Any]) -> None:
        for start in range(0, len(own), 2):
            await world.take(*own[start : start + 2])

    await asyncio.gather(*(lane(own) for own in lanes))
    assert len(await world.nodes(line.tenant)) == 1
    assert len(await world.events(line.tenant, "contact.created")) == 1
    met = await world.interactions(line.tenant)
    assert len(met) == 50
    assert len({each.message.id for each in met}) == 50
    assert sum(each.is_first_interaction for each in met) == 1
    rows = await world.rows(line.tenant, "SELECT kind, value FROM contact_identity")
    assert {row["value"] for row in rows} == {SHORT, LONG, LID, "+5511987654321"}


async def test_every_message_at_once_on_its_own_connection(world: Any, line: Any) -> None:
    forms = [(SHORT,), (LONG,), (LID, SHORT), (SHORT, LID)]
    messages = [line.message(*forms[number % 4]) for number in range(24)]
    await asyncio.gather(*(world.take(message) for message in messages))
    assert len(await world.nodes(line.tenant)) == 1
    assert len(await world.interactions(line.tenant)) == 24


async def test_the_lid_alone_beside_the_proof(world: Any, line: Any) -> None:
    """Whether the LID or the phone comes first, or the proof: one person at the end."""
    messages = [
        line.message(*forms) for _ in range(6) for forms in ((LID,), (SHORT,), (LONG,), (LID, LONG))
    ]
    await asyncio.gather(*(world.take(message) for message in messages))
    await world.take(line.message(LID))
    await world.take(line.message(SHORT))
    last = (await world.interactions(line.tenant))[-2:]
    assert last[0].root_id == last[1].root_id
    assert len(await world.nodes(line.tenant)) <= 2


async def test_shuffled_bundles_of_many_tenants_never_deadlock(
    world: Any, database: Database
) -> None:
    """Twelve lanes, three tenants, the same few people, their proofs, and users who interfere."""
    lines = [world.line() for _ in range(3)]
    phones = [f"55119{number:08}@s.whatsapp.net" for number in range(6)]
    lids = [f"{10**14 + number}@lid" for number in range(6)]
    sent: Counter[Any] = Counter()

    async def lane(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(8):
            messages = []
            for _ in range(12):
                line, number = chance.choice(lines), chance.randrange(6)
                forms = [(phones[number],), (lids[number],), (phones[number], lids[number])]
                messages.append(line.message(*chance.choice(forms), push_name=f"p{seed}"))
                sent[line.tenant.tenant_id] += 1
            await bundle(database, messages)

    async def user(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(12):
            line = chance.choice(lines)
            caller = world.caller(line.tenant)
            nodes = await world.nodes(line.tenant)
            await asyncio.sleep(0)
            if len(nodes) < 2:
                continue
            one, other = chance.sample(nodes, 2)
            what = chance.randrange(5)
            options: dict[str, Any] = {}
            method, path = "POST", f"/v1/contacts/{one}"
            if what == 0:
                path += "/merge"
                options["json"] = {"contact_ids": [str(other)]}
            elif what == 1:
                path += "/unmerge"
            elif what == 2:
                method = "DELETE"
            elif what == 3:
                method, options["json"] = "PATCH", {"name": f"user {seed}"}
            else:
                phone = "+" + chance.choice(phones).partition("@")[0]
                method, options["json"] = "PATCH", {"phone": phone}
            answer = await caller.call(method, path, **options)
            assert answer.status_code in {200, 204, 404, 409, 503}, answer.text
            if answer.status_code == 503:
                assert answer.json()["code"] == "database_busy"

    with capture_logs() as logs:
        await asyncio.gather(
            *(lane(seed) for seed in range(12)), *(user(seed) for seed in range(4))
        )
    assert not [entry for entry in logs if entry.get("error") == "DeadlockDetectedError"]
    for line in lines:
        met = await world.interactions(line.tenant)
        assert len(met) == sent[line.tenant.tenant_id]
        # One contact per identity, one row per identity.
        rows = await world.rows(line.tenant, "SELECT value FROM contact_identity")
        assert len(rows) == len({row["value"] for row in rows})
        assert len(await world.nodes(line.tenant)) <= 12
