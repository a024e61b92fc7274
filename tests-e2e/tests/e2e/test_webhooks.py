"""The address that providers post to: every answer of it, through the gateway."""

import json

import pytest

from ventros_e2e.crowd import somebody
from waha_simulator.payloads import Place

pytestmark = pytest.mark.e2e


async def raw_events(database, tenant) -> list:
    return await database.fetch(
        "SELECT event, body FROM channels.raw_event WHERE project_id = $1", tenant.project_id
    )


async def test_a_signed_webhook_is_stored_and_answered_with_200(tenant, database) -> None:
    body = tenant.provider.told(tenant.provider.message(somebody("Ana"), "Olá, ação!"))
    assert (await tenant.provider.post(body)).status == 200
    (row,) = await raw_events(database, tenant)
    assert (row["event"], row["body"]) == ("message.any", body)


async def test_a_wrong_key_and_a_changed_byte_are_401(tenant, database) -> None:
    body = tenant.provider.told(tenant.provider.message(somebody("Ana"), "oi"))
    refused = await tenant.provider.post(body, key="another key than the real one")
    assert refused.status == 401
    assert json.loads(refused.body)["code"]
    assert await raw_events(database, tenant) == []


async def test_unknown_inactive_and_deleted_channels_are_404(tenant) -> None:
    body = tenant.provider.told(tenant.provider.message(somebody("Ana"), "oi"))
    path = f"/v1/channels/{tenant.line.channel.id}"
    await tenant.api.call("PATCH", path, {"status": "inactive"})
    assert (await tenant.provider.post(body)).status == 404
    await tenant.api.call("PATCH", path, {"status": "active"})
    assert (await tenant.provider.post(body)).status == 200
    await tenant.api.call("DELETE", path)
    assert (await tenant.provider.post(body)).status == 404
    unknown = f"{tenant.api.url}/webhooks/{'x' * 43}"
    async with tenant.client.post(unknown, data=body) as answer:
        assert answer.status == 404


async def test_too_large_is_413_and_not_json_is_400(tenant, database) -> None:
    large = await tenant.provider.post(b'{"event":"' + b"x" * (4 * 1024 * 1024) + b'"}')
    assert large.status == 413
    assert (await tenant.provider.post(b"not json")).status == 400
    assert (await tenant.provider.post(b"\xff\xfe")).status == 400
    assert await raw_events(database, tenant) == []


async def test_the_order_of_checks_is_the_documented_one(tenant) -> None:
    """413 before 404 before 401 before 400."""
    large = b"x" * (4 * 1024 * 1024)
    unknown = f"{tenant.api.url}/webhooks/{'x' * 43}"
    async with tenant.client.post(unknown, data=large) as answer:
        assert answer.status == 413
    async with tenant.client.post(unknown, data=b"not json") as answer:
        assert answer.status == 404
    assert (await tenant.provider.post(b"not json", key="wrong key of the tests")).status == 401


async def test_groups_statuses_and_newsletters_are_kept_raw_and_nothing_more(
    tenant, database
) -> None:
    for place in (Place.GROUP, Place.STATUS, Place.NEWSLETTER):
        await tenant.provider.write(somebody("Ana"), "para todos", place=place)
    direct = await tenant.provider.write(somebody("Bruno"), "para a loja")
    await tenant.inbox.the_message(direct.stanza)
    assert len(await raw_events(database, tenant)) == 4
    assert [one.name for one in await tenant.inbox.contacts()] == ["Bruno"]
    assert len(await tenant.inbox.sessions()) == 1
