"""What channels says, kept: every event that it can say, as its use cases say it."""

from uuid import UUID

import httpx

from platform_bus import Bell
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_testkit import TestTenant
from platform_testkit.golden import Golden
from ventros_channels.adapters import adapters
from ventros_channels.domain.adapter import NotSent
from ventros_channels.pictures.loop import PicturesPart

from ..cloud import CLOUD_FIXTURES, Meta, create_number
from ..conftest import FIXTURES, Api, Pipeline, Webhooks, fixture
from ..desk import Desk
from ..integration.test_pictures import LOOPBACK, URL, Gallery, picture_of
from ..waha_script import listening

TOLD = ("message", "message.reply", "message.media_failed", "message.noweb_from_me")
"""Webhooks as WAHA sends them: words, an answer, a file that failed, our own from the phone."""


async def test_the_events_of_a_channel_are_as_kept(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, golden: Golden
) -> None:
    channel = await api.create(default_session_timeout_minutes=45)
    path = f"/v1/channels/{channel['id']}"
    change = {"name": "Filial", "default_session_timeout_minutes": None}
    assert (await api.call("PATCH", path, json=change)).is_success
    for name in TOLD:
        assert (await webhooks.post(channel, fixture(name))).status_code == 200
        await pipeline.deliver()
    assert (await api.call("DELETE", path)).is_success
    story = [
        row["envelope"]
        for exchange in ("ventros.events", "ventros.pipeline")
        for row in await pipeline.rows(exchange)
    ]
    golden.check("channels", story)
    assert len(await pipeline.told()) == len(TOLD)


async def test_what_a_provider_tells_beside_messages_is_as_kept(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, golden: Golden
) -> None:
    channel = await api.create(allow_groups=True)
    for path in sorted(FIXTURES.glob("*.json")):
        assert (await webhooks.post(channel, path.read_bytes())).status_code == 200
        await pipeline.deliver()
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b'"channel.created' not in told])


async def test_what_meta_tells_is_as_kept(
    api: Api, client: httpx.AsyncClient, pipeline: Pipeline, golden: Golden
) -> None:
    channel, meta = await create_number(api), Meta(client)
    for path in sorted(CLOUD_FIXTURES.glob("*.json")):
        assert (await meta.post(channel, path.read_bytes())).status_code == 200
        await pipeline.deliver()
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    kinds = (b'"channel.identity_changed', b'"channel.marketing_preference')
    golden.check("channels", [told for told in story if any(kind in told for kind in kinds)])


async def test_what_becomes_of_putting_a_channel_to_work_is_as_kept(
    api: Api, pipeline: Pipeline, golden: Golden
) -> None:
    async with listening() as waha:
        config = {"base_url": waha.url, "session": "loja"}
        channel = await api.create(config=config)
        states = f"GET /api/sessions/{config['session']}"
        for act in ("start", "stop"):
            waha.answers[f"POST /api/sessions/loja/{act}"] = (201, {})
        assert not (await api.call("POST", f"/v1/channels/{channel['id']}/restart")).is_success
        for status, act in (("WORKING", "start"), ("STOPPED", "stop")):
            waha.answers[states] = (200, {"status": status})
            assert (await api.call("POST", f"/v1/channels/{channel['id']}/{act}")).is_success
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b"activat" in told])


async def test_a_profile_picture_is_told_as_kept(
    api: Api,
    pipeline: Pipeline,
    golden: Golden,
    tenant: TestTenant,
    database: Database,
    vault: Vault,
) -> None:
    async with listening() as waha:
        channel = await api.create(config={"base_url": waha.url, "session": "loja"})
        waha.answers[picture_of("10000000000004@lid")] = (200, {"profilePictureURL": URL})
        calls = Outbound(allow=LOOPBACK)
        part = PicturesPart(database, vault, adapters(calls), Bell())
        await Gallery(tenant, database, part).met(channel, "10000000000004@lid")
        assert await part.run_once() == 1
        await calls.close()
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b"profile_picture" in told])


async def test_what_becomes_of_a_message_of_ours_is_as_kept(
    api: Api,
    pipeline: Pipeline,
    golden: Golden,
    tenant: TestTenant,
    database: Database,
    vault: Vault,
) -> None:
    channel = await api.create()
    desk = Desk(tenant, database, vault, UUID(channel["id"]))
    await desk.never_pause()
    desk.provider.raises = [NotSent("rejected", "WAHA refused the message (400).", code="400")]
    await desk.ask("um", "dois")
    for _ in range(2):
        await desk.turn()
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b'"channel.message_' in told])
