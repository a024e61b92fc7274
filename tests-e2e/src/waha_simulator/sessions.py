"""A WAHA session: its configuration and the states between stopped and working."""

from enum import StrEnum

from msgspec import Struct

from waha_simulator.delivery import Webhook
from waha_simulator.engines import Engine
from waha_simulator.history import History
from waha_simulator.payloads import Account, Place
from waha_simulator.people import Person
from waha_simulator.wire import JsonObject, SessionStatusPayload, StatusPoint


class Status(StrEnum):
    """The states of a session."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    SCAN_QR_CODE = "SCAN_QR_CODE"
    PASSKEY_REQUIRED = "PASSKEY_REQUIRED"
    PASSKEY_CONFIRMATION_REQUIRED = "PASSKEY_CONFIRMATION_REQUIRED"
    WORKING = "WORKING"
    FAILED = "FAILED"


class Ignore(Struct, frozen=True, kw_only=True):
    """Kinds of chats whose events the session leaves out."""

    status: bool | None = None
    groups: bool | None = None
    channels: bool | None = None
    broadcast: bool | None = None


class SessionConfig(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`config` of a session. Settings of the engines are kept and given back, nothing more."""

    metadata: dict[str, str] = {}
    proxy: JsonObject | None = None
    debug: bool = False
    ignore: Ignore | None = None
    client: JsonObject | None = None
    noweb: JsonObject | None = None
    gows: JsonObject | None = None
    webjs: JsonObject | None = None
    webhooks: tuple[Webhook, ...] = ()


class Act(Struct, frozen=True, kw_only=True):
    """Something that the API was asked to do to a chat or a message, in WAHA's words."""

    kind: str
    chat_id: str = ""
    message_id: str = ""
    value: str = ""


class Session:
    """One session; the `Simulator` drives it and announces what changes."""

    def __init__(self, name: str, engine: Engine, config: SessionConfig) -> None:
        self.name = name
        self.engine = engine
        self.config = config
        self.status = Status.STOPPED
        self.points: list[StatusPoint] = []
        self.owner: Person | None = None
        self.candidate: Person | None = None
        self.history = History()
        self.last_activity_ms: int | None = None
        self.old_release = False
        self.labels: dict[str, str] = {}
        self.chat_labels: dict[str, tuple[str, ...]] = {}
        self.acts: list[Act] = []

    def account(self, files_url: str) -> Account:
        """The session as payloads show it."""
        return Account(
            session=self.name,
            engine=self.engine,
            owner=self.owner,
            metadata=self.config.metadata,
            files_url=files_url,
            s3_bucket=None,
            old_release=self.old_release,
        )

    def become(self, status: Status, at_ms: int) -> None:
        """Change the status and note the time."""
        self.status = status
        self.points.append(StatusPoint(status=status.value, timestamp=at_ms))

    def status_payload(self) -> SessionStatusPayload:
        """`session.status` as of now."""
        return SessionStatusPayload(
            name=self.name, status=self.status.value, statuses=tuple(self.points)
        )

    def ignores(self, place: Place) -> bool:
        """Whether `config.ignore` leaves out events of such chats."""
        ignore = self.config.ignore or Ignore()
        switches = {
            Place.GROUP: ignore.groups,
            Place.STATUS: ignore.status,
            Place.NEWSLETTER: ignore.channels,
        }
        return bool(switches.get(place))
