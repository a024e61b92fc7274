"""The simulated Cloud API itself: numbers that send, people who write, and what is posted."""

import asyncio
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from msgspec import Struct

from cloud_simulator import payloads, rules
from cloud_simulator.answers import Troubles
from cloud_simulator.errors import GraphError, Reason
from cloud_simulator.examples import Examples
from cloud_simulator.parties import Number, Person, same_phone
from cloud_simulator.payloads import Change
from cloud_simulator.requests import Send
from cloud_simulator.templates import Templates
from waha_simulator.delivery import CustomHeader, Policy, Retries, Webhook
from waha_simulator.file_faults import FileFaults
from waha_simulator.ids import IdSource, wall_clock_ms
from waha_simulator.posting import Delivery, Parcel, Postman, outcomes

WINDOW_SECONDS = 24 * 3600
RETRIES = Retries(policy=Policy.CONSTANT, delay_seconds=1, attempts=30)


class Taken(Struct, frozen=True, kw_only=True):
    """A message that the number sent: reached is who got it."""

    id: str
    reached: Person
    send: Send
    raw: msgspec.Raw


class Upload(Struct, frozen=True, kw_only=True):
    """A file that Meta keeps."""

    id: str
    mimetype: str
    content: bytes


class Line:
    """A number with what it sent and got."""

    def __init__(self, number: Number) -> None:
        self.number = number
        self.people: list[Person] = []
        self.written_at: dict[str, int] = {}
        self.messages: set[str] = set()
        self.taken: list[Taken] = []
        self.seen: list[str] = []
        self.files: dict[str, Upload] = {}
        self.uploads: list[Upload] = []
        self.posts: list[asyncio.Future[Delivery]] = []

    def reached(self, send: Send) -> Person:
        """Whom a message goes to; `to` wins. Somebody who never wrote has only their phone."""
        for one in self.people:
            if send.to is not None and one.phone is not None and same_phone(one.phone, send.to):
                return one
            if send.to is None and one.bsuid == send.recipient:
                return one
        if send.to is None:
            raise GraphError(131026, "Message undeliverable.", status=400)
        return Person(bsuid=f"XX.{send.to.lstrip('+')}", phone=send.to.lstrip("+"), name="")


class CloudSimulator:
    """Numbers by id, and what goes wrong. `strict_window`: what is written freely to somebody who
    did not write for a day is taken, and failed afterwards."""

    def __init__(self, ids: IdSource, postman: Postman, url: str = "") -> None:
        self.ids = ids
        self.postman = postman
        self.url = url
        self.lines: dict[str, Line] = {}
        self._templates: dict[str, Templates] = {}
        self.examples = Examples()
        self.troubles = Troubles()
        self.file_faults = FileFaults()
        self._kept = 0
        self.refused_later: list[Reason] = []
        self.told: tuple[str, ...] = ("sent", "delivered")
        self.strict_window = True
        self._gathered: list[list[Change]] | None = None

    def connect(self, number: Number) -> Line:
        """Have this number, posting to its webhook; again changes what it is."""
        line = self.lines.get(number.phone_number_id)
        if line is None:
            line = self.lines[number.phone_number_id] = Line(number)
        line.number = number
        return line

    def line(self, phone_number_id: str) -> Line:
        """A number. Raises GraphError."""
        if phone_number_id not in self.lines:
            raise GraphError(100, "Unsupported request. Object does not exist.")
        return self.lines[phone_number_id]

    def templates(self, account: str) -> Templates:
        """Those of an account."""
        return self._templates.setdefault(account, Templates())

    def template_id(self) -> str:
        """A new id of a template."""
        self._kept += 1
        return str(7 * 10**15 + self._kept)

    def message_id(self) -> str:
        """A new id of a message."""
        return "wamid." + self.ids.stanza(from_me=True)

    # What people do

    def write(
        self,
        line: Line,
        person: Person,
        text: str = "oi",
        *,
        kind: str = "text",
        member: object = None,
        timestamp: int | None = None,
    ) -> str:
        """Somebody writes; the id of the message."""
        self.meet(line, person)
        message_id = self.message_id()
        at = timestamp or wall_clock_ms() // 1000
        line.written_at[person.bsuid] = max(at, line.written_at.get(person.bsuid, 0))
        line.messages.add(message_id)
        said = {"body": text} if member is None else member
        self.post(line, payloads.message(line.number, person, message_id, kind, said, at))
        return message_id

    def send_file(
        self, line: Line, person: Person, kind: str, mimetype: str, content: bytes
    ) -> str:
        """Somebody sends a file; the id of the message."""
        upload = self.keep(line, mimetype, content)
        digest = hashlib.sha256(content).hexdigest()
        member = {"id": upload.id, "mime_type": mimetype, "sha256": digest}
        return self.write(line, person, kind=kind, member=member)

    def meet(self, line: Line, person: Person) -> None:
        """Know somebody, as they show themselves now."""
        line.people = [one for one in line.people if one.bsuid != person.bsuid] + [person]

    def tell(
        self, line: Line, message_id: str, word: str, *, reason: Reason | None = None, at: int = 0
    ) -> None:
        """Post a status of a message that was taken."""
        taken = next(one for one in line.taken if one.id == message_id)
        change = payloads.status(
            line.number,
            taken.reached,
            message_id,
            word,
            timestamp=at or wall_clock_ms() // 1000,
            own=taken.send.biz_opaque_callback_data,
            reason=reason,
        )
        self.post(line, change)

    # What the number does

    def take(self, line: Line, send: Send, raw: bytes) -> Taken:
        """Take a message, and tell what becomes of it. Raises GraphError."""
        rules.check(send, known=line.messages, files=line.files)
        if send.template is not None:
            self.templates(line.number.waba_id).check(send.template)
        person = line.reached(send)
        taken = Taken(id=self.message_id(), reached=person, send=send, raw=msgspec.Raw(raw))
        line.taken.append(taken)
        line.messages.add(taken.id)
        reason = self._refused_later(line, taken)
        if reason is not None:
            self.tell(line, taken.id, "failed", reason=reason)
            return taken
        for word in self.told:
            self.tell(line, taken.id, word)
        return taken

    def _refused_later(self, line: Line, taken: Taken) -> Reason | None:
        if self.refused_later:
            return self.refused_later.pop(0)
        if not self.strict_window or taken.send.type == "template":
            return None
        last = line.written_at.get(taken.reached.bsuid, 0)
        if wall_clock_ms() // 1000 - last < WINDOW_SECONDS:
            return None
        return Reason(code=131047, title="Re-engagement message")

    def keep(self, line: Line, mimetype: str, content: bytes) -> Upload:
        """Keep a file of a number."""
        self._kept += 1
        upload = Upload(id=str(10**15 + self._kept), mimetype=mimetype, content=content)
        line.files[upload.id] = upload
        return upload

    # Posts

    @contextmanager
    def one_post(self, line: Line, per_entry: int = 1) -> Iterator[None]:
        """What happens meanwhile is posted at the end, at once, so many changes to an entry."""
        self._gathered = [[]]
        try:
            yield
        finally:
            gathered, self._gathered = self._gathered[0], None
            entries = [gathered[at : at + per_entry] for at in range(0, len(gathered), per_entry)]
            self.send_post(line, entries)

    def post(self, line: Line, change: Change) -> None:
        """Post a change, alone or with what is gathered."""
        if self._gathered is not None:
            self._gathered[0].append(change)
        else:
            self.send_post(line, [[change]])

    def send_post(self, line: Line, entries: Sequence[Sequence[Change]]) -> None:
        """One signed post."""
        number = line.number
        body = payloads.post(number, entries, wall_clock_ms() // 1000)
        digest = hmac.new(number.app_secret.encode(), body, hashlib.sha256).hexdigest()
        signed = CustomHeader(name="X-Hub-Signature-256", value=f"sha256={digest}")
        webhook = Webhook(
            url=number.webhook_url, events=("*",), retries=RETRIES, custom_headers=(signed,)
        )
        parcel = Parcel(
            webhook=webhook,
            session=number.phone_number_id,
            engine="cloud",
            event=entries[0][0].field if entries and entries[0] else "messages",
            event_id=hashlib.sha256(body).hexdigest(),
            message_id=None,
            body=body,
        )
        line.posts += self.postman.post(parcel)

    async def settle(self, line: Line) -> list[Delivery]:
        """Wait until everything that was posted so far was taken or given up."""
        posts, line.posts = line.posts, []
        return await outcomes(posts)
