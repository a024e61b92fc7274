"""What the tests of contacts share: a database, messages as channels tells them, callers."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.ids import id_at, new_id
from platform_postgres import Database, PostgresSettings
from platform_testkit import ServiceDatabase, TestTenant, new_tenant
from proto_events import envelope as frame
from proto_events.channels import ChannelMessageReceived
from proto_events.conversation import ChatMessage, Content, PartyIdentity
from proto_events.envelope import Envelope, schema_address
from proto_events.registry import struct_of
from ventros_contacts.app import make_app
from ventros_contacts.events.subscribe import on_messages

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

Message = Received[ChannelMessageReceived]


def party_of(*addresses: str) -> list[PartyIdentity]:
    """Identities as channels tells them of these addresses; a phone address gives two."""
    party: list[PartyIdentity] = []
    for address in addresses:
        if address.endswith("@lid"):
            party.append(PartyIdentity(kind="lid", value=address))
        else:
            party.append(PartyIdentity(kind="phone", value="+" + address.partition("@")[0]))
            party.append(PartyIdentity(kind="jid", value=address))
    return party


class Line:
    """A channel of a tenant; every message is a second newer than the one before."""

    def __init__(self, tenant: TestTenant | None = None) -> None:
        self.tenant = tenant or new_tenant()
        self.channel_id = new_id()
        self._told = 0

    def message(
        self,
        *addresses: str,
        push_name: str | None = None,
        from_me: bool = False,
        at: datetime | None = None,
        party: list[PartyIdentity] | None = None,
    ) -> Message:
        """The next message; its chat is the first address."""
        self._told += 1
        at = at or START + timedelta(seconds=self._told)
        stanza = f"3EB0{self._told:06}"
        chat = addresses[0] if addresses else "nobody"
        data = ChannelMessageReceived(
            message=ChatMessage(
                id=id_at(at, str(self.channel_id), stanza),
                channel_id=self.channel_id,
                channel_type="waha",
                provider_message_id=f"false_{chat}_{stanza}",
                stanza=stanza,
                chat=chat,
                from_me=from_me,
                party=party_of(*addresses) if party is None else party,
                push_name=push_name,
                occurred_at=at,
                received_at=at + timedelta(seconds=1),
                ingress_seq=self._told,
                content=Content(type="text", text=f"message {self._told}"),
            )
        )
        event_id = new_id()
        envelope = Envelope(
            id=event_id,
            source="ventros/channels",
            type="channel.message_received.v1",
            subject=str(self.channel_id),
            time=datetime.now(UTC),
            data_schema=schema_address("channel.message_received.v1"),
            tenant_id=self.tenant.tenant_id,
            project_id=self.tenant.project_id,
            partition_key=f"{self.channel_id}:{chat}",
            sequence=self._told,
            correlation_id=event_id,
            data=msgspec.Raw(msgspec.json.encode(data)),
        )
        return Received(envelope, data)


class Told(msgspec.Struct, frozen=True):
    """An event of the outbox, read."""

    type: str
    envelope: Envelope
    data: Any


class Caller:
    """The API as one caller sees it."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request."""
        return await self._client.request(method, path, headers=self._headers, **options)

    async def get(self, path: str, **query: object) -> Any:
        """GET, which has to answer 200."""
        params = {name: str(value) for name, value in query.items()}
        answer = await self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def create(self, **fields: object) -> Any:
        """A new contact."""
        answer = await self.call("POST", "/v1/contacts", json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def change(self, contact_id: object, **fields: object) -> Any:
        """A changed contact."""
        answer = await self.call("PATCH", f"/v1/contacts/{contact_id}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def merge(self, contact_id: object, *others: object) -> Any:
        """Others merged into a contact."""
        answer = await self.call(
            "POST",
            f"/v1/contacts/{contact_id}/merge",
            json={"contact_ids": [str(other) for other in others]},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def unmerge(self, contact_id: object) -> Any:
        """A contact on its own again."""
        answer = await self.call("POST", f"/v1/contacts/{contact_id}/unmerge")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def all(self, **query: object) -> list[Any]:
        """The whole list, page after page."""
        items: list[Any] = []
        while True:
            page = await self.get("/v1/contacts", **query)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]


class World:
    """A database of contacts, what happens to it, and what it says."""

    def __init__(self, database: Database, client: httpx.AsyncClient, tokens: InternalTokens):
        self.database, self._client, self._tokens = database, client, tokens

    def line(self, tenant: TestTenant | None = None) -> Line:
        """A channel."""
        return Line(tenant)

    def caller(self, tenant: TestTenant, role: str = "admin") -> Caller:
        """A caller of a tenant."""
        header = self._tokens.header(tenant.tenant_id, tenant.project_id, role)
        return Caller(self._client, header)

    async def take(self, *messages: Message) -> None:
        """Hand messages of one tenant to the handler as one bundle, as the bus does."""
        tenant_id = messages[0].envelope.tenant_id
        while True:
            try:
                async with self.database.tenant(tenant_id) as tx:
                    await on_messages(tx, tenant_id, messages)
            except asyncpg.SerializationError:
                continue
            return

    async def events(self, tenant: TestTenant, *names: str) -> list[Told]:
        """What is in the outbox of a tenant, in order; only events of these names."""
        async with self.database.tenant(tenant.tenant_id) as tx:
            rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
        told: list[Told] = []
        for row in rows:
            envelope = frame.decode(row["envelope"])
            struct = struct_of(envelope.type)
            assert struct is not None
            name = envelope.type.rpartition(".")[0]
            if not names or name in names:
                told.append(Told(name, envelope, msgspec.json.decode(envelope.data, type=struct)))
        return told

    async def interactions(self, tenant: TestTenant) -> list[Any]:
        """Every `contact.interaction_recorded` of a tenant."""
        return [each.data for each in await self.events(tenant, "contact.interaction_recorded")]

    async def rows(self, tenant: TestTenant, statement: str, *arguments: object) -> list[Any]:
        """Rows as the tenant sees them."""
        async with self.database.tenant(tenant.tenant_id) as tx:
            return list(await tx.fetch(statement, *arguments))

    async def nodes(self, tenant: TestTenant) -> list[UUID]:
        """The ids of all contacts of a tenant, the oldest first."""
        rows = await self.rows(tenant, "SELECT id FROM contact ORDER BY created_at, id")
        return [row["id"] for row in rows]


@pytest.fixture
def service_database(make_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    """A fresh database of contacts."""
    return make_database("contacts")


@pytest.fixture
def postgres(service_database: ServiceDatabase) -> PostgresSettings:
    """How to reach it."""
    return PostgresSettings(
        database_app_url=service_database.app_url,
        database_relay_url=service_database.relay_url,
        database_system_url=service_database.system_url,
        database_pool_size=24,
        database_acquire_timeout=30,
    )


@pytest.fixture
async def database(postgres: PostgresSettings) -> AsyncIterator[Database]:
    """The application's way in."""
    opened = Database(postgres, service="contacts")
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database, internal_tokens: InternalTokens) -> AsyncIterator[World]:
    """See `World`."""
    app = make_app(database, internal_tokens.verifier)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://contacts") as client:
        yield World(database, client, internal_tokens)


@pytest.fixture
def line() -> Line:
    """A channel of this test's own tenant."""
    return Line()


@pytest.fixture
async def caller(world: World, line: Line) -> Caller:
    """An administrator of the line's tenant."""
    return world.caller(line.tenant)
