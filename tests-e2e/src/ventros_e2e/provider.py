"""Posts webhooks of one line as WAHA would, without a WAHA: for tests that need every byte."""

import aiohttp
from msgspec import Struct

from ventros_e2e.tenants import Line
from waha_simulator.contents import Content, Kind, sample
from waha_simulator.delivery import Hmac, Webhook, headers
from waha_simulator.engines import Engine
from waha_simulator.ids import IdSource, wall_clock_ms
from waha_simulator.payloads import Account, Message, Place, encode, envelope, message_payload
from waha_simulator.people import Address, Person
from waha_simulator.wire import JsonObject


class Answer(Struct, frozen=True, kw_only=True):
    """What the webhook's address answered."""

    status: int
    body: bytes
    retry_after: str | None = None


class Provider:
    """Signs and posts; ids are new ones unless they are given."""

    def __init__(
        self, client: aiohttp.ClientSession, line: Line, engine: Engine = Engine.GOWS
    ) -> None:
        self._client = client
        self.line = line
        self.engine = engine
        self.ids = IdSource()

    @property
    def account(self) -> Account:
        """The session as payloads show it."""
        return Account(session="default", engine=self.engine, owner=self.line.owner)

    def message(
        self,
        person: Person,
        text: str | None = None,
        *,
        kind: Kind = Kind.TEXT,
        content: Content | None = None,
        stanza: str | None = None,
        address: Address | None = None,
        from_me: bool = False,
        place: Place = Place.DIRECT,
        timestamp: int | None = None,
    ) -> Message:
        """A message that is written now unless `timestamp` (Unix seconds) says otherwise."""
        return Message(
            person=person,
            content=content or sample(kind, text),
            stanza=stanza or self.ids.stanza(from_me=from_me),
            timestamp=timestamp if timestamp is not None else wall_clock_ms() // 1000,
            from_me=from_me,
            address=address,
            place=place,
        )

    def told(
        self, message: Message, *, event: str = "message.any", event_id: str | None = None
    ) -> bytes:
        """The body of the webhook that tells of a message."""
        return self.envelope(event, message_payload(self.account, message), event_id=event_id)

    def envelope(
        self, event: str, payload: Struct | JsonObject, *, event_id: str | None = None
    ) -> bytes:
        """The body of any webhook."""
        document = envelope(
            self.account,
            event,
            payload,
            event_id=event_id or self.ids.envelope(),
            timestamp_ms=wall_clock_ms(),
        )
        return encode(document)

    async def post(self, body: bytes, *, key: str | None = None) -> Answer:
        """Post a body, signed with the line's key or another. Raises aiohttp.ClientError."""
        webhook = Webhook(
            url=self.line.channel.webhook_url,
            events=("*",),
            hmac=Hmac(key=self.line.key if key is None else key),
        )
        named = headers(webhook, body, request_id=self.ids.request(), timestamp_ms=wall_clock_ms())
        async with self._client.post(webhook.url, data=body, headers=dict(named)) as answer:
            content = await answer.read()
            return Answer(
                status=answer.status,
                body=content,
                retry_after=answer.headers.get("Retry-After"),
            )

    async def write(self, person: Person, text: str | None = None, **how: object) -> Message:
        """A person writes, and the webhook is taken. Raises NotTakenError."""
        message = self.message(person, text, **how)  # type: ignore[arg-type]
        answer = await self.post(self.told(message))
        if answer.status != 200:
            raise NotTakenError(answer.status, answer.body)
        return message


class NotTakenError(Exception):
    """A webhook was not answered with 200."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status}: {body[:300]!r}")
        self.status = status
