"""What channels says of imports of history, kept."""

from platform_crypto import Vault
from platform_postgres import Database
from platform_testkit import TestTenant
from platform_testkit.golden import Golden

from ..conftest import Api, Pipeline
from ..history_desk import HistoryDesk, kept, remembering


async def test_what_is_said_of_an_import_is_as_kept(
    api: Api,
    pipeline: Pipeline,
    golden: Golden,
    tenant: TestTenant,
    database: Database,
    vault: Vault,
) -> None:
    async with remembering() as waha:
        channel = await api.create(config={"base_url": waha.url})
        desk = HistoryDesk(api, channel, database, vault, tenant.tenant_id)
        waha.kept = {"554400000003@c.us": [kept(1), kept(2, id="nonsense")]}
        assert not await desk.run(await desk.begun(limit_per_chat=100))
        stopped = await desk.begun()
        await api.call("POST", f"{desk.path}/{stopped}/cancel")
        broken = await desk.begun()
        await desk.historian().end(tenant.tenant_id, broken, "WAHA does not accept the key.")
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b".history_import." in told])
