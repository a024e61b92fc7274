"""What is read is noted, and what a contract lacks is found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from platform_bus import Consumer, Received
from platform_testkit import TestTenant
from platform_testkit.contracts import Contracts, NotInContract, unread
from platform_testkit.event_schemas import check_schema
from platform_testkit.event_strategies import framed, shapes
from platform_testkit.hearing import check_listener
from platform_testkit.reads import Reads, watched
from proto_events import envelope as frame
from proto_events.contacts import ContactInteractionRecorded
from proto_events.conversation import Content, ContentType
from proto_events.registry import PIPELINE_EXCHANGE
from proto_events.sessions import SessionMessageRecorded

RECORDED = "contact.interaction_recorded.v1"

Ask = Callable[[Received[ContactInteractionRecorded]], object]


async def reads_of(ask: Ask, tenant: TestTenant) -> Reads:
    """What a handler reads that asks this of an event with every member."""

    async def handle(_tx: Any, _tenant: Any, events: Any) -> None:
        for event in events:
            ask(event)

    consumer = Consumer(
        name="planted.heard",
        types={RECORDED: ContactInteractionRecorded},
        exchange=PIPELINE_EXCHANGE,
        handle=handle,
    )
    reads = Reads()
    handler = watched(consumer, reads).handle
    assert handler is not None
    data = next(shapes(ContactInteractionRecorded))
    tx: Any = None
    await handler(tx, tenant.tenant_id, [Received(framed(RECORDED, data, tenant), data)])
    return reads


def caption(event: Received[ContactInteractionRecorded]) -> object:
    return event.data.message.content.text


def first_link(event: Received[ContactInteractionRecorded]) -> object:
    return [link.root_id for link in event.data.aliases], event.envelope.traceparent


def told_on(event: Received[ContactInteractionRecorded]) -> object:
    recorded = SessionMessageRecorded(
        session_id=event.data.contact_id,
        contact_id=event.data.contact_id,
        root_id=event.data.root_id,
        from_contact=True,
        recorded_at=event.data.interacted_at,
        message=event.data.message,
    )
    return msgspec.json.encode(recorded)


async def test_every_member_that_is_asked_for_is_noted(tenant: TestTenant) -> None:
    read = (await reads_of(caption, tenant)).of(RECORDED)
    assert read == {"data.message", "data.message.content", "data.message.content.text"}
    read = (await reads_of(first_link, tenant)).of(RECORDED)
    assert read == {"data.aliases", "data.aliases[].root_id", "traceparent"}


async def test_what_is_told_on_is_read_as_a_whole(tenant: TestTenant) -> None:
    assert "data.message.*" in (await reads_of(told_on, tenant)).of(RECORDED)


async def test_a_watched_event_is_still_the_event(tenant: TestTenant) -> None:
    def same(event: Received[ContactInteractionRecorded]) -> None:
        assert isinstance(event.data, ContactInteractionRecorded)
        assert isinstance(event.data.message.content, Content)
        data = msgspec.json.decode(event.envelope.data, type=ContactInteractionRecorded)
        assert msgspec.json.encode(event.data) == msgspec.json.encode(data)

    await reads_of(same, tenant)


@pytest.mark.parametrize(
    ("ask", "beside"),
    [
        (caption, ["data.message.content.text"]),
        (first_link, ["data.aliases", "data.aliases[].root_id", "traceparent"]),
        (told_on, []),
    ],
)
async def test_a_handler_that_reads_beside_its_contract_is_found(
    ask: Ask, beside: list[str], tenant: TestTenant, contracts_of: Callable[[str], Contracts]
) -> None:
    made = contracts_of("planted").contract(RECORDED, ContactInteractionRecorded, frozenset())
    read = (await reads_of(ask, tenant)).of(RECORDED)
    assert unread(made, read) == beside


async def test_a_contract_is_what_is_needed_and_read(
    tenant: TestTenant, contracts_of: Callable[[str], Contracts]
) -> None:
    contracts = contracts_of("planted")
    reads = await reads_of(caption, tenant)
    contract = contracts.contract(RECORDED, ContactInteractionRecorded, reads.of(RECORDED))
    message = contract["properties"]["data"]["properties"]["message"]
    assert set(message["properties"]["content"]["properties"]) == {"type", "text"}
    assert message["properties"]["content"]["required"] == ["type"]
    assert "reply_to" not in message["properties"]
    assert "aliases" not in contract["properties"]["data"]["properties"]
    assert "specversion" not in contract["properties"]
    for data in shapes(ContactInteractionRecorded):
        event = msgspec.json.decode(frame.encode(framed(RECORDED, data, tenant)))
        assert check_schema(contract, event) == []
    event["data"]["message"]["content"]["text"] = 5
    del event["tenantid"]
    assert check_schema(contract, event) == ["the event", "data.message.content.text"]


async def test_a_contract_that_lacks_or_asks_too_much_is_found(
    tenant: TestTenant, contracts_of: Callable[[str], Contracts], tmp_path: Path
) -> None:
    (tmp_path / "schemas").symlink_to(_schemas())
    types = {RECORDED: ContactInteractionRecorded}
    less, more = await reads_of(caption, tenant), await reads_of(told_on, tenant)
    kept = Contracts(tmp_path, "planted", update=False)
    with pytest.raises(NotInContract, match="update-golden"):
        kept.check(types, less)
    Contracts(tmp_path, "planted", update=True).check(types, less)
    kept.check(types, less)
    with pytest.raises(NotInContract, match=r'\+.*"reply_to"'):
        kept.check(types, more)
    with pytest.raises(NotInContract, match=r'-.*"text"'):
        kept.check(types, Reads())


def test_who_reads_bodies_by_itself_is_held_to_its_contract_too(
    tenant: TestTenant, tmp_path: Path
) -> None:
    (tmp_path / "schemas").symlink_to(_schemas())
    types = {RECORDED: ContactInteractionRecorded}

    def hear(body: bytes) -> object:
        envelope = frame.decode(body)
        data = msgspec.json.decode(envelope.data, type=ContactInteractionRecorded)
        return envelope.causation_id, data.message.push_name

    check_listener(Contracts(tmp_path, "planted", update=True), types, hear, tenant)
    kept = Contracts(tmp_path, "planted", update=False)
    check_listener(kept, types, hear, tenant)
    contract = kept.kept(RECORDED)["properties"]
    assert "causationid" in contract
    assert "push_name" in contract["data"]["properties"]["message"]["properties"]
    with pytest.raises(NotInContract, match=r'-.*"push_name"'):
        check_listener(kept, types, frame.decode, tenant)


def test_shapes_have_every_word_and_both_ends() -> None:
    made = [data.message for data in shapes(ContactInteractionRecorded)]  # type: ignore[attr-defined]
    assert {message.content.type for message in made} == set(ContentType.__args__)
    assert made[0].reply_to is not None
    assert made[1].reply_to is None


def _schemas() -> Path:
    from platform_testkit.event_schemas import contracts_folder  # noqa: PLC0415

    return contracts_folder() / "schemas"
