"""What the tests of channels share: the database, the API, ingress, and the normaliser."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Bell, BusSettings
from platform_bus.processing import Processor
from platform_crypto import KeyRing, Vault, new_key_ring_file, sign
from platform_http import HttpSettings
from platform_outbound import Outbound
from platform_postgres import Database, PostgresSettings
from platform_storage import StorageSettings
from platform_telemetry import TelemetrySettings
from platform_testkit import ServiceDatabase, TestTenant
from platform_workflows import TemporalSettings
from proto_events import envelope as frame
from proto_events.channels import ChannelMessageReceived
from proto_events.conversation import ChatMessage
from proto_events.envelope import Envelope
from proto_events.registry import RAW_EXCHANGES
from ventros_channels.adapters import adapters
from ventros_channels.app import make_app
from ventros_channels.connections.acts import Acts
from ventros_channels.events.subscribe import consumers
from ventros_channels.http.ingress import Ingress
from ventros_channels.settings import Settings

FIXTURES = Path(__file__).parent / "fixtures" / "waha"
PUBLIC_URL = "https://crm.example"


def fixture(name: str) -> bytes:
    """A webhook as it was seen."""
    return (FIXTURES / f"{name}.json").read_bytes()


def changed(webhook: bytes, /, *, event_id: str, **payload: Any) -> bytes:
    """The same webhook under another event id, with other members in its payload."""
    document = msgspec.json.decode(webhook)
    document["id"] = event_id
    document["payload"] |= payload
    return msgspec.json.encode(document)


class Api:
    """/v1 as one caller sees it."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def call(
        self, method: str, path: str, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """One request; `key` is its Idempotency-Key."""
        more = {} if key is None else {"idempotency-key": key}
        headers = {**self._headers, **more}
        return await self._client.request(method, path, headers=headers, **options)

    async def create(self, **fields: Any) -> dict[str, Any]:
        """A channel, active, its secret made by the service."""
        body = {
            "name": "Loja",
            "type": "waha",
            "external_id": "+554400000001",
            "config": {"base_url": "http://waha:3000"},
            **fields,
        }
        answer = await self.call("POST", "/v1/channels", json=body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created


class Webhooks:
    """WAHA, as far as a webhook goes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(
        self, channel: dict[str, Any], body: bytes, *, secret: str | None = None
    ) -> httpx.Response:
        """One webhook to the channel's address, signed with its secret."""
        key = (secret or channel["hmac_secret"]).encode()
        headers = {"x-webhook-hmac": sign(key, body, "sha512")}
        path = f"/webhooks/{channel['webhook_id']}"
        return await self._client.post(path, content=body, headers=headers)


class Pipeline:
    """The outbox read as the relay would, and the consumers fed from it, without a broker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dead: list[tuple[bytes, str]] = []
        self._processors = {
            name: self._processor(consumer) for consumer in consumers() for name in consumer.types
        }

    def _processor(self, consumer: Any) -> Processor:
        async def bury(body: bytes, reason: str) -> None:
            self.dead.append((body, reason))

        return Processor(
            self._database,
            consumer,
            Bell(),
            dead_letter=bury,
            attempts=5,
            stop=asyncio.Event(),
        )

    async def raw(self, exchange: str = "waha.events") -> list[Envelope]:
        """The raw events that wait in the outbox, in order; they stay."""
        return [frame.decode(row["envelope"]) for row in await self.rows(exchange)]

    async def told(self) -> list[Envelope]:
        """The facts of the pipeline that wait in the outbox, in order; they stay."""
        return [frame.decode(row["envelope"]) for row in await self.rows("ventros.pipeline")]

    async def messages(self) -> list[ChatMessage]:
        """The messages that were told, in order."""
        return [
            msgspec.json.decode(envelope.data, type=ChannelMessageReceived).message
            for envelope in await self.told()
        ]

    async def events(self) -> list[Envelope]:
        """The domain events that wait in the outbox, in order; they stay."""
        return [frame.decode(row["envelope"]) for row in await self.rows("ventros.events")]

    async def deliver(self) -> None:
        """Take the raw events out of the outbox and hand them to their consumers, as bundles."""
        rows = [row for exchange in RAW_EXCHANGES for row in await self.rows(exchange)]
        bundles: dict[str, list[bytes]] = {}
        for row in rows:
            bundles.setdefault(row["type"], []).append(row["envelope"])
        for type_name, envelopes in bundles.items():
            await self.hand_over(type_name, envelopes)
        async with self._database.relay() as tx:
            await tx.execute("DELETE FROM outbox WHERE seq = ANY($1)", [row["seq"] for row in rows])

    async def hand_over(self, type_name: str, envelopes: Sequence[bytes]) -> None:
        """One bundle to the consumer of its type."""
        assert await self._processors[type_name].handle([frame.join(list(envelopes))])

    async def rows(self, exchange: str) -> list[Any]:
        """The outbox of this exchange, in order."""
        async with self._database.relay() as tx:
            return await tx.fetch(
                "SELECT seq, type, envelope FROM outbox WHERE exchange = $1 ORDER BY seq", exchange
            )


@pytest.fixture
def service_database(make_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    """A fresh database of channels."""
    return make_database("channels")


@pytest.fixture
async def database(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    """The service's own way into it."""
    settings = PostgresSettings(
        database_app_url=service_database.app_url,
        database_relay_url=service_database.relay_url,
        database_system_url=service_database.system_url,
    )
    database = Database(settings, service="channels")
    yield database
    await database.close()


@pytest.fixture
def ring_file() -> bytes:
    """A key ring of this test's own."""
    return new_key_ring_file("test")


@pytest.fixture
def vault(ring_file: bytes) -> Vault:
    """Seals and opens with it."""
    return Vault(KeyRing.from_json(ring_file))


@pytest.fixture
async def ingress(database: Database, vault: Vault) -> AsyncIterator[Ingress]:
    """Ingress with its loops running."""
    ingress = Ingress(database, vault, Bell())
    for part in ingress.parts:
        await part.start()
    yield ingress
    for part in ingress.parts:
        await part.stop()


@pytest.fixture
async def client(
    database: Database,
    vault: Vault,
    ingress: Ingress,
    internal_tokens: InternalTokens,
    service_database: ServiceDatabase,
    tmp_path: Path,
) -> AsyncIterator[httpx.AsyncClient]:
    """The application in this test's own loop."""
    settings = Settings(
        postgres=PostgresSettings(
            database_app_url=service_database.app_url,
            database_relay_url=service_database.relay_url,
            database_system_url=service_database.system_url,
        ),
        bus=BusSettings(amqp_url="amqp://nowhere"),
        http=HttpSettings(internal_token_public_key=Path("unused.pem"), http_port=0),
        telemetry=TelemetrySettings(),
        storage=StorageSettings(storage_url=(tmp_path / "files").as_uri()),
        temporal=TemporalSettings(temporal_address="127.0.0.1:1"),
        credential_keys=Path("unused.json"),
        public_url=PUBLIC_URL,
        webhook_max_bytes=64 * 1024,
    )
    calls = Outbound(allow=(ip_network("127.0.0.0/8"),), timeout=5)
    providers = adapters(calls)
    acts = Acts(database, Bell(), vault, providers, PUBLIC_URL)
    app = make_app(settings, database, vault, internal_tokens.verifier, ingress, Bell(), acts)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://channels") as client:
        yield client
    await calls.close()


@pytest.fixture
def api_of(client: httpx.AsyncClient, internal_tokens: InternalTokens) -> Callable[..., Api]:
    """`api_of(tenant, role="admin")`: the API for a caller of this tenant and project."""

    def make(tenant: TestTenant, role: str = "admin") -> Api:
        return Api(client, internal_tokens.header(tenant.tenant_id, tenant.project_id, role))

    return make


@pytest.fixture
def api(api_of: Callable[..., Api], tenant: TestTenant) -> Api:
    """The API for an administrator of this test's own tenant."""
    return api_of(tenant)


@pytest.fixture
def webhooks(client: httpx.AsyncClient) -> Webhooks:
    """Posts webhooks."""
    return Webhooks(client)


@pytest.fixture
def pipeline(database: Database) -> Pipeline:
    """What ingress left in the outbox, and the consumers that read it."""
    return Pipeline(database)
