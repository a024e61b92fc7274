"""What Meta posts: the question for the address, signatures, batches, and whose number it is."""

from collections import Counter

import httpx
import msgspec
import pytest

from platform_postgres import Database
from platform_testkit import TestTenant
from ventros_channels.events.replay import replay
from ventros_channels.store.raw_events import Wanted

from ..cloud import (
    ACCOUNT,
    APP_SECRET,
    CLOUD_FIXTURES,
    NUMBER,
    TOKEN,
    Meta,
    batch,
    cloud_fixture,
    create_number,
)
from ..conftest import Api, Pipeline, Webhooks


@pytest.fixture
def meta(client: httpx.AsyncClient) -> Meta:
    return Meta(client)


async def test_a_number_shows_no_secret(api: Api) -> None:
    created = await create_number(api)
    shown = (await api.call("GET", f"/v1/channels/{created['id']}")).json()
    assert shown["whatsapp_cloud"] == {
        "phone_number_id": NUMBER,
        "waba_id": ACCOUNT,
        "api_version": "v24.0",
        "app_id": None,
    }
    assert shown["config"] == {"base_url": "https://graph.facebook.com", "session": NUMBER}
    assert (shown["has_api_key"], shown["pacing"]) == (True, False)
    assert created["hmac_secret"] is None
    assert len(created["verify_token"]) >= 32, "told once"
    assert "verify_token" not in shown
    assert not any(secret in str(shown) for secret in (APP_SECRET, TOKEN, created["verify_token"]))


async def test_a_configuration_is_of_its_type(api: Api) -> None:
    waha, number = await api.create(), await create_number(api)
    asked = {
        "waha": {"whatsapp_cloud": {"api_version": "v23.0"}},
        "number": {"config": {"session": "other"}},
        "both": {"config": {"session": "x"}, "whatsapp_cloud": {"api_version": "v23.0"}},
    }
    for channel, body in (
        (waha, asked["waha"]),
        (number, asked["number"]),
        (number, asked["both"]),
        (number, {"api_key": "other"}),
    ):
        refused = await api.call("PATCH", f"/v1/channels/{channel['id']}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "config_mismatch"), body
    body = {"name": "a", "type": "whatsapp_cloud", "external_id": "b"}
    for more in ({}, {"config": {"base_url": "https://a.example"}}):
        refused = await api.call("POST", "/v1/channels", json={**body, **more})
        assert (refused.status_code, refused.json()["code"]) == (422, "config_mismatch")
    path = f"/v1/channels/{number['id']}"
    change = {"whatsapp_cloud": {"api_version": "v25.0", "waba_id": "7"}}
    changed = (await api.call("PATCH", path, json=change)).json()
    assert changed["whatsapp_cloud"]["api_version"] == "v25.0"
    assert (changed["whatsapp_cloud"]["waba_id"], changed["version"]) == ("7", 2)
    for app_id in ("8", None):
        change = {"whatsapp_cloud": {"app_id": app_id}}
        assert (await api.call("PATCH", path, json=change)).status_code == 200
        shown = (await api.call("GET", path)).json()["whatsapp_cloud"]
        assert (shown["app_id"], shown["waba_id"]) == (app_id, "7")
    third = await create_number(api, external_id="3", whatsapp_cloud={"app_id": "9"})
    assert third["whatsapp_cloud"]["app_id"] == "9"


async def test_the_address_is_confirmed_to_who_knows_the_token(api: Api, meta: Meta) -> None:
    made = await create_number(api)
    given = await create_number(
        api, external_id="2", whatsapp_cloud={"verify_token": "given-by-the-company"}
    )
    assert given["verify_token"] is None
    answer = await meta.ask(made, made["verify_token"])
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (await meta.ask(given, "given-by-the-company")).text == "1158201444"
    for token in ("given-by-the-company", made["verify_token"] + "x", "x"):
        refused = await meta.ask(made, token)
        assert (refused.status_code, refused.json()["code"]) == (
            403,
            "webhook_verification_refused",
        )
    assert (await meta.ask(made, made["verify_token"], hub_mode="other")).status_code == 400
    waha = await api.create()
    assert (await meta.ask(waha, "anything")).status_code == 404
    await api.call("PATCH", f"/v1/channels/{made['id']}", json={"status": "inactive"})
    assert (await meta.ask(made, made["verify_token"])).status_code == 404


async def test_signatures_are_over_the_raw_bytes(
    api: Api, meta: Meta, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    number, waha = await create_number(api), await api.create()
    body = cloud_fixture("text")
    other_bytes = msgspec.json.encode(msgspec.json.decode(body))
    assert (await meta.post(number, body)).status_code == 200
    assert (await meta.post(number, body, secret="another-secret")).status_code == 401
    good = (await meta.post(number, other_bytes)).status_code
    assert good == 200, "other bytes are another post"
    for signature in ("sha256=", "sha256=zz", "sha512=" + "0" * 64, "0" * 64):
        assert (await meta.post(number, body, signature=signature)).status_code == 401
    # WAHA's header does not open a number of Meta's, nor the other way round.
    number["hmac_secret"] = APP_SECRET
    assert (await webhooks.post(number, body)).status_code == 401
    assert (await meta.post(waha, body, secret=waha["hmac_secret"])).status_code == 401
    assert len(await pipeline.raw("whatsapp_cloud.events")) == 2


async def test_a_post_of_any_shape_is_stored(api: Api, meta: Meta, pipeline: Pipeline) -> None:
    number = await create_number(api)
    for body in (b"{}", b'{"entry": 7}', b'{"entry":[{"changes":[{"field":"new"}]}]}'):
        assert (await meta.post(number, body)).status_code == 200
    for body, code in ((b"[]", "not_an_event"), (b"{", "malformed_json")):
        refused = await meta.post(number, body)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    types = [one.type for one in await pipeline.raw("whatsapp_cloud.events")]
    assert types == ["whatsapp_cloud.events.unknown"] * 3
    await pipeline.deliver()
    assert pipeline.dead == []


async def test_all_of_a_batch_is_told_once(api: Api, meta: Meta, pipeline: Pipeline) -> None:
    number = await create_number(api)
    body = batch(100, statuses=100)
    for _ in range(2):
        assert (await meta.post(number, body)).status_code == 200
    assert len(await pipeline.raw("whatsapp_cloud.events")) == 1, "the same bytes, once"
    # The same messages in other bytes are told once as well.
    assert (await meta.post(number, body + b"\n")).status_code == 200
    await pipeline.deliver()
    messages = await pipeline.messages()
    assert [one.stanza for one in messages] == [f"wamid.BATCH{n}" for n in range(100)]
    assert {one.channel_type for one in messages} == {"whatsapp_cloud"}
    assert len({one.chat for one in messages}) == 100
    counted = Counter(one.type for one in await pipeline.events())
    assert counted["channel.message_ack.v1"] == 100


async def test_what_is_of_another_number_is_not_told(
    api: Api, meta: Meta, pipeline: Pipeline
) -> None:
    for changes in ({"phone_number_id": "9"}, {"waba_id": "9"}):
        number = await create_number(
            api, external_id=str(changes), whatsapp_cloud=changes, name=str(changes)
        )
        name = "text" if "phone_number_id" in changes else "account_disabled"
        assert (await meta.post(number, cloud_fixture(name))).status_code == 200
    await pipeline.deliver()
    assert await pipeline.messages() == []
    told = {one.type for one in await pipeline.events()}
    assert told == {"channel.created.v1"}


async def test_an_account_that_is_barred_is_the_channels_state(
    api: Api, meta: Meta, pipeline: Pipeline
) -> None:
    number = await create_number(api)
    path = f"/v1/channels/{number['id']}"
    for name, status in (("account_disabled", "SUSPENDED"), ("account_reinstated", "WORKING")):
        assert (await meta.post(number, cloud_fixture(name))).status_code == 200
        await pipeline.deliver()
        assert (await api.call("GET", path)).json()["connection_status"] == status


async def test_a_replay_tells_nothing_anew(
    api: Api, meta: Meta, pipeline: Pipeline, database: Database, tenant: TestTenant
) -> None:
    number = await create_number(api)
    for path in sorted(CLOUD_FIXTURES.glob("*.json")):
        assert (await meta.post(number, path.read_bytes())).status_code == 200
    await pipeline.deliver()
    told = len(await pipeline.told()), len(await pipeline.events())
    async with database.tenant(tenant.tenant_id) as tx:
        since = await tx.fetchval("SELECT min(received_at) FROM raw_event")
        until = await tx.fetchval("SELECT max(received_at) + interval '1 s' FROM raw_event")
    assert await replay(database, Wanted(since=since, until=until)) == len(
        list(CLOUD_FIXTURES.glob("*.json"))
    )
    await pipeline.deliver()
    assert (len(await pipeline.told()), len(await pipeline.events())) == told
    assert pipeline.dead == []
