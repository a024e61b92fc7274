"""What the tests of sessions share: its database, its API, and the facts that it is told."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Bell, Received
from platform_core.ids import id_at, new_id
from platform_postgres import Database, PostgresSettings
from platform_testkit import ServiceDatabase, TestTenant, new_tenant
from proto_events import envelope as frame
from proto_events.contacts import (
    AliasLink,
    ContactInteractionRecorded,
    ContactMerged,
    ContactUnmerged,
)
from proto_events.conversation import ChatMessage, Content, PartyIdentity
from proto_events.envelope import Envelope, schema_address
from proto_events.registry import info_of, struct_of
from ventros_sessions.app import make_app
from ventros_sessions.events.subscribe import (
    on_interaction_recorded,
    on_people_changed,
    on_setting_changed,
)


class Facts:
    """What other services tell about one tenant and project, one contact and one channel."""

    def __init__(self, tenant: TestTenant | None = None) -> None:
        self.tenant = tenant or new_tenant()
        self.contact_id, self.channel_id = new_id(), new_id()
        self._told = 0

    def message(
        self,
        *,
        node: UUID | None = None,
        root: UUID | None = None,
        aliases: Sequence[AliasLink] = (),
        channel_id: UUID | None = None,
        from_me: bool = False,
        received_at: datetime | None = None,
        occurred_at: datetime | None = None,
    ) -> Received[ContactInteractionRecorded]:
        """The next message, as contacts tells of it; received now unless said otherwise."""
        self._told += 1
        node = node or self.contact_id
        channel_id = channel_id or self.channel_id
        received_at = received_at or datetime.now(UTC)
        occurred_at = occurred_at or received_at
        stanza = f"3EB0{self._told:06}"
        told = ContactInteractionRecorded(
            contact_id=node,
            root_id=root or node,
            aliases=list(aliases),
            interaction_type="message",
            is_first_interaction=False,
            interacted_at=received_at,
            message=ChatMessage(
                id=id_at(occurred_at, str(channel_id), stanza, str(node)),
                channel_id=channel_id,
                channel_type="waha",
                provider_message_id=f"false_5511999990000@c.us_{stanza}",
                stanza=stanza,
                chat="5511999990000@c.us",
                from_me=from_me,
                party=[PartyIdentity(kind="phone", value="+5511999990000")],
                occurred_at=occurred_at,
                received_at=received_at,
                ingress_seq=self._told,
                content=Content(type="text", text=f"message {self._told}"),
            ),
        )
        return self.received(told, node, partition_key=str(root or node))

    def merged(
        self, node: UUID, root: UUID, sequence: int = 1
    ) -> Received[ContactMerged | ContactUnmerged]:
        """`node` turned out to be `root`."""
        fact = ContactMerged(
            primary_contact_id=root,
            merged_contact_ids=[node],
            merge_strategy="proof",
            merged_at=datetime.now(UTC),
        )
        return self.received(fact, node, sequence=sequence)

    def unmerged(
        self, node: UUID, root: UUID, sequence: int
    ) -> Received[ContactMerged | ContactUnmerged]:
        """And that was a mistake."""
        fact = ContactUnmerged(
            contact_id=node, former_primary_contact_id=root, unmerged_at=datetime.now(UTC)
        )
        return self.received(fact, node, sequence=sequence)

    def received(
        self,
        data: Any,
        subject: UUID,
        *,
        sequence: int = 1,
        partition_key: str | None = None,
    ) -> Received[Any]:
        """A fact in its frame."""
        event_id = new_id()
        type_name = info_of(type(data)).type
        envelope = Envelope(
            id=event_id,
            source="ventros/tests",
            type=type_name,
            subject=str(subject),
            time=datetime.now(UTC),
            data_schema=schema_address(type_name),
            tenant_id=self.tenant.tenant_id,
            project_id=self.tenant.project_id,
            partition_key=partition_key or str(subject),
            sequence=sequence,
            correlation_id=event_id,
            data=msgspec.Raw(msgspec.json.encode(data)),
        )
        return Received(envelope, data)


class Service:
    """Sessions without a broker: bundles are handed to its handlers, its outbox is read."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def record(self, *told: Received[ContactInteractionRecorded]) -> None:
        """A bundle of messages, each tenant's part in its own transaction."""
        await self._each(on_interaction_recorded, told)

    async def people(self, *told: Received[ContactMerged | ContactUnmerged]) -> None:
        """A bundle of joins and partings."""
        await self._each(on_people_changed, told)

    async def settings(self, *told: Received[Any]) -> None:
        """A bundle of changes of channels and projects."""
        await self._each(on_setting_changed, told)

    async def _each(self, handle: Any, told: Sequence[Received[Any]]) -> None:
        parts: dict[UUID, list[Received[Any]]] = {}
        for received in told:
            parts.setdefault(received.envelope.tenant_id, []).append(received)
        for tenant_id in sorted(parts):
            async with self.database.tenant(tenant_id) as tx:
                await handle(tx, tenant_id, parts[tenant_id])

    async def said(self, tenant: TestTenant, *names: str) -> list[tuple[Envelope, Any]]:
        """What stands in the outbox of this tenant, in order; of these names, if any are given."""
        async with self.database.tenant(tenant.tenant_id) as tx:
            rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
        found = []
        for row in rows:
            envelope = frame.decode(row["envelope"])
            name = envelope.type.rpartition(".v")[0]
            if names and name not in names:
                continue
            struct = struct_of(envelope.type)
            assert struct is not None
            found.append((envelope, msgspec.json.decode(envelope.data, type=struct)))
        return found

    async def said_names(self, tenant: TestTenant) -> list[str]:
        """The names of what stands in the outbox of this tenant, in order."""
        return [envelope.type.rpartition(".v")[0] for envelope, _ in await self.said(tenant)]

    async def rows(self, tenant: TestTenant) -> list[dict[str, Any]]:
        """The tenant's sessions, in the order of their start."""
        async with self.database.tenant(tenant.tenant_id) as tx:
            rows = await tx.fetch("SELECT * FROM session ORDER BY started_at, id")
        return [dict(row) for row in rows]


class Api:
    """The API as one caller sees it."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def get(self, path: str, **query: object) -> httpx.Response:
        """GET with these query parameters."""
        params = {name: str(value) for name, value in query.items()}
        return await self._client.get(path, params=params, headers=self._headers)

    async def post(self, path: str, body: object) -> httpx.Response:
        """POST this body."""
        return await self._client.post(path, json=body, headers=self._headers)

    async def sessions(self, **query: object) -> list[dict[str, Any]]:
        """Every session of the list, page after page."""
        items: list[dict[str, Any]] = []
        while True:
            answer = await self.get("/v1/sessions", **query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]


def ago(**delta: float) -> datetime:
    """A moment before now."""
    return datetime.now(UTC) - timedelta(**delta)


def settings_of(database: ServiceDatabase) -> PostgresSettings:
    """The settings of a service that runs on this database."""
    return PostgresSettings(
        database_app_url=database.app_url,
        database_relay_url=database.relay_url,
        database_system_url=database.system_url,
    )


@pytest.fixture
def facts(tenant: TestTenant) -> Facts:
    """Facts about this test's own tenant."""
    return Facts(tenant)


@pytest.fixture
def service_database(make_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    """A fresh database of sessions."""
    return make_database("sessions")


@pytest.fixture
async def database(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    """The service's own way into it."""
    database = Database(settings_of(service_database), service="sessions")
    yield database
    await database.close()


@pytest.fixture
def service(database: Database) -> Service:
    """The service's handlers."""
    return Service(database)


@pytest.fixture
async def client(
    database: Database, internal_tokens: InternalTokens
) -> AsyncIterator[httpx.AsyncClient]:
    """The application in this test's own loop."""
    transport = httpx.ASGITransport(make_app(database, internal_tokens.verifier, bell=Bell()))
    async with httpx.AsyncClient(transport=transport, base_url="http://sessions") as client:
        yield client


@pytest.fixture
def api_of(
    client: httpx.AsyncClient, internal_tokens: InternalTokens
) -> Callable[[TestTenant], Api]:
    """`api_of(tenant)`: the API for an administrator of this tenant and project."""

    def make(tenant: TestTenant) -> Api:
        return Api(client, internal_tokens.header(tenant.tenant_id, tenant.project_id))

    return make


@pytest.fixture
def api(api_of: Callable[[TestTenant], Api], tenant: TestTenant) -> Api:
    """The API for this test's own tenant."""
    return api_of(tenant)


@pytest.fixture
def make_facts() -> Callable[..., Facts]:
    """`make_facts(tenant)`: facts about another tenant, project, contact or channel."""
    return Facts


@pytest.fixture
def long_ago() -> Callable[..., datetime]:
    """`long_ago(minutes=5)`: a moment before now."""
    return ago
