"""What channels says of templates, kept."""

from uuid import UUID

import httpx

from platform_bus import Bell
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_testkit import TestTenant
from platform_testkit.golden import Golden
from ventros_channels.adapters import adapters
from ventros_channels.templates.listing import Listing

from ..cloud import Meta, cloud_fixture, create_number
from ..conftest import Api, Pipeline
from ..graph_script import answering
from ..integration.test_pictures import LOOPBACK
from ..integration.test_templates import LISTED, page


async def test_the_events_of_templates_are_as_kept(
    api: Api,
    client: httpx.AsyncClient,
    pipeline: Pipeline,
    golden: Golden,
    tenant: TestTenant,
    database: Database,
    vault: Vault,
) -> None:
    async with answering() as graph:
        number = await create_number(api, whatsapp_cloud={"base_url": graph.url})
        graph.answers = [page(LISTED, after="more"), page({**LISTED, "id": "7", "name": "oferta"})]
        calls = Outbound(allow=LOOPBACK)
        listing = Listing(database, Bell(), vault, adapters(calls))
        assert await listing.list(tenant.tenant_id, tenant.project_id, UUID(number["id"])) == 2
        await calls.close()
        for what in ("status", "quality", "category"):
            post = await Meta(client).post(number, cloud_fixture(f"template_{what}"))
            assert post.status_code == 200
            await pipeline.deliver()
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b'"channel.template' in told])
