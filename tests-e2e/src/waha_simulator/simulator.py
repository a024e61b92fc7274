"""The simulated server itself: sessions that receive, send, and tell their webhooks."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from waha_simulator import payloads
from waha_simulator.answering import Answers
from waha_simulator.contents import Content, Kind
from waha_simulator.engines import Engine
from waha_simulator.file_faults import FileFaults
from waha_simulator.ids import IdSource, wall_clock_ms
from waha_simulator.payloads import Message, Place, encode, envelope
from waha_simulator.people import Address, Person
from waha_simulator.posting import Delivery, Parcel, Postman
from waha_simulator.sessions import Session, SessionConfig, Status
from waha_simulator.wire import JsonObject

Deliveries = list["asyncio.Future[Delivery]"]


class UnknownSessionError(Exception):
    """No session of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f'Session "{name}" does not exist')


class SessionExistsError(Exception):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f'Session "{name}" already exists. Use PUT to update it.')


class NotWorkingError(Exception):
    """The session is not in one of the states that this needs."""

    def __init__(self, session: Session, expected: Sequence[Status] = (Status.WORKING,)) -> None:
        super().__init__(
            "Session status is not as expected. Try again later or restart the session"
        )
        self.session = session
        self.expected = expected


class UnknownMessageError(Exception):
    """The session's history has no such message."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"Message {message_id} not found")


class Happened(Struct, frozen=True, kw_only=True):
    """What an act led to: the message, the envelopes about it and their deliveries."""

    message: Message
    message_id: str
    event_ids: tuple[str, ...]
    deliveries: Deliveries


class Simulator:
    """Sessions by name, and the postman that all of them share."""

    def __init__(self, *, ids: IdSource, postman: Postman, engine: Engine, files_url: str) -> None:
        self.ids = ids
        self.postman = postman
        self.engine = engine
        self.files_url = files_url
        self.started_ms = wall_clock_ms()
        self.sessions: dict[str, Session] = {}
        self.phones_without_whatsapp: set[str] = set()
        self.pictures: dict[str, str] = {}
        self.pictures_asked: list[str] = []
        self.answers = Answers()
        self.file_faults = FileFaults()

    # Sessions

    def get(self, name: str) -> Session:
        """A session. Raises UnknownSessionError."""
        if name not in self.sessions:
            raise UnknownSessionError(name)
        return self.sessions[name]

    def working(self, name: str) -> Session:
        """A session that can send. Raises UnknownSessionError, NotWorkingError."""
        session = self.get(name)
        if session.status is not Status.WORKING:
            raise NotWorkingError(session)
        return session

    def create(self, name: str, config: SessionConfig, *, start: bool) -> Session:
        """Make a session, by default on its way to the QR code. Raises SessionExistsError."""
        if name in self.sessions:
            raise SessionExistsError(name)
        session = self.sessions[name] = Session(name, self.engine, config)
        session.become(Status.STOPPED, wall_clock_ms())
        if start:
            self.start(session)
        return session

    def delete(self, name: str) -> None:
        """Stop and forget a session. Raises UnknownSessionError."""
        self.stop(self.get(name))
        del self.sessions[name]

    def start(self, session: Session) -> None:
        """Idempotent. A session that is paired works at once, another one shows its QR code."""
        if session.status in (Status.STOPPED, Status.FAILED):
            self.become(session, Status.STARTING)
            paired = session.owner is not None
            self.become(session, Status.WORKING if paired else Status.SCAN_QR_CODE)

    def stop(self, session: Session) -> None:
        """Idempotent; the pairing stays."""
        if session.status is not Status.STOPPED:
            self.become(session, Status.STOPPED)

    def logout(self, session: Session) -> None:
        """Take the pairing away; a session that ran goes back to its QR code."""
        running = session.status is not Status.STOPPED
        self.stop(session)
        session.owner = None
        if running:
            self.start(session)

    def pair(self, session: Session, owner: Person) -> None:
        """The phone scans the QR code."""
        session.owner = owner
        self.become(session, Status.WORKING)

    def fail(self, session: Session) -> None:
        """The engine loses the session until it is restarted."""
        self.become(session, Status.FAILED)

    def become(self, session: Session, status: Status) -> None:
        """Change the state and tell it."""
        session.become(status, wall_clock_ms())
        self.emit(session, "session.status", session.status_payload())

    # Events

    def emit(
        self,
        session: Session,
        event: str,
        payload: Struct | JsonObject,
        *,
        message_id: str | None = None,
        copies: int = 1,
        event_id: str | None = None,
    ) -> tuple[str, Deliveries]:
        """Post one event to every webhook that wants it; more copies have the same envelope id."""
        now = wall_clock_ms()
        event_id = event_id or self.ids.envelope()
        account = session.account(self.files_url)
        body = encode(envelope(account, event, payload, event_id=event_id, timestamp_ms=now))
        session.last_activity_ms = now
        deliveries: Deliveries = []
        for webhook in session.config.webhooks:
            if webhook.wants(event):
                parcel = Parcel(
                    webhook=webhook,
                    session=session.name,
                    engine=session.engine.value,
                    event=event,
                    event_id=event_id,
                    message_id=message_id,
                    body=body,
                )
                for _ in range(copies):
                    deliveries += self.postman.post(parcel)
        return event_id, deliveries

    def announce(self, session: Session, message: Message, *, copies: int = 1) -> Happened:
        """Keep a message and report it: `message.any` always, `message` only when it came in."""
        session.history.keep(message)
        account = session.account(self.files_url)
        payload = payloads.message_payload(account, message)
        event_ids: list[str] = []
        deliveries: Deliveries = []
        for event in ("message.any",) if message.from_me else ("message", "message.any"):
            if not session.ignores(message.place):
                event_id, begun = self.emit(
                    session, event, payload, message_id=payload.id, copies=copies
                )
                event_ids.append(event_id)
                deliveries += begun
        return Happened(
            message=message,
            message_id=payload.id,
            event_ids=tuple(event_ids),
            deliveries=deliveries,
        )

    # Sending

    def send(
        self, session: Session, chat_id: str, content: Content, *, stanza: str | None = None
    ) -> Message:
        """What the API sends; an id that was sent before is answered again, and nothing sent."""
        known = session.history.find(stanza) if stanza is not None else None
        if known is not None:
            return known
        message = Message(
            person=person_of(chat_id),
            content=content,
            stanza=stanza or self.ids.stanza(from_me=True),
            timestamp=wall_clock_ms() // 1000,
            from_me=True,
            address=Address.LID if chat_id.endswith("@lid") else Address.PHONE,
            place=place_of(chat_id),
            place_id=chat_id if place_of(chat_id) in (Place.GROUP, Place.NEWSLETTER) else None,
            source="api",
            ack=1,
        )
        self.announce(session, message)
        if message.place is Place.DIRECT:
            self.acknowledge(session, message.stanza, 2)
        return message

    def acknowledge(
        self, session: Session, message_id: str, ack: int, by: Person | None = None
    ) -> Deliveries:
        """The other side's phone, or (`by`) one of a group's, got, read or played a message.

        Raises:
            UnknownMessageError
        """
        found = session.history.find(message_id)
        message = found and session.history.acknowledged(found.stanza, ack)
        if message is None:
            raise UnknownMessageError(message_id)
        payload = payloads.ack_payload(session.account(self.files_url), message, ack, by)
        event = "message.ack.group" if message.place is Place.GROUP else "message.ack"
        return self.emit(session, event, payload, message_id=payload.id)[1]

    def react(
        self, session: Session, message_id: str, emoji: str, *, from_me: bool
    ) -> tuple[str, Deliveries]:
        """Put an emoji on a message, or take it away. Raises UnknownMessageError."""
        message = self.message(session, message_id)
        payload = payloads.reaction_payload(
            session.account(self.files_url),
            message,
            stanza=self.ids.stanza(from_me=from_me),
            emoji=emoji,
            at=wall_clock_ms() / 1000,
            from_me=from_me,
        )
        return payload.id, self.emit(session, "message.reaction", payload, message_id=payload.id)[1]

    def edit(self, session: Session, message_id: str, text: str) -> Deliveries:
        """The author writes another text. Raises UnknownMessageError."""
        message = self.message(session, message_id)
        changed = replace(message, content=replace(message.content, text=text))
        session.history.change(changed)
        edit = replace(changed, stanza=self.ids.stanza(from_me=message.from_me))
        payload = payloads.edited_payload(
            session.account(self.files_url), edit, edited_stanza=message.stanza
        )
        return self.emit(session, "message.edited", payload, message_id=payload.id)[1]

    def revoke(self, session: Session, message_id: str) -> Deliveries:
        """The author deletes the message for everyone. Raises UnknownMessageError."""
        message = self.message(session, message_id)
        session.history.drop(message.stanza)
        empty = replace(
            message,
            stanza=self.ids.stanza(from_me=message.from_me),
            content=Content(kind=Kind.TEXT, text=""),
        )
        payload = payloads.revoked_payload(
            session.account(self.files_url), empty, revoked_stanza=message.stanza
        )
        return self.emit(session, "message.revoked", payload, message_id=payload.after.id)[1]

    def message(self, session: Session, message_id: str) -> Message:
        """A message of the history. Raises UnknownMessageError."""
        message = session.history.find(message_id)
        if message is None:
            raise UnknownMessageError(message_id)
        return message


def person_of(chat_id: str) -> Person:
    """The other party of a chat that the API addresses; an audience has no person's address."""
    digits = chat_id.partition("@")[0]
    if chat_id.endswith("@lid"):
        return Person(lid=digits, name="")
    return Person(phone=digits if place_of(chat_id) is Place.DIRECT else None, name="")


def place_of(chat_id: str) -> Place:
    """What kind of chat an id names."""
    match chat_id.partition("@")[2]:
        case "g.us":
            return Place.GROUP
        case "newsletter":
            return Place.NEWSLETTER
        case "broadcast":
            return Place.STATUS
        case _:
            return Place.DIRECT
