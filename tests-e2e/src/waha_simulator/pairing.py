"""How a session is paired: the codes that it shows, and what the phone does with them."""

import base64
import hashlib
import io

import segno
from msgspec import Struct

from waha_simulator.people import Person
from waha_simulator.sessions import Session, Status
from waha_simulator.simulator import NotWorkingError, Simulator

CHALLENGE_MS = 60_000
_LETTERS = 4
_PNG_SCALE = 4


class WrongCodeError(Exception):
    """The phone was given a code that the session does not show (any more)."""

    def __init__(self) -> None:
        super().__init__("This is not the code of the session.")


class Credential(Struct, frozen=True, kw_only=True):
    """A passkey that may answer."""

    id: str
    type: str = "public-key"
    transports: tuple[str, ...] = ("internal", "hybrid")


class Challenge(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a passkey has to sign."""

    challenge: str
    timeout: int
    rp_id: str
    allow_credentials: tuple[Credential, ...]
    user_verification: str


def qr_text(session: Session) -> str:
    """What the QR code says; another one each time that the session comes to show it."""
    _expect(session, Status.SCAN_QR_CODE)
    return f"2@{_mark(session, 'qr')}"


def qr_picture(session: Session) -> bytes:
    """The same as a PNG that a phone can scan."""
    picture = io.BytesIO()
    segno.make(qr_text(session), error="m").save(picture, kind="png", scale=_PNG_SCALE)
    return picture.getvalue()


def pairing_code(session: Session, phone: str) -> str:
    """The code to type on the phone with this number, like `ABCD-EFGH`."""
    _expect(session, Status.SCAN_QR_CODE)
    mark = base64.b32encode(hashlib.sha256(_mark(session, phone).encode()).digest()).decode()
    return f"{mark[:_LETTERS]}-{mark[_LETTERS : 2 * _LETTERS]}"


def scan(simulator: Simulator, session: Session, text: str, owner: Person) -> None:
    """The phone scans. Raises WrongCodeError, NotWorkingError."""
    if text != qr_text(session):
        raise WrongCodeError
    simulator.pair(session, owner)


def type_code(simulator: Simulator, session: Session, code: str, owner: Person) -> None:
    """The phone's owner types the code. Raises WrongCodeError, NotWorkingError."""
    if code != pairing_code(session, owner.phone or ""):
        raise WrongCodeError
    simulator.pair(session, owner)


def require_passkey(simulator: Simulator, session: Session, owner: Person) -> None:
    """WhatsApp wants a passkey of this owner before it pairs. Raises NotWorkingError."""
    _expect(session, Status.SCAN_QR_CODE)
    session.candidate = owner
    simulator.become(session, Status.PASSKEY_REQUIRED)


def challenge(session: Session) -> Challenge:
    """What is to be signed. Raises NotWorkingError."""
    _expect(session, Status.PASSKEY_REQUIRED)
    return Challenge(
        challenge=_mark(session, "challenge"),
        timeout=CHALLENGE_MS,
        rp_id="web.whatsapp.com",
        allow_credentials=(Credential(id=_mark(session, "credential")),),
        user_verification="required",
    )


def sign(simulator: Simulator, session: Session, credential_id: str) -> None:
    """The passkey answered; its signature is taken. Raises WrongCodeError, NotWorkingError."""
    if credential_id not in {one.id for one in challenge(session).allow_credentials}:
        raise WrongCodeError
    simulator.become(session, Status.PASSKEY_CONFIRMATION_REQUIRED)


def confirmation(session: Session) -> str:
    """The code that the phone shows as well. Raises NotWorkingError."""
    _expect(session, Status.PASSKEY_CONFIRMATION_REQUIRED)
    return f"{int(hashlib.sha256(session.name.encode()).hexdigest(), 16) % 10_000:04}"


def confirm(simulator: Simulator, session: Session) -> None:
    """It is the same. Raises NotWorkingError."""
    _expect(session, Status.PASSKEY_CONFIRMATION_REQUIRED)
    if session.candidate is not None:
        simulator.pair(session, session.candidate)


def _expect(session: Session, *expected: Status) -> None:
    if session.status not in expected:
        raise NotWorkingError(session, expected)


def _mark(session: Session, *parts: str) -> str:
    """The same for the same state of the same session."""
    seed = ":".join((session.name, str(len(session.points)), *parts)).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(seed).digest()).decode().rstrip("=")
