"""POST /webhooks/{webhook_id}: every answer, and what is stored when it is 200."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import msgspec
import pytest

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault, sign
from platform_postgres import Database
from platform_testkit import ServiceDatabase, TestTenant, new_tenant
from proto_events.waha import WahaEvent
from ventros_channels.commands.store_webhooks import store_webhooks
from ventros_channels.http.ingress import Ingress, Signatures
from ventros_channels.store.webhooks import Posted

from ..conftest import Api, Pipeline, Webhooks, changed, fixture

MESSAGE = fixture("message")


async def rows(
    database: Database, query: str = "SELECT * FROM raw_event ORDER BY seq"
) -> list[Any]:
    async with database.system() as tx:
        return await tx.fetch(query)


def problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


async def test_what_is_answered_with_200_is_stored_byte_for_byte(
    api: Api, webhooks: Webhooks, database: Database, tenant: TestTenant, pipeline: Pipeline
) -> None:
    channel = await api.create()
    answer = await webhooks.post(channel, MESSAGE)
    assert (answer.status_code, answer.content) == (200, b"")
    [row] = await rows(database)
    assert row["body"] == MESSAGE
    assert (row["tenant_id"], row["project_id"]) == (tenant.tenant_id, tenant.project_id)
    assert (str(row["channel_id"]), row["event"]) == (channel["id"], "message")
    assert row["provider_event_id"] == "evt_00000000000000000000000006"

    [envelope] = await pipeline.raw()
    assert envelope.type == "waha.events.message"
    assert (envelope.tenant_id, envelope.project_id) == (tenant.tenant_id, tenant.project_id)
    assert (envelope.subject, envelope.partition_key) == (channel["id"], channel["id"])
    assert envelope.id == row["id"]
    assert envelope.sequence == row["seq"]
    event = msgspec.json.decode(envelope.data, type=WahaEvent)
    assert (event.raw_event_id, event.ingress_seq) == (row["id"], row["seq"])
    assert event.received_at == row["received_at"] == envelope.time
    assert bytes(event.body) == MESSAGE.strip()


async def test_fifty_at_once_with_one_event_id_are_stored_once(
    api: Api, webhooks: Webhooks, database: Database, pipeline: Pipeline
) -> None:
    channel = await api.create()
    answers = await asyncio.gather(*(webhooks.post(channel, MESSAGE) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await rows(database)) == 1
    assert len(await pipeline.raw()) == 1


async def test_one_event_id_on_two_channels_is_two_events(
    api: Api, webhooks: Webhooks, database: Database
) -> None:
    one, two = await api.create(), await api.create(external_id="+554400000009")
    for channel in (one, two):
        assert (await webhooks.post(channel, MESSAGE)).status_code == 200
    assert len(await rows(database)) == 2


async def test_numbers_follow_the_order_of_arrival(
    api: Api, webhooks: Webhooks, database: Database
) -> None:
    channel = await api.create()
    names = [f"evt_{number:04}" for number in reversed(range(40))]
    await asyncio.gather(
        *(webhooks.post(channel, changed(MESSAGE, event_id=name)) for name in names)
    )
    assert [row["provider_event_id"] for row in await rows(database)] == names


async def test_without_an_event_id_the_body_is_the_key(
    api: Api, webhooks: Webhooks, database: Database
) -> None:
    channel = await api.create()
    body = b'{"event":"message.ack","payload":{}}'
    for posted in (body, body, b" " + body):
        assert (await webhooks.post(channel, posted)).status_code == 200
    stored = [row["provider_event_id"] for row in await rows(database)]
    assert stored == [f"sha256:{hashlib.sha256(b).hexdigest()}" for b in (body, b" " + body)]


async def test_an_unknown_event_is_stored_under_its_name_and_told_as_unknown(
    api: Api, webhooks: Webhooks, database: Database, pipeline: Pipeline
) -> None:
    channel = await api.create()
    body = b'{"id":"evt_x","event":"hologram.\\u0000projected","payload":{}}'
    assert (await webhooks.post(channel, body)).status_code == 200
    assert [row["event"] for row in await rows(database)] == ["hologram.\ufffdprojected"]
    assert [envelope.type for envelope in await pipeline.raw()] == ["waha.events.unknown"]


async def test_half_an_emoji_is_stored_as_it_came_and_told_readable(
    api: Api, webhooks: Webhooks, database: Database, pipeline: Pipeline
) -> None:
    channel = await api.create()
    body = MESSAGE.replace(b"Oi, tudo bem?", rb"cortado \ud83d e \\ud83d inteiro \ud83d\ude00")
    assert (await webhooks.post(channel, body)).status_code == 200
    assert [row["body"] for row in await rows(database)] == [body]
    await pipeline.deliver()
    [message] = await pipeline.messages()
    assert message.content.text == "cortado \ufffd e \\ud83d inteiro \U0001f600"


# Answers, in the order in which they are decided.


@pytest.mark.parametrize("announced", [True, False])
async def test_413_before_anything_else(client: httpx.AsyncClient, announced: bool) -> None:
    async def stream() -> Any:
        for _ in range(65):
            yield b"x" * 1024

    content = b"x" * 65 * 1024 if announced else stream()
    answer = await client.post("/webhooks/nobody-knows-this-webhook", content=content)
    problem(answer, 413, "body_too_large")


async def test_a_body_at_the_limit_is_taken(api: Api, webhooks: Webhooks) -> None:
    channel = await api.create()
    frame = b'{"event":"message","x":""}'
    body = frame[:-2] + b"a" * (64 * 1024 - len(frame)) + frame[-2:]
    assert (await webhooks.post(channel, body)).status_code == 200


@pytest.mark.parametrize("webhook_id", ["x", "A" * 43, "%00" * 30, "A" * 500])
async def test_404_for_an_unknown_webhook(
    webhooks: Webhooks, webhook_id: str, database: Database
) -> None:
    channel = {"webhook_id": webhook_id, "hmac_secret": "unknown!"}
    problem(await webhooks.post(channel, b"not json"), 404, "webhook_not_found")


async def test_404_as_soon_as_the_channel_is_inactive_or_deleted(
    api: Api, webhooks: Webhooks, database: Database
) -> None:
    channel = await api.create()
    path = f"/v1/channels/{channel['id']}"
    assert (await webhooks.post(channel, MESSAGE)).status_code == 200
    assert (await api.call("PATCH", path, json={"status": "inactive"})).status_code == 200
    for body in (MESSAGE, b"not json"):
        problem(await webhooks.post(channel, body), 404, "webhook_not_found")
    assert (await api.call("PATCH", path, json={"status": "active"})).status_code == 200
    assert (await webhooks.post(channel, MESSAGE)).status_code == 200
    assert (await api.call("DELETE", path)).status_code == 204
    problem(await webhooks.post(channel, MESSAGE), 404, "webhook_not_found")
    assert len(await rows(database)) == 1


@pytest.mark.parametrize("signature", [None, "", "zz", "00" * 64, "ü" * 64])
async def test_401_for_a_bad_signature_even_if_the_body_is_no_json(
    api: Api, client: httpx.AsyncClient, signature: str | None, database: Database
) -> None:
    channel = await api.create()
    headers = {} if signature is None else {"x-webhook-hmac": signature.encode()}
    for body in (MESSAGE, b"not json"):
        answer = await client.post(
            f"/webhooks/{channel['webhook_id']}", content=body, headers=headers
        )
        problem(answer, 401, "webhook_signature_invalid")
    assert await rows(database) == []


async def test_401_for_the_key_of_another_channel(api: Api, webhooks: Webhooks) -> None:
    one, two = await api.create(), await api.create(external_id="+554400000009")
    answer = await webhooks.post(one, MESSAGE, secret=two["hmac_secret"])
    problem(answer, 401, "webhook_signature_invalid")


async def test_the_signature_is_over_the_raw_bytes(api: Api, webhooks: Webhooks) -> None:
    """WAHA's documented test vector."""
    channel = await api.create(hmac_secret="my-secret-key")
    body = b'{"event":"message","session":"default","engine":"WEBJS"}'
    signature = (
        "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
        "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
    )
    assert sign(b"my-secret-key", body, "sha512") == signature
    assert (await webhooks.post(channel, body, secret="my-secret-key")).status_code == 200


async def test_a_new_secret_counts_at_once(api: Api, webhooks: Webhooks) -> None:
    channel = await api.create(hmac_secret="old-secret-0001")
    assert (await webhooks.post(channel, MESSAGE, secret="old-secret-0001")).status_code == 200
    changes = {"hmac_secret": "new-secret-0002"}
    answer = await api.call("PATCH", f"/v1/channels/{channel['id']}", json=changes)
    assert answer.status_code == 200
    old = await webhooks.post(channel, changed(MESSAGE, event_id="evt_2"), secret="old-secret-0001")
    problem(old, 401, "webhook_signature_invalid")
    new = await webhooks.post(channel, changed(MESSAGE, event_id="evt_3"), secret="new-secret-0002")
    assert new.status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b'{"event":"message","x":"\xff"}', "malformed_json"),
        (b'{"event":"message","x":"\\q"}', "malformed_json"),
        (b'{"event":"message","x":"\\ud83"}', "malformed_json"),
        (b'{"event":"message","x":NaN}', "malformed_json"),
        (b'{"event":"message","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}", "malformed_json"),
        (b'{"event":"message","x":' + b"[" * 200 + b"]" * 200 + b"}", "malformed_json"),
        (b"[]", "not_an_event"),
        (b'"message"', "not_an_event"),
        (b"{}", "not_an_event"),
        (b'{"event":7}', "not_an_event"),
        (b'{"event":""}', "not_an_event"),
    ],
)
async def test_400_for_what_is_no_event(
    api: Api, webhooks: Webhooks, database: Database, body: bytes, code: str
) -> None:
    channel = await api.create()
    for _ in range(2):  # the second time the channel is known already
        problem(await webhooks.post(channel, body), 400, code)
    assert await rows(database) == []


async def test_many_brackets_that_are_not_deep_are_fine(api: Api, webhooks: Webhooks) -> None:
    channel = await api.create()
    body = b'{"event":"message","x":[' + b",".join([b'{"a":"[[["}'] * 500) + b"]}"
    assert (await webhooks.post(channel, body)).status_code == 200


class Road:
    """A TCP way to a server that can be closed and opened again."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self) -> str:
        """The URL by this way; the same each time."""
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        user, _, _ = self._target.netloc.rpartition("@")
        return self._target._replace(netloc=f"{user}@127.0.0.1:{self._port}").geturl()

    async def close(self) -> None:
        """Refuse new connections, break the open ones."""
        assert self._server
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._open |= {writer, there[1]}
        await asyncio.gather(
            self._copy(reader, there[1]), self._copy(there[0], writer), return_exceptions=True
        )

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()


async def test_503_with_retry_after_while_the_database_is_away(
    api: Api,
    webhooks: Webhooks,
    service_database: ServiceDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    road = Road(service_database.system_url)
    monkeypatch.setitem(database._urls, "system", await road.open())
    known = await api.create()
    unknown = await api.create(external_id="+554400000009")
    assert (await webhooks.post(known, MESSAGE)).status_code == 200
    await road.close()
    body = changed(MESSAGE, event_id="evt_away")
    for channel in (known, unknown):
        answer = await webhooks.post(channel, body)
        problem(answer, 503, "database_unavailable")
        assert answer.headers["retry-after"]
    await road.open()
    for channel in (known, unknown):
        assert (await webhooks.post(channel, body)).status_code == 200
    assert len(await rows(database)) == 3
    await road.close()


async def test_a_flood_is_refused_and_not_dropped(
    api: Api, webhooks: Webhooks, ingress: Ingress, database: Database, monkeypatch: Any
) -> None:
    channel = await api.create()
    assert (await webhooks.post(channel, MESSAGE)).status_code == 200
    monkeypatch.setattr(ingress.parts[1], "_limit", 10)
    answers = await asyncio.gather(
        *(
            webhooks.post(channel, changed(MESSAGE, event_id=f"evt_{number}"))
            for number in range(60)
        )
    )
    stored = len(await rows(database)) - 1
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    assert statuses.count(200) == stored


async def test_tenants_share_a_commit_and_nothing_else(
    api_of: Callable[..., Api], webhooks: Webhooks, database: Database, pipeline: Pipeline
) -> None:
    tenants = [new_tenant() for _ in range(5)]
    channels = [await api_of(tenant).create() for tenant in tenants]
    posts = [
        webhooks.post(channel, changed(MESSAGE, event_id=f"evt_{number}"))
        for number in range(4)
        for channel in channels
    ]
    assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}
    for tenant, channel in zip(tenants, channels, strict=True):
        async with database.tenant(tenant.tenant_id) as tx:
            seen = await tx.fetch("SELECT tenant_id, channel_id FROM raw_event")
        assert {(row["tenant_id"], str(row["channel_id"])) for row in seen} == {
            (tenant.tenant_id, channel["id"])
        }
        assert len(seen) == 4
    assert {envelope.tenant_id for envelope in await pipeline.raw()} == {
        tenant.tenant_id for tenant in tenants
    }


async def test_one_that_the_database_refuses_does_not_hold_the_others(
    api: Api, webhooks: Webhooks, database: Database
) -> None:
    channel = await api.create()
    await webhooks.post(channel, MESSAGE)
    async with database.system() as tx:
        version = await tx.fetchval("SELECT hmac_version FROM channel")

    def posted(number: int, event: str) -> Posted:
        return Posted(
            webhook_id=channel["webhook_id"],
            hmac_version=version,
            id=new_id(),
            provider_event_id=f"p{number}",
            event=event,
            received_at=utc_now(),
            shard=0,
            type="waha.events.unknown",
            head=b"{",
            body=b"{}",
            readable=None,
        )

    batch = [posted(1, "good"), posted(2, "b\x00d"), posted(3, "good")]
    first, bad, last = await store_webhooks(database, batch)
    assert (first, last) == (True, True)
    assert isinstance(bad, asyncpg.CharacterNotInRepertoireError)
    assert [row["event"] for row in await rows(database)] == ["message", "good", "good"]


async def test_two_processes_that_store_the_same_events_do_not_wait_for_each_other(
    api: Api, database: Database, vault: Vault, pipeline: Pipeline
) -> None:
    channels = [await api.create(external_id=f"n{number}") for number in range(4)]
    bodies = [changed(MESSAGE, event_id=f"evt_{number}") for number in range(40)]
    posts = [(channel, body) for channel in channels for body in bodies]
    processes = [Ingress(database, vault, Bell()) for _ in range(2)]
    for part in (part for process in processes for part in process.parts):
        await part.start()

    async def post(process: Ingress, channel: dict[str, Any], body: bytes) -> None:
        signature = sign(channel["hmac_secret"].encode(), body, "sha512")
        await process.receive(channel["webhook_id"], body, Signatures(signature))

    await asyncio.gather(
        *(post(processes[0], *one) for one in posts),
        *(post(processes[1], *one) for one in reversed(posts)),
    )
    for part in (part for process in processes for part in process.parts):
        await part.stop()
    assert len(await rows(database)) == len(posts)
    assert len(await pipeline.raw()) == len(posts)


async def test_the_statement_finds_its_channels_by_their_index(
    api: Api, webhooks: Webhooks, database: Database, service_database: ServiceDatabase
) -> None:
    """With ten thousand channels, storing must not read them all."""
    channel = await api.create()
    async with database.tenant(new_id()) as tx:
        await tx.execute(
            "INSERT INTO channel (tenant_id, id, project_id, name, type, status, external_id,"
            " base_url, session, webhook_id, hmac_version)"
            " SELECT current_setting('app.tenant_id')::uuid, gen_random_uuid(), gen_random_uuid(),"
            " 'n', 'waha', 'active', 'e', 'b', 's', 'webhook-' || g, 1"
            " FROM generate_series(1, 10000) g"
        )
    owner = await asyncpg.connect(service_database.owner_url)
    try:
        await owner.execute("ANALYZE channel")

        async def read() -> tuple[int, int]:
            row = await owner.fetchrow(
                "SELECT seq_tup_read, idx_scan FROM pg_stat_user_tables WHERE relname = 'channel'"
            )
            assert row
            return row["seq_tup_read"], row["idx_scan"]

        for number in range(10):  # past the point where the plan becomes a generic one
            await webhooks.post(channel, changed(MESSAGE, event_id=f"evt_{number}"))
        async with database.system() as tx:
            await tx.execute("SELECT pg_stat_force_next_flush()")
        before = await read()
        await asyncio.gather(
            *(
                webhooks.post(channel, changed(MESSAGE, event_id=f"evt_1{number:03}"))
                for number in range(80)
            )
        )
        async with database.system() as tx:
            await tx.execute("SELECT pg_stat_force_next_flush()")
        after = await read()
    finally:
        await owner.close()
    assert after[0] == before[0]
    assert after[1] > before[1]
