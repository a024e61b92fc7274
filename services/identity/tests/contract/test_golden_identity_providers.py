"""What identity says of identity providers and of who signs in with them, kept."""

from platform_postgres import Database
from platform_testkit.golden import Golden

from ..conftest import Tenant
from ..provider import come, register, running

ISSUER = b"https://login.example"


async def test_the_events_of_identity_providers_are_as_kept(
    ana: Tenant, db: Database, golden: Golden
) -> None:
    with running() as provider:
        provider.knows("s-1", email="ana@ana.example", email_verified=True)
        provider_id = await register(ana, provider, email_domains=["ana.example"])
        path = f"/v1/identity-providers/{provider_id}"
        assert (await ana.call("PATCH", path, json={"name": "Other"})).is_success
        assert (await come(ana, provider, provider_id, "s-1")).is_success
    mine = (await ana.call("GET", "/v1/me/external-identities")).json()["items"]
    assert (await ana.call("DELETE", f"/v1/me/external-identities/{mine[0]['id']}")).is_success
    assert (await ana.call("DELETE", path)).is_success
    async with db.tenant(ana.id) as tx:
        rows = await tx.fetch(
            "SELECT envelope FROM outbox"
            " WHERE type LIKE 'identity_provider.%' OR type LIKE 'external_identity.%'"
            " ORDER BY seq"
        )
    # Its port is another one each time.
    story = [row["envelope"].replace(provider.issuer.encode(), ISSUER) for row in rows]
    golden.check("identity", story)
