"""A service that has lost its copies, and the operator who fills them again by snapshots."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from rich.console import Console

from platform_devstack import operator_commands
from ventros_e2e.api import Contact
from ventros_e2e.own_stack import OwnStack
from ventros_e2e.waiting import eventually

pytestmark = pytest.mark.e2e

COPIES = ("sessions.timeout_setting", "sessions.contact_ref", "messaging.contact_ref")

FILL = (
    ("channels", "channel", "sessions.copies"),
    ("identity", "project", "sessions.copies"),
    ("contacts", "contact", "sessions.aliases"),
    ("contacts", "contact", "messaging.aliases"),
)
"""(service, aggregate, queue of the consumer that keeps the copy)."""


@pytest.fixture
async def operator(stack: OwnStack) -> AsyncIterator[asyncpg.Connection]:
    """The database, to break what belongs to this test's own tenant."""
    connection = await asyncpg.connect(stack.admin_url)
    yield connection
    await connection.close()


async def ventros(stack: OwnStack, *words: object) -> tuple[int, str]:
    """`ventros <words>`: the exit code, and what it printed itself."""
    printed = io.StringIO()
    given = operator_commands.parse([str(word) for word in words])
    code = await asyncio.to_thread(
        given.operate, stack.around, Console(file=printed, width=200), given
    )
    return code, printed.getvalue()


async def copies(connection: asyncpg.Connection, tenant_id: object) -> dict[str, list[tuple]]:
    """Every row of this tenant in every copy."""
    return {
        table: sorted(
            (
                tuple(row.values())
                for row in await connection.fetch(
                    f"SELECT * FROM {table} WHERE tenant_id = $1", tenant_id
                )
            ),
            key=str,
        )
        for table in COPIES
    }


async def test_copies_that_were_lost_are_whole_again(make, stack, operator) -> None:
    tenant = await make(of_its_own=True, timeout_minutes=7)
    people = [
        await tenant.api.send("POST", "/v1/contacts", {"name": name}, Contact)
        for name in ("Ana", "Ana de novo", "Bruno", "Carla")
    ]
    first, second, third, fourth = (one.id for one in people)
    for merged in ({"contact_ids": [second]}, {"contact_ids": [third]}):
        await tenant.api.call("POST", f"/v1/contacts/{first}/merge", merged)
    await tenant.api.call("POST", f"/v1/contacts/{third}/unmerge", {})

    async def whole() -> dict[str, list[tuple]] | None:
        found = await copies(operator, tenant.tenant_id)
        # Two projects and a channel; the merged, the parted, and the one that stands for them.
        sizes = tuple(len(found[table]) for table in COPIES)
        # The parting is the last that is said, and each of the two hears it in its own time.
        told = all(
            any(row[-1] == 2 for row in found[table])
            for table in ("sessions.contact_ref", "messaging.contact_ref")
        )
        return found if sizes == (3, 3, 3) and told else None

    before = await eventually(whole, "copies of a channel, two projects and who is one person")
    for table in COPIES:
        await operator.execute(f"DELETE FROM {table} WHERE tenant_id = $1", tenant.tenant_id)

    for service, aggregate, queue in FILL:
        code, _ = await ventros(
            stack, "events", "snapshot", service, aggregate, "--to-queue", queue,
            "--tenant", tenant.tenant_id,
        )  # fmt: skip
        assert code == 0

    async def as_before() -> bool:
        return await copies(operator, tenant.tenant_id) == before

    await eventually(as_before, "the copies as they were")
    assert fourth not in {str(row[1]) for row in before["sessions.contact_ref"]}


async def test_an_operator_who_mistypes_is_told(stack) -> None:
    code, _ = await ventros(
        stack, "events", "snapshot", "contacts", "contact", "--to-queue", "sessions.alias"
    )
    assert code == 1


async def test_history_is_sent_to_one_queue(make, stack) -> None:
    tenant = await make(of_its_own=True)
    since = datetime.now(UTC).replace(microsecond=0)
    await tenant.api.send("POST", "/v1/contacts", {"name": "Ana"}, Contact)

    async def sent() -> str | None:
        code, printed = await ventros(
            stack, "events", "replay", "--to-queue", "messaging.aliases", "--since",
            since.isoformat(), "--type", "contact.created.v1", "--tenant", tenant.tenant_id,
        )  # fmt: skip
        assert code == 0
        return printed if printed.startswith("1 sent") else None

    printed = await eventually(sent, "the relay has published it")
    assert printed.splitlines()[-1] == "1 events sent to messaging.aliases"
