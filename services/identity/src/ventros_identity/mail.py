"""Sends what the table `mail` holds: claim, commit, send, record.

A claim that was lost with its process is due again after `LEASE`, so a mail may come twice and is
never lost; both have the same Message-ID, by which mail programs know the second.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

import aiosmtplib
import asyncpg
import msgspec
from msgspec import Meta

from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_core.installation import Environment
from platform_core.settings import SettingsError
from platform_crypto import DecryptionError, Vault
from platform_postgres import Database
from platform_telemetry import get_logger
from ventros_identity.commands.mail import opened
from ventros_identity.domain.mail import Mail, one_line, wait_after
from ventros_identity.store import mail as store
from ventros_identity.store.mail import Claimed

log = get_logger(__name__)

LIMIT: Final = 10
"""Mails of one round, sent at the same time."""
LEASE: Final = timedelta(seconds=60)
SEND_SECONDS: Final = 20.0
POLL_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 3600.0
KEPT: Final = timedelta(days=30)

_FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How mail leaves: by SMTP, or as files in the folder `mail_outbox` (for development).

    With neither, mail waits in its table. `app_url` is where the links in mails lead.
    """

    mail_from: Annotated[str, Meta(description="Sender of mails.")] = (
        "Ventros <no-reply@ventros.invalid>"
    )
    mail_outbox: Annotated[
        Path | None,
        Meta(
            description="Folder for mails as files, in place of a mail server; not in production."
        ),
    ] = None
    smtp_host: Annotated[str | None, Meta(description="Mail server.")] = None
    smtp_port: Annotated[int, Meta(description="Port of the mail server.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="How the connection is encrypted.")
    ] = "starttls"
    smtp_username: Annotated[str | None, Meta(description="User at the mail server.")] = None
    smtp_password: Annotated[str | None, Meta(description="Password at the mail server.")] = None
    app_url: Annotated[str, Meta(description="Where the links in mails lead.")] = (
        "http://localhost:8080"
    )
    environment: Environment = "production"


class NotDeliveredError(Exception):
    """The mail is not out. `permanent`: to try again is of no use."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Delivery(Protocol):
    """A way for mail to leave."""

    async def deliver(self, message: EmailMessage) -> None:
        """Hand a message over. Raises `NotDeliveredError`."""
        ...


class Smtp:
    """A mail server; one connection a mail."""

    def __init__(self, settings: MailSettings, host: str) -> None:
        self._settings = settings
        self._host = host

    async def deliver(self, message: EmailMessage) -> None:
        """Hand a message to the server. Raises `NotDeliveredError`."""
        settings = self._settings
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await aiosmtplib.send(
                    message,
                    hostname=self._host,
                    port=settings.smtp_port,
                    username=settings.smtp_username,
                    password=settings.smtp_password,
                    use_tls=settings.smtp_security == "tls",
                    start_tls=settings.smtp_security == "starttls",
                    timeout=SEND_SECONDS,
                )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            code = _reply_code(error)
            # RFC 5321 §4.2.1: 5yz is for good. A refused log-in is our setting, and is mended.
            login = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            raise NotDeliveredError(f"smtp {code}", permanent=code >= 500 and not login) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotDeliveredError(type(error).__name__, permanent=False) from error


class FileOutbox:
    """A folder with one `.eml` a mail, for development and tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, message: EmailMessage) -> None:
        """Write the file. Raises `NotDeliveredError`."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise NotDeliveredError(type(error).__name__, permanent=False) from error

    def _write(self, message: EmailMessage) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        draft = self._folder / f".{name}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
        draft.replace(self._folder / f"{name}.eml")


def delivery_of(settings: MailSettings) -> Delivery | None:
    """The way that the settings name; None when they name none.

    Raises:
        SettingsError: mail would lie readable in a folder, in production.
    """
    if settings.mail_outbox is not None:
        if settings.environment == "production":
            raise SettingsError(["VENTROS_MAIL_OUTBOX must be empty in production"])
        return FileOutbox(settings.mail_outbox)
    return None if settings.smtp_host is None else Smtp(settings, settings.smtp_host)


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message of a mail. Raises ValueError when its addresses cannot be headers."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = one_line(mail.letter.subject)
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    # RFC 3834: no holiday answers to this.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.letter.body)
    return message


class MailPart:
    """The loop of a process. Every replica runs it; each takes what the others have not."""

    name = "mail"

    def __init__(self, db: Database, delivery: Delivery | None, sender: str, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._delivery = delivery
        self._sender = sender
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._healthy = True
        self._swept = float("-inf")

    @property
    def ready(self) -> bool:
        """Whether the last round reached the database; a mail server that is away is no reason."""
        return self._healthy

    @property
    def alive(self) -> bool:
        """False when the loop has ended by itself."""
        return self._task is None or not self._task.done()

    async def start(self) -> None:
        """Begin to send; without a way out, say so and leave the mail where it is."""
        if self._delivery is None:
            log.warning("mail_waits", reason="neither smtp_host nor mail_outbox is set")
            return
        self._task = asyncio.create_task(self._run(), name="mail")

    async def stop(self) -> None:
        """Finish the round that is at hand."""
        self._stop.set()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def run_once(self) -> int:
        """Send what is due, at most `LIMIT`; how many were tried."""
        async with self._db.system() as tx:
            claimed = await store.claim(tx, LIMIT, LEASE)
        if claimed:
            await self._send_all(claimed)
        return len(claimed)

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                done = await self.run_once()
                await self._sweep()
                self._healthy = True
            except _FAULTS as error:
                # What was claimed is due again after the lease.
                log.warning("mail_round_failed", error=type(error).__name__)
                self._healthy, done = False, 0
            if done < LIMIT:
                await wait(self._stop, POLL_SECONDS)

    async def _send_all(self, claimed: Sequence[Claimed]) -> None:
        async with asyncio.TaskGroup() as group:
            outcomes = [group.create_task(self._send(mail)) for mail in claimed]
        async with self._db.system() as tx:
            for mail, outcome in zip(claimed, outcomes, strict=True):
                error = outcome.result()
                if error is None:
                    await store.sent(tx, mail)
                    continue
                pause = None if error.permanent else wait_after(mail.attempts)
                await store.failed(tx, mail, error.reason, pause)
                log.warning(
                    "mail_not_sent",
                    mail_id=str(mail.id),
                    reason=error.reason,
                    attempts=mail.attempts,
                    given_up=pause is None,
                )

    async def _send(self, mail: Claimed) -> NotDeliveredError | None:
        if self._delivery is None:
            return NotDeliveredError("no way out", permanent=False)
        try:
            letter = opened(self._vault, mail)
            await self._delivery.deliver(message_of(letter, self._sender))
        except NotDeliveredError as error:
            return error
        except DecryptionError:
            # A key that is missing in the ring can come back.
            return NotDeliveredError("not opened", permanent=False)
        except ValueError:
            return NotDeliveredError("not an address", permanent=True)
        return None

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept < SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        async with self._db.system() as tx:
            await store.sweep(tx, KEPT)


def _reply_code(error: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPResponseException) -> int:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code
    return min(refused.code for refused in error.recipients)
