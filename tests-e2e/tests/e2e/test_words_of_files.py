"""Three short messages are one group, though messaging dies among them; its voice is written down
and shown where the message stands."""

from uuid import uuid4

import pytest
from msgspec import Struct

from platform_testkit.openai_fake import SPOKEN, AiFake
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.contents import Kind
from waha_simulator.http.control import Write
from waha_simulator.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PAUSE_MS = 6000
"""Longer than what lies between two of the messages, however slow the machine is."""


class Group(Struct, frozen=True, kw_only=True):
    """Messages that belong together."""

    id: str
    status: str
    message_ids: list[str]


class Excerpt(Struct, frozen=True, kw_only=True):
    """What a file says."""

    status: str
    extracted_text: str | None


class Shown(Struct, frozen=True, kw_only=True):
    """A message of a timeline with the words of its file."""

    id: str
    enrichment: Excerpt | None


async def test_a_group_survives_a_restart_and_its_voice_is_read_in_the_timeline(
    stack, tenant, ai_port: int
) -> None:
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    session = f"words-{uuid4().hex[:12]}"
    owner = Person(phone=mobile("41", 20_000_555), lid=str(5 * 10**13), name="Loja")
    channel = await connect_line(tenant.api, waha, session=session, owner=owner)
    machines = {"ai_enabled": True, "debounce_timeout_ms": PAUSE_MS}
    await tenant.api.send("PATCH", f"/v1/channels/{channel.id}", machines, dict)
    ana = somebody("Ana")

    async def groups(count: int) -> list[Group]:
        found = await tenant.api.every("/v1/message-groups", Group, session_id=first.session_id)
        return [group for group in found if len(group.message_ids) == count]

    written = await waha.write(session, Write(person=ana, text="Oi"))
    first = await tenant.inbox.the_message(written.stanza)
    await waha.write(session, Write(person=ana, text="tudo bem?"))
    (pending,) = await eventually(lambda: groups(2), "two messages are one group", within=30)
    assert pending.status == "pending"
    await stack.kill("messaging")
    await waha.write(session, Write(person=ana, kind=Kind.VOICE))
    async with AiFake().serve(ai_port):
        await stack.start_service("messaging")

        async def completed() -> Group | None:
            found = await groups(3)
            return found[0] if found and found[0].status == "completed" else None

        group = await eventually(completed, "all three are one group, and done", within=60)
    assert group.id == pending.id
    shown = await tenant.api.every("/v1/messages", Shown, session_id=first.session_id)
    assert [one.id for one in shown] == group.message_ids
    assert [one.enrichment for one in shown] == [
        None,
        None,
        Excerpt(status="completed", extracted_text=SPOKEN),
    ]
