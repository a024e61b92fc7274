"""/v1/channels: what is shown, what is refused, what is said, and what never leaves."""

import io
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_core.ids import new_id
from platform_crypto import DecryptionError, Vault
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.channels import ChannelCreated, ChannelDeleted, ChannelUpdated
from ventros_channels.commands.seal import unseal
from ventros_channels.domain.credential import Credential

from ..conftest import PUBLIC_URL, Api, Pipeline, Webhooks, fixture

CANARY = "canary-3f9c1d-secret"
KEY_CANARY = "canary-77aa02-api-key"


def refused(answer: httpx.Response, status: int, code: str, field: str = "") -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == code
    if field:
        assert field in [error.get("pointer", error.get("parameter")) for error in body["errors"]]


async def credentials(database: Database, tenant: TestTenant) -> dict[str, Credential]:
    async with database.tenant(tenant.tenant_id) as tx:
        rows = await tx.fetch(
            "SELECT tenant_id, id, channel_id, kind, version, sealed FROM credential"
        )
    found = [msgspec.convert(dict(row), Credential) for row in rows]
    return {credential.kind: credential for credential in found}


async def test_a_channel_is_created_with_an_address_and_a_secret_told_once(api: Api) -> None:
    created = await api.create(default_session_timeout_minutes=0.5)
    assert len(created["hmac_secret"]) >= 43
    assert len(created["webhook_id"]) >= 43
    assert created["webhook_url"] == f"{PUBLIC_URL}/webhooks/{created['webhook_id']}"
    assert created["config"] == {"base_url": "http://waha:3000", "session": "default"}
    assert (created["status"], created["version"]) == ("active", 1)
    secret = created.pop("hmac_secret")
    assert created.pop("verify_token") is None
    answer = await api.call("GET", f"/v1/channels/{created['id']}")
    assert answer.json() == created
    assert secret not in answer.text


async def test_webhook_ids_are_never_the_same(api: Api) -> None:
    ids = {(await api.create(external_id=f"n{n}"))["webhook_id"] for n in range(5)}
    assert len(ids) == 5


async def test_a_given_secret_is_not_told_back(api: Api) -> None:
    created = await api.create(hmac_secret=CANARY, api_key=KEY_CANARY)
    assert created["hmac_secret"] is None
    assert created["has_api_key"] is True


async def test_every_change_raises_the_version_and_is_said(
    api: Api, pipeline: Pipeline, tenant: TestTenant
) -> None:
    created = await api.create()
    path = f"/v1/channels/{created['id']}"
    renamed = await api.call("PATCH", path, json={"name": "Filial", "config": {"session": "two"}})
    assert renamed.json()["config"] == {"base_url": "http://waha:3000", "session": "two"}
    same = await api.call("PATCH", path, json={"name": "Filial"})
    assert (renamed.json()["version"], same.json()["version"]) == (2, 2)
    timed = await api.call("PATCH", path, json={"default_session_timeout_minutes": 12.5})
    assert timed.json()["default_session_timeout_minutes"] == 12.5
    untimed = await api.call("PATCH", path, json={"default_session_timeout_minutes": None})
    assert untimed.json()["default_session_timeout_minutes"] is None
    assert (await api.call("DELETE", path)).status_code == 204

    events = await pipeline.events()
    assert [(event.type, event.sequence) for event in events] == [
        ("channel.created.v1", 1),
        ("channel.updated.v1", 2),
        ("channel.updated.v1", 3),
        ("channel.updated.v1", 4),
        ("channel.deleted.v1", 5),
    ]
    assert {event.subject for event in events} == {created["id"]}
    assert {(e.tenant_id, e.project_id) for e in events} == {(tenant.tenant_id, tenant.project_id)}
    first = msgspec.json.decode(events[0].data, type=ChannelCreated)
    assert (first.name, first.external_id) == ("Loja", "+554400000001")
    third = msgspec.json.decode(events[2].data, type=ChannelUpdated)
    assert (third.name, third.default_session_timeout_minutes) == ("Filial", 12.5)
    last = msgspec.json.decode(events[4].data, type=ChannelDeleted)
    assert str(last.channel_id) == created["id"]


async def test_a_deleted_channel_is_gone_and_its_secrets_with_it(
    api: Api, database: Database, tenant: TestTenant
) -> None:
    created = await api.create(api_key=KEY_CANARY)
    path = f"/v1/channels/{created['id']}"
    assert (await api.call("DELETE", path)).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        body = {"json": {}} if method == "PATCH" else {}
        refused(await api.call(method, path, **body), 404, "channel_not_found")
    assert (await api.call("GET", "/v1/channels")).json()["items"] == []
    assert await credentials(database, tenant) == {}
    await api.create()  # the account is free again


async def test_one_account_is_one_channel_of_a_project(api: Api) -> None:
    one = await api.create()
    two = await api.create(external_id="+554400000002")
    body = {"name": "x", "type": "waha", "external_id": one["external_id"], "config": two["config"]}
    refused(await api.call("POST", "/v1/channels", json=body), 409, "channel_exists")
    change = {"external_id": one["external_id"]}
    answer = await api.call("PATCH", f"/v1/channels/{two['id']}", json=change)
    refused(answer, 409, "channel_exists")


async def test_a_list_is_paged_newest_first(api: Api) -> None:
    made = [(await api.create(external_id=f"n{n}"))["id"] for n in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await api.call("GET", "/v1/channels", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "201"}, "page_size_too_large"),
        ({"limit": "0"}, "validation_failed"),
        ({"cursor": "AAAA"}, "invalid_cursor"),
        ({"colour": "red"}, "unknown_parameter"),
    ],
)
async def test_a_list_refuses_what_it_was_not_made_for(
    api: Api, query: dict[str, str], code: str
) -> None:
    refused(await api.call("GET", "/v1/channels", params=query), 400, code)


async def test_a_cursor_of_another_project_is_refused(
    api_of: Callable[..., Api], tenant: TestTenant
) -> None:
    one, two = api_of(tenant), api_of(new_tenant())
    for number in range(2):
        await one.create(external_id=f"n{number}")
    page = (await one.call("GET", "/v1/channels", params={"limit": "1"})).json()
    answer = await two.call("GET", "/v1/channels", params={"cursor": page["next_cursor"]})
    refused(answer, 400, "invalid_cursor")


GOOD: dict[str, Any] = {
    "name": "Loja",
    "type": "waha",
    "external_id": "x",
    "config": {"base_url": "http://waha:3000"},
}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a" * 256}, "/name"),
        ({"name": 5}, "/name"),
        ({"type": "telegram"}, "/type"),
        ({"status": "connecting"}, "/status"),
        ({"config": {"base_url": "ftp://x"}}, "/config/base_url"),
        ({"config": {"base_url": "http://x\n"}}, "/config/base_url"),
        ({"config": {"base_url": "http://x", "session": "a b"}}, "/config/session"),
        ({"config": {"base_url": "http://x", "session": "a\n"}}, "/config/session"),
        ({"config": {"base_url": "http://x", "token": "y"}}, "/config/token"),
        ({"default_session_timeout_minutes": 0.01}, "/default_session_timeout_minutes"),
        ({"default_session_timeout_minutes": 20000}, "/default_session_timeout_minutes"),
        ({"hmac_secret": "short"}, "/hmac_secret"),
        ({"hmac_secret": "with spaces in it"}, "/hmac_secret"),
        ({"api_key": ""}, "/api_key"),
        ({"api_key": "key\n"}, "/api_key"),
        ({"webhook_id": "chosen"}, "/webhook_id"),
        ({"tenant_id": str(new_id())}, "/tenant_id"),
    ],
)
async def test_a_bad_field_is_refused_with_its_place(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    refused(
        await api.call("POST", "/v1/channels", json={**GOOD, **change}),
        400,
        "validation_failed",
        pointer,
    )


@pytest.mark.parametrize("url", ["http://[", "http://[x]:3000", "http://a[b", "http://waha:99999"])
async def test_an_address_without_a_host_is_refused(api: Api, url: str) -> None:
    config = {"config": {"base_url": url}}
    answer = await api.call("POST", "/v1/channels", json={**GOOD, **config})
    refused(answer, 422, "address_malformed")
    path = f"/v1/channels/{(await api.create())['id']}"
    refused(await api.call("PATCH", path, json=config), 422, "address_malformed")


async def test_text_that_the_database_cannot_keep_is_refused(api: Api) -> None:
    answer = await api.call("POST", "/v1/channels", json={**GOOD, "external_id": "a\x00b"})
    refused(answer, 422, "invalid_text")


@pytest.mark.parametrize("role", ["manager", "user", "readonly"])
async def test_only_an_admin_changes_channels(
    api_of: Callable[..., Api], tenant: TestTenant, role: str
) -> None:
    created = await api_of(tenant).create()
    other = api_of(tenant, role)
    path = f"/v1/channels/{created['id']}"
    assert (await other.call("GET", path)).status_code == 200
    assert (await other.call("GET", "/v1/channels")).status_code == 200
    refused(await other.call("POST", "/v1/channels", json=GOOD), 403, "forbidden")
    refused(await other.call("PATCH", path, json={}), 403, "forbidden")
    refused(await other.call("DELETE", path), 403, "forbidden")


async def test_without_a_token_nothing_is_told(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/channels")).status_code == 401


# Two tenants, and two projects of one tenant.


@pytest.mark.parametrize("stranger", ["tenant", "project"])
async def test_a_stranger_finds_nothing_on_any_route(
    api_of: Callable[..., Api], tenant: TestTenant, stranger: str, webhooks: Webhooks
) -> None:
    created = await api_of(tenant).create()
    if stranger == "tenant":
        other = new_tenant()
    else:
        other = TestTenant(tenant_id=tenant.tenant_id, project_id=new_id())
    api = api_of(other)
    path = f"/v1/channels/{created['id']}"
    refused(await api.call("GET", path), 404, "channel_not_found")
    refused(await api.call("PATCH", path, json={"name": "mine"}), 404, "channel_not_found")
    refused(await api.call("DELETE", path), 404, "channel_not_found")
    assert (await api.call("GET", "/v1/channels")).json()["items"] == []
    await api.create()  # the same account, without a conflict
    assert (await webhooks.post(created, fixture("message"))).status_code == 200


async def test_no_table_shows_one_tenant_to_another(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, database: Database, tenant: TestTenant
) -> None:
    created = await api.create(api_key=KEY_CANARY)
    await webhooks.post(created, fixture("message"))
    await pipeline.deliver()
    await webhooks.post(created, fixture("message.reply"))
    tables = ["channel", "credential", "raw_event", "provider_message", "outbox", "inbox"]
    stranger = new_tenant().tenant_id
    for table in tables:
        async with database.tenant(tenant.tenant_id) as tx:
            assert await tx.fetchval(f"SELECT count(*) FROM {table}") > 0, table
        async with database.tenant(stranger) as tx:
            assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 0, table


# Secrets.


async def test_secrets_never_show(
    api: Api,
    webhooks: Webhooks,
    database: Database,
    pipeline: Pipeline,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = io.StringIO()
    created = await api.create(hmac_secret=CANARY, api_key=KEY_CANARY)
    path = f"/v1/channels/{created['id']}"
    for answer in (
        await api.call("GET", path),
        await api.call("GET", "/v1/channels"),
        await api.call("PATCH", path, json={"api_key": KEY_CANARY, "hmac_secret": CANARY}),
        await api.call("PATCH", path, json={"hmac_secret": CANARY, "name": 5}),
        await api.call("POST", "/v1/channels", json={**GOOD, "api_key": f"{KEY_CANARY} x"}),
        await webhooks.post(created, fixture("message"), secret=CANARY),
        await webhooks.post(created, fixture("message"), secret="another-one"),
    ):
        shown.write(answer.text + str(answer.headers))
    await pipeline.deliver()
    async with database.relay() as tx:
        for row in await tx.fetch("SELECT envelope FROM outbox"):
            shown.write(row["envelope"].decode())
    async with database.system() as tx:
        for table in ("channel", "credential", "raw_event"):
            for row in await tx.fetch(f"SELECT * FROM {table}"):
                shown.write(str([bytes(v) if isinstance(v, bytes) else v for v in row.values()]))
    shown.write(capsys.readouterr().out + caplog.text)
    assert CANARY not in shown.getvalue()
    assert KEY_CANARY not in shown.getvalue()


async def test_a_secret_decrypts_only_where_and_as_it_was_put(
    api: Api, database: Database, tenant: TestTenant, vault: Vault
) -> None:
    await api.create(hmac_secret=CANARY, api_key=KEY_CANARY)
    kept = await credentials(database, tenant)
    hmac, key = kept["webhook_hmac"], kept["waha_api_key"]
    assert unseal(vault, hmac).decode() == CANARY
    assert unseal(vault, key).decode() == KEY_CANARY
    swapped = [
        msgspec.structs.replace(hmac, sealed=key.sealed),
        msgspec.structs.replace(hmac, kind="waha_api_key"),
        msgspec.structs.replace(hmac, version=hmac.version + 1),
        msgspec.structs.replace(hmac, id=key.id),
        msgspec.structs.replace(hmac, tenant_id=new_id()),
    ]
    for credential in swapped:
        with pytest.raises(DecryptionError):
            unseal(vault, credential)


async def test_a_swapped_row_closes_its_channel_and_no_other(
    api: Api, webhooks: Webhooks, database: Database
) -> None:
    one, two = await api.create(), await api.create(external_id="n2")
    three = await api.create(external_id="n3")
    async with database.system() as tx:
        await tx.execute(
            "UPDATE credential a SET sealed = b.sealed FROM credential b"
            " WHERE a.channel_id = $1 AND b.channel_id = $2",
            UUID(one["id"]),
            UUID(two["id"]),
        )
    refused(await webhooks.post(one, fixture("message")), 503, "credential_unreadable")
    answer = await webhooks.post(one, fixture("message"), secret=two["hmac_secret"])
    refused(answer, 503, "credential_unreadable")
    assert (await webhooks.post(three, fixture("message"))).status_code == 200


async def test_changing_a_secret_raises_its_version_and_null_takes_the_key_away(
    api: Api, database: Database, tenant: TestTenant, vault: Vault
) -> None:
    created = await api.create(api_key="first-key")
    path = f"/v1/channels/{created['id']}"
    changed = await api.call("PATCH", path, json={"hmac_secret": CANARY, "api_key": KEY_CANARY})
    assert changed.json()["version"] == 2
    kept = await credentials(database, tenant)
    assert {kind: c.version for kind, c in kept.items()} == {"webhook_hmac": 2, "waha_api_key": 2}
    assert unseal(vault, kept["waha_api_key"]).decode() == KEY_CANARY
    gone = await api.call("PATCH", path, json={"api_key": None})
    assert gone.json()["has_api_key"] is False
    assert "waha_api_key" not in await credentials(database, tenant)
    back = await api.call("PATCH", path, json={"api_key": "again"})
    assert back.json()["has_api_key"] is True
