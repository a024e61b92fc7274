"""What brought a contact: kept once for each message that says it, told, and listed."""

from typing import Any

import msgspec

from platform_core.ids import new_id
from proto_events.conversation import AdReferral, FromHistory

ANA = "5511987654321@s.whatsapp.net"
ANAS_LID = "123456789012345@lid"
AD = AdReferral(
    source_type="ad",
    source_id="120210000000000000",
    source_url="https://fb.me/abc",
    source_app="instagram",
    title="Sapatos",
    body="Fale conosco",
    ctwa_click_id="ARAkLkA8rmlFeiCktEJQ-QTwRiyYHAFDLMNDBH0CD3qpjd0HR4irJ6LEkR7JwLF4XvnO2E4Nx0",
    conversion_source="ctwa_ad",
)
POST = AdReferral(source_type="post", source_id="77", source_url="https://fb.me/post")


def saying(message: Any, **changes: object) -> Any:
    """The message with other members than it had."""
    said = msgspec.structs.replace(message.data.message, **changes)
    return msgspec.structs.replace(
        message, data=msgspec.structs.replace(message.data, message=said)
    )


async def test_a_click_on_an_advertisement_is_kept_told_and_shown(
    world: Any, line: Any, caller: Any
) -> None:
    clicked = saying(line.message(ANA), referral=AD)
    await world.take(line.message(ANA), clicked, line.message(ANA))
    (contact,) = await world.nodes(line.tenant)
    (shown,) = (await caller.get(f"/v1/contacts/{contact}/trackings"))["items"]
    said = clicked.data.message
    assert {**shown, "id": None, "tracked_at": None} == {
        "id": None,
        "tracked_at": None,
        "contact_id": str(contact),
        "message_id": str(said.id),
        "channel_id": str(line.channel_id),
        "source": "meta_ads",
        "platform": "instagram",
        "ad_id": AD.source_id,
        "ad_url": AD.source_url,
        "click_id": AD.ctwa_click_id,
        "conversion_source": "ctwa_ad",
        "title": "Sapatos",
        "body": "Fale conosco",
    }
    created, told = await world.events(line.tenant, "tracking.created", "tracking.message.meta_ads")
    assert (created.data.source, created.data.platform) == ("meta_ads", "instagram")
    assert str(told.data.tracking_id) == shown["id"]
    assert (told.data.contact_id, told.data.ctwa_click_id) == (contact, AD.ctwa_click_id)
    assert told.data.tracked_at == said.occurred_at
    assert told.envelope.correlation_id == clicked.envelope.correlation_id


async def test_a_message_is_tracked_once_however_often_it_is_told(world: Any, line: Any) -> None:
    clicked = saying(line.message(ANA), referral=AD)
    await world.take(clicked)
    await world.take(clicked)
    assert len(await world.rows(line.tenant, "SELECT FROM tracking")) == 1
    assert len(await world.events(line.tenant, "tracking.created")) == 1


async def test_a_post_is_a_referral_and_what_we_write_is_nothing(world: Any, line: Any) -> None:
    await world.take(
        saying(line.message(ANA), referral=POST),
        saying(line.message(ANA, from_me=True), referral=AD),
    )
    rows = await world.rows(line.tenant, "SELECT source, platform, ad_id FROM tracking")
    assert [tuple(row) for row in rows] == [("referral", "other", "77")]
    assert await world.events(line.tenant, "tracking.message.meta_ads") == []


async def test_an_imported_click_is_kept_and_not_told_as_a_click(world: Any, line: Any) -> None:
    past = FromHistory(import_id=new_id())
    await world.take(saying(line.message(ANA), referral=AD, history=past))
    assert len(await world.events(line.tenant, "tracking.created")) == 1
    assert await world.events(line.tenant, "tracking.message.meta_ads") == []


async def test_a_person_has_those_of_all_their_nodes_newest_first(
    world: Any, line: Any, caller: Any
) -> None:
    for address in (ANA, ANAS_LID, ANA):
        await world.take(saying(line.message(address), referral=AD))
    await world.take(line.message(ANA, ANAS_LID))
    first, second = await world.nodes(line.tenant)
    seen, cursor = [], {}
    while True:
        page = await caller.get(f"/v1/contacts/{second}/trackings", limit=1, **cursor)
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [one["contact_id"] for one in seen] == [str(first), str(second), str(first)]
    assert seen == sorted(seen, key=lambda one: one["tracked_at"], reverse=True)
    missing = await caller.call("GET", f"/v1/contacts/{new_id()}/trackings")
    assert (missing.status_code, missing.json()["code"]) == (404, "contact_not_found")
