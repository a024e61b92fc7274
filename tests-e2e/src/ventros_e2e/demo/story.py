"""The scenes of the demo: who writes, and what the API has to say about it afterwards."""

import msgspec

from proto_events.contacts import ContactCreated
from proto_events.sessions import SessionEnded
from ventros_e2e.api import Api, Channel, Contact, Identity, Message, Session
from ventros_e2e.crowd import somebody
from ventros_e2e.demo.screen import Screen
from ventros_e2e.domain_events import Subscription
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import NotHappenedError, eventually, remains
from waha_simulator.contents import Kind
from waha_simulator.engines import Engine
from waha_simulator.http.control import Pair, Write, Written
from waha_simulator.people import Address, Person

SESSION = "demo"
SHOP = Person(phone="554433330001", lid="100000000000001", name="Loja Demo")
REGULAR = Person(phone="5541987650001", lid="100000000000002", name="Rita Regular")
TIMEOUT_MINUTES = 0.5
IN_A_MOMENT = 20.0


class Story:
    """Plays the scenes in order; raises NotHappenedError when the API disagrees."""

    def __init__(
        self, api: Api, waha: Waha, channel: Channel, events: Subscription, screen: Screen
    ) -> None:
        self._api = api
        self._waha = waha
        self._channel = channel
        self._events = events
        self._screen = screen
        self._met: list[Contact] = []

    async def play(self) -> None:
        """Every scene, then the end of a session and the totals."""
        await self.new_customers()
        await self.media()
        ana = await self.a_known_customer()
        await self.duplicates()
        await self.answered_on_the_phone(ana)
        await self.hidden_number()
        await self.lists()
        await self.the_end(ana)

    # Acts

    async def _use(self, engine: Engine) -> None:
        body = Pair(owner=SHOP, engine=engine)
        await self._waha.call("POST", f"/simulator/sessions/{SESSION}/pair", body)

    async def _write(self, write: Write) -> Written:
        told = msgspec.structs.replace(write, wait=True)
        written = await self._waha.write(SESSION, told)
        refused = [line for line in written.deliveries if line.outcome != "delivered"]
        if refused:
            line = refused[0]
            raise NotHappenedError(
                f"a webhook was not taken: {line.event} → {line.status} after {line.attempts}"
            )
        return written

    # Questions

    async def _contact(self, person: Person) -> Contact:
        async def look() -> Contact | None:
            found = await self._api.every("/v1/contacts", Contact, phone=f"+{person.phone}")
            if len(found) > 1:
                raise NotHappenedError(f"{len(found)} contacts have the phone +{person.phone}")
            return found[0] if found else None

        what = f"a contact with the phone +{person.phone}"
        return await eventually(look, what, within=IN_A_MOMENT)

    async def _message(self, contact: Contact, written: Written) -> Message:
        async def look() -> Message | None:
            found = [
                message
                for message in await self._messages(contact)
                if message.stanza == written.stanza
            ]
            return found[0] if found else None

        what = f"a stored message {written.stanza} of {contact.name or contact.id}"
        return await eventually(look, what, within=IN_A_MOMENT)

    async def _messages(self, contact: Contact) -> list[Message]:
        return await self._api.every("/v1/messages", Message, contact_id=contact.id)

    async def _identities(self, contact: Contact) -> list[Identity]:
        return await self._api.every(f"/v1/contacts/{contact.id}/identities", Identity)

    async def _session(self, message: Message) -> Session:
        return await self._api.get(f"/v1/sessions/{message.session_id}", Session)

    async def _told(self, person: Person, write: Write) -> tuple[Contact, Message]:
        """Write, then show the contact, the session and the message that came of it."""
        written = await self._write(write)
        contact = await self._contact(person)
        message = await self._message(contact, written)
        session = await self._session(message)
        self._screen.became(
            f"contact {contact.name} {contact.phone} · session {session.status}"
            f" {short(session.id)} · {message.content.type} {message.direction}"
        )
        return contact, message

    # Scenes

    async def new_customers(self) -> None:
        """Two people whom nobody knows, on two engines."""
        self._screen.scene("New customers write")
        for name, engine, text in (
            ("Ana", Engine.GOWS, "Oi! Vocês entregam em Curitiba?"),
            ("Bruno", Engine.NOWEB, "Bom dia, qual o horário de vocês?"),
        ):
            await self._use(engine)
            person = somebody(name)
            self._screen.wrote(name, f"({engine}) “{text}”")
            contact, _ = await self._told(person, Write(person=person, text=text))
            await self._expect_event(contact)
            self._met.append(contact)
            if name == "Ana":
                self._ana = person

    async def _expect_event(self, contact: Contact) -> None:
        try:
            event = await self._events.wait_for("contact.created.v1", contact.id, timeout=10)
        except TimeoutError:
            raise NotHappenedError(f"no contact.created about {contact.id}") from None
        data = msgspec.json.decode(event.data, type=ContactCreated)
        self._screen.note(f"event {event.type} {short(event.id.hex)}: {data.name}")

    async def media(self) -> None:
        """A picture with a caption and a voice message, as a browser engine tells them."""
        self._screen.scene("A customer sends media")
        await self._use(Engine.WEBJS)
        person = somebody("Carla", hidden=False)
        for kind, text in ((Kind.IMAGE, "Tem este modelo?"), (Kind.VOICE, None)):
            self._screen.wrote("Carla", f"sends {kind}" + (f": “{text}”" if text else ""))
            contact, message = await self._told(
                person, Write(person=person, kind=kind, text=text, address=Address.PHONE)
            )
            expect(message.content.type, kind.value, "the message's content type")
            expect(message.content.text, text, "the message's caption")
        self._met.append(contact)

    async def a_known_customer(self) -> Contact:
        """Ana writes again, and a regular who may be known from another run."""
        self._screen.scene("Known customers write again")
        await self._use(Engine.GOWS)
        self._screen.wrote("Ana", "“E parcelam?”")
        ana, message = await self._told(self._ana, Write(person=self._ana, text="E parcelam?"))
        expect(ana.id, self._met[0].id, "Ana's contact")
        first, *_ = await self._messages(ana)
        expect(message.session_id, first.session_id, "the session of Ana's second message")
        self._screen.wrote(REGULAR.name, "“Voltei!”")
        regular, _ = await self._told(REGULAR, Write(person=REGULAR, text="Voltei!"))
        self._met.append(regular)
        return ana

    async def duplicates(self) -> None:
        """The provider repeats itself in every way that it can."""
        self._screen.scene("The provider posts the same message eight times")
        person = somebody("Davi")
        write = Write(person=person, text="Só uma vez!", copies=2, repeats=2)
        self._screen.wrote("Davi", "“Só uma vez!” (2 events, told twice, posted twice)")
        contact, _ = await self._told(person, write)

        async def one() -> bool:
            return len(await self._messages(contact)) == 1

        await remains(one, "one message of Davi")
        self._screen.became("one message, counted once")
        self._met.append(contact)

    async def answered_on_the_phone(self, ana: Contact) -> None:
        """The shop answers with its own phone; it comes in like everything else."""
        self._screen.scene("The shop answers on its phone")
        text = "Entregamos sim, e em 3x sem juros."
        self._screen.wrote(SHOP.name, f"to Ana: “{text}”")
        contact, message = await self._told(
            self._ana, Write(person=self._ana, text=text, from_me=True)
        )
        expect(contact.id, ana.id, "the contact of the answer")
        expect(message.direction, "outbound", "the direction of the answer")

    async def hidden_number(self) -> None:
        """First only a LID, later the phone beside it: two addresses, one person."""
        self._screen.scene("A customer hides the number, then shows it")
        await self._use(Engine.NOWEB)
        person = somebody("Elisa")
        self._screen.wrote("Elisa", "“Oi” (only her LID is shown)")
        first = await self._write(Write(person=person, text="Oi", address=Address.LID))
        hidden = await self._by_stanza("Elisa", first)
        expect(hidden.phone, None, "the phone of a customer with a hidden number")
        self._screen.became(f"contact {hidden.name} without a phone {short(hidden.id)}")
        self._screen.wrote("Elisa", "“Sou a Elisa” (phone and LID are shown)")
        second = await self._write(
            Write(person=person, text="Sou a Elisa", address=Address.PHONE_AND_LID)
        )
        known = await self._contact(person)
        await self._message(known, second)
        history = await self._history(known, 2)
        kinds = sorted({one.kind for one in await self._identities(known)})
        expect({"lid", "phone"} <= set(kinds), True, f"identities {kinds} with lid and phone")
        self._screen.became(
            f"one person: {known.name} {known.phone}, known by {', '.join(kinds)},"
            f" {len(history)} messages in one history"
        )
        self._met.append(known)

    async def _history(self, contact: Contact, count: int) -> list[Message]:
        async def look() -> list[Message] | None:
            found = await self._messages(contact)
            return found if len(found) >= count else None

        return await eventually(look, f"{count} messages in one history", within=IN_A_MOMENT)

    async def _by_stanza(self, name: str, written: Written) -> Contact:
        """The contact of a message, where no phone says who it is."""

        async def look() -> Contact | None:
            for contact in await self._api.every("/v1/contacts", Contact, search=name):
                stanzas = {message.stanza for message in await self._messages(contact)}
                if written.stanza in stanzas:
                    return contact
            return None

        return await eventually(look, f"the contact who wrote {written.stanza}", within=IN_A_MOMENT)

    async def lists(self) -> None:
        """What the API lists now."""
        rows = []
        for contact in self._met:
            messages = await self._messages(contact)
            sessions = await self._api.every("/v1/sessions", Session, contact_id=contact.id)
            last = messages[-1].content
            rows.append(
                (
                    contact.name or "",
                    contact.phone or "",
                    str(len(sessions)),
                    str(len(messages)),
                    f"{last.type}: {last.text}" if last.text else last.type,
                )
            )
        headings = ("contact", "phone", "sessions", "messages", "last")
        self._screen.table("What the API lists", headings, rows)

    async def the_end(self, ana: Contact) -> None:
        """Silence; Ana's session ends by itself, and says so."""
        self._screen.scene("Nobody writes any more")
        messages = await self._messages(ana)
        session_id = messages[-1].session_id
        seconds = TIMEOUT_MINUTES * 60
        self._screen.note(f"waiting for the timeout of {seconds:.0f} s after the last activity …")
        try:
            event = await self._events.wait_for(
                "session.ended.v1", session_id, timeout=seconds + 60
            )
        except TimeoutError:
            raise NotHappenedError(f"no session.ended about {session_id}") from None
        ended = msgspec.json.decode(event.data, type=SessionEnded)
        totals = ended.metrics
        expect(ended.reason, "inactivity_timeout", "the reason of the end")
        expect(
            (totals.inbound_messages, totals.outbound_messages), (2, 1), "Ana's totals (in, out)"
        )
        response = ended.first_response_seconds
        self._screen.became(
            f"session.ended {short(session_id)}: {ended.reason},"
            f" {totals.total_messages} messages ({totals.inbound_messages} in,"
            f" {totals.outbound_messages} out), duration {ended.duration:.1f} s,"
            f" first response after {'none' if response is None else f'{response:.1f} s'}"
        )
        session = await self._api.get(f"/v1/sessions/{session_id}", Session)
        expect(session.status, "ended", "the session's status at the API")


def expect(found: object, wanted: object, what: str) -> None:
    """Raise NotHappenedError unless the two are equal."""
    if found != wanted:
        raise NotHappenedError(f"{what}: expected {wanted!r}, found {found!r}")


def short(identifier: str) -> str:
    """The end of an id, enough to recognise it on a screen."""
    return "…" + identifier[-6:]
