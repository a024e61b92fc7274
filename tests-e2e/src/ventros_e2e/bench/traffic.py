"""Customers who write: signed WAHA webhooks made from one template per customer.

A body is one join and one HMAC, so that the load leaves the machine to what is measured.
"""

import hmac
import itertools
import re
import time
from urllib.parse import urlsplit

from msgspec import Struct

from waha_simulator.contents import Content, Kind
from waha_simulator.engines import Engine
from waha_simulator.payloads import Account, Message, encode, envelope, message_payload
from waha_simulator.people import Person

_ENVELOPE_ID = "evt_00000000000000000000000000"
_STANZA = "3A000000000000000000"
_TEXT = "mensagem-de-carga-nr-000000000000"
_SECONDS = 1_700_000_000
_MILLISECONDS = 1_700_000_000_000
_CHANGING = re.compile(f"({_ENVELOPE_ID}|{_STANZA}|{_TEXT}|{_MILLISECONDS}|{_SECONDS})".encode())


class Line(Struct, frozen=True, kw_only=True):
    """A connected number of a tenant: where its webhooks go and how they are signed."""

    webhook_url: str
    key: str
    owner: Person


class Webhook(Struct, frozen=True, kw_only=True):
    """A whole HTTP request, and the text by which its message is known later."""

    request: bytes
    text: str


class Customer:
    """One person who writes to one line; makes a new message each time."""

    def __init__(self, line: Line, person: Person, number: int) -> None:
        account = Account(session="bench", engine=Engine.GOWS, owner=line.owner)
        message = Message(
            person=person,
            content=Content(kind=Kind.TEXT, text=_TEXT),
            stanza=_STANZA,
            timestamp=_SECONDS,
        )
        body = encode(
            envelope(
                account,
                "message.any",
                message_payload(account, message),
                event_id=_ENVELOPE_ID,
                timestamp_ms=_MILLISECONDS,
            )
        )
        self.person = person
        self._key = line.key.encode()
        self._number = number
        self._count = itertools.count()
        self._parts = _CHANGING.split(body)
        self._places = [
            (place, self._parts[place].decode()) for place in range(1, len(self._parts), 2)
        ]
        parts = urlsplit(line.webhook_url)
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Content-Type: application/json\r\nX-Webhook-Hmac-Algorithm: sha512\r\n"
        )

    def write(self) -> Webhook:
        """The next message, signed, with ids that no other message of this process has."""
        now = time.time_ns()
        count = next(self._count)
        unique = f"{self._number:05d}{count:07d}"
        text = f"mensagem-de-carga-nr-{unique}"
        milliseconds = now // 1_000_000
        changed = {
            _TEXT: text,
            _STANZA: f"3A{milliseconds % 10**6:06d}{unique}",
            _ENVELOPE_ID: f"evt_{now % 10**14:014d}{unique}",
            str(_MILLISECONDS): str(milliseconds),
            str(_SECONDS): str(milliseconds // 1000),
        }
        for place, name in self._places:
            self._parts[place] = changed[name].encode()
        body = b"".join(self._parts)
        signature = hmac.digest(self._key, body, "sha512").hex()
        head = (
            f"{self._head}X-Webhook-Request-Id: {unique}\r\nX-Webhook-Hmac: {signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return Webhook(request=head.encode() + body, text=text)
