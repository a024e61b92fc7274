"""What the tests of messaging share: its database, its API, and the facts that it is told."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.ids import id_at, new_id
from platform_postgres import Database, PostgresSettings
from platform_storage import Links, Storage, StorageSettings
from platform_testkit import ServiceDatabase, TestTenant, new_tenant
from proto_events import envelope as frame
from proto_events.contacts import AliasLink
from proto_events.conversation import ChatMessage, Content, PartyIdentity
from proto_events.envelope import Envelope, schema_address
from proto_events.provider_facts import ChannelMessageAck, MessageRef
from proto_events.registry import info_of
from proto_events.sessions import SessionMessageRecorded
from ventros_messaging.app import make_app
from ventros_messaging.events.chats import on_chat_facts
from ventros_messaging.events.facts import on_message_facts
from ventros_messaging.events.subscribe import on_message_recorded
from ventros_messaging.http.files import Files

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RECORDED = "session.message_recorded.v1"

Told = Received[SessionMessageRecorded]


class Conversation:
    """One contact's messages on one channel of a tenant; every one newer than the one before."""

    def __init__(self, tenant: TestTenant | None = None) -> None:
        self.tenant = tenant or new_tenant()
        self.contact_id, self.session_id, self.channel_id = new_id(), new_id(), new_id()
        self.root_id = self.contact_id
        self.aliases: list[AliasLink] = []
        self._told = 0

    def told(
        self,
        *,
        content: Content | None = None,
        stanza: str | None = None,
        occurred_at: datetime | None = None,
        ingress_seq: int | None = None,
        from_me: bool = False,
        **more: Any,
    ) -> Told:
        """The next message, as sessions tells of it."""
        self._told += 1
        stanza = stanza or f"3EB0{self._told:06}"
        occurred_at = occurred_at or START + timedelta(seconds=self._told)
        message = ChatMessage(
            id=id_at(occurred_at, str(self.channel_id), stanza, str(from_me)),
            channel_id=self.channel_id,
            channel_type="waha",
            provider_message_id=f"{str(from_me).lower()}_5511999990000@c.us_{stanza}",
            stanza=stanza,
            chat="5511999990000@c.us",
            from_me=from_me,
            party=[PartyIdentity(kind="phone", value="+5511999990000")],
            occurred_at=occurred_at,
            received_at=occurred_at + timedelta(seconds=1),
            ingress_seq=self._told if ingress_seq is None else ingress_seq,
            content=content or Content(type="text", text=f"message {self._told}"),
            **more,
        )
        recorded = SessionMessageRecorded(
            session_id=self.session_id,
            contact_id=self.contact_id,
            root_id=self.root_id,
            aliases=self.aliases,
            from_contact=not from_me,
            recorded_at=occurred_at + timedelta(seconds=2),
            message=message,
        )
        return Received(self.envelope(recorded, RECORDED, self.session_id), recorded)

    def fact(self, kind: type[msgspec.Struct], message: Told, **more: Any) -> Received[Any]:
        """What channels tells of a message: a Struct of `proto_events.provider_facts`."""
        told = message.data.message
        self._told += 1
        data = kind(
            channel_id=self.channel_id,
            received_at=START + timedelta(seconds=self._told),
            ingress_seq=self._told,
            message=MessageRef(chat=told.chat, stanza=told.stanza, from_me=told.from_me),
            **more,
        )
        return Received(self.envelope(data, info_of(kind).type, self.channel_id), data)

    def chat_fact(self, kind: type[msgspec.Struct], chat: str, **more: Any) -> Received[Any]:
        """What channels tells of a chat, a second after what was told before."""
        self._told += 1
        at = START + timedelta(seconds=self._told)
        data = kind(
            channel_id=self.channel_id,
            received_at=at,
            ingress_seq=self._told,
            chat=chat,
            at=at,
            **more,
        )
        return Received(self.envelope(data, info_of(kind).type, self.channel_id), data)

    def ack(self, message: Told, status: str, second: int = 60) -> Received[Any]:
        """An acknowledgement of a message."""
        at = START + timedelta(seconds=second)
        return self.fact(ChannelMessageAck, message, status=status, acknowledged_at=at)

    def envelope(
        self, data: msgspec.Struct, type_name: str, subject: UUID, sequence: int = 1
    ) -> Envelope:
        """The frame around a fact of this conversation."""
        event_id = new_id()
        return Envelope(
            id=event_id,
            source="ventros/tests",
            type=type_name,
            subject=str(subject),
            time=datetime.now(UTC),
            data_schema=schema_address(type_name),
            tenant_id=self.tenant.tenant_id,
            project_id=self.tenant.project_id,
            partition_key=str(self.root_id),
            sequence=sequence,
            correlation_id=event_id,
            data=msgspec.Raw(msgspec.json.encode(data)),
        )


class Api:
    """The API as one caller sees it."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def get(self, path: str, **query: object) -> httpx.Response:
        """GET with these query parameters."""
        params = {name: str(value) for name, value in query.items()}
        return await self._client.get(path, params=params, headers=self._headers)

    async def messages(self, **query: object) -> list[dict[str, Any]]:
        """Every message of the list, page after page."""
        items: list[dict[str, Any]] = []
        while True:
            answer = await self.get("/v1/messages", **query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]


def settings_of(database: ServiceDatabase) -> PostgresSettings:
    """The settings of a service that runs on this database."""
    return PostgresSettings(
        database_app_url=database.app_url,
        database_relay_url=database.relay_url,
        database_system_url=database.system_url,
    )


@pytest.fixture
def conversation(tenant: TestTenant) -> Conversation:
    """A conversation of this test's own tenant."""
    return Conversation(tenant)


@pytest.fixture
def service_database(make_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    """A fresh database of messaging."""
    return make_database("messaging")


@pytest.fixture
async def database(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    """The service's own way into it."""
    database = Database(settings_of(service_database), service="messaging")
    yield database
    await database.close()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """A store in a folder of this test's own."""
    return Storage(StorageSettings(storage_url=(tmp_path / "files").as_uri()))


@pytest.fixture
async def client(
    database: Database, internal_tokens: InternalTokens, storage: Storage
) -> AsyncIterator[httpx.AsyncClient]:
    """The application in this test's own loop."""
    files = Files(database, storage, Links(b"k" * 32), public_url="https://crm.example/")
    app: Any = make_app(database, internal_tokens.verifier, files)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://messaging") as client:
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
def store(database: Database) -> Callable[..., Any]:
    """`await store(told, ...)`: handle a bundle as the consumer does, without a broker."""

    async def handle(*told: Told) -> None:
        parts: dict[UUID, list[Told]] = {}
        for received in told:
            parts.setdefault(received.envelope.tenant_id, []).append(received)
        for tenant_id, events in parts.items():
            async with database.tenant(tenant_id) as tx:
                await on_message_recorded(tx, tenant_id, events)

    return handle


@pytest.fixture
def hear(database: Database) -> Callable[..., Any]:
    """`await hear(fact, ...)`: handle facts of one tenant as the consumer does."""

    async def handle(*facts: Received[Any]) -> None:
        async with database.tenant(facts[0].envelope.tenant_id) as tx:
            await on_message_facts(tx, facts[0].envelope.tenant_id, facts)

    return handle


@pytest.fixture
def hear_chats(database: Database) -> Callable[..., Any]:
    """`await hear_chats(fact, ...)`: handle facts of chats of one tenant as the consumer does."""

    async def handle(*facts: Received[Any]) -> None:
        async with database.tenant(facts[0].envelope.tenant_id) as tx:
            await on_chat_facts(tx, facts[0].envelope.tenant_id, facts)

    return handle


@pytest.fixture
def said(database: Database) -> Callable[..., Any]:
    """`await said(tenant)`: the (type, sequence, data) of all that stands in the outbox."""

    async def read(tenant: TestTenant) -> list[tuple[str, int, dict[str, Any]]]:
        async with database.tenant(tenant.tenant_id) as tx:
            rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
        envelopes = [frame.decode(row["envelope"]) for row in rows]
        return [(one.type, one.sequence, msgspec.json.decode(one.data)) for one in envelopes]

    return read
