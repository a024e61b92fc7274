"""Mail leaves after the commit, comes once a claim, is tried again, and leaves no text behind."""

import asyncio
import email
import email.policy
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller

from platform_core.settings import SettingsError
from platform_crypto import KeyRing, Vault
from platform_postgres import Database
from ventros_identity.commands import mail as commands
from ventros_identity.domain.mail import WAITS, Letter
from ventros_identity.mail import (
    FileOutbox,
    MailPart,
    MailSettings,
    NotDeliveredError,
    Smtp,
    delivery_of,
)

from ..conftest import VAULT, Tenant

SENDER = "Ventros <no-reply@ventros.example>"
LETTER = Letter(subject="Olá, Ana\r\nBcc: all@x.example", body="Um convite.\nhttps://x.example/#a")


class Post:
    """Stands for a way out: keeps what came, and fails as it is told."""

    def __init__(self, *failures: NotDeliveredError) -> None:
        self.failures = list(failures)
        self.came: list[EmailMessage] = []

    async def deliver(self, message: EmailMessage) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.came.append(message)


async def written(db: Database, tenant: Tenant, recipient: str = "ana@ana.example") -> UUID:
    async with db.tenant(tenant.id) as tx:
        return await commands.write(tx, VAULT, tenant.id, recipient, LETTER)


async def row_of(db: Database, mail_id: UUID) -> Any:
    async with db.system() as tx:
        return await tx.fetchrow("SELECT *, now() AS now FROM mail WHERE id = $1", mail_id)


async def make_due(db: Database) -> None:
    async with db.system() as tx:
        await tx.execute("UPDATE mail SET due_at = now() WHERE due_at IS NOT NULL")


async def test_a_mail_is_sent_once_and_its_text_is_gone(db: Database, ana: Tenant) -> None:
    mail_id = await written(db, ana)
    post = Post()
    parts = [MailPart(db, post, SENDER, VAULT) for _ in range(4)]
    tried = await asyncio.gather(*(part.run_once() for part in parts))
    assert sum(tried) == 1
    (message,) = post.came
    assert (message["To"], message["From"]) == ("ana@ana.example", SENDER)
    assert message["Subject"] == "Olá, Ana  Bcc: all@x.example"
    assert message["Bcc"] is None
    row = await row_of(db, mail_id)
    assert row["sent_at"] is not None
    assert (row["sealed"], row["due_at"]) == (None, None)
    assert await parts[0].run_once() == 0


async def test_what_is_not_committed_is_not_sent(db: Database, ana: Tenant) -> None:
    async def fails() -> None:
        async with db.tenant(ana.id) as tx:
            await commands.write(tx, VAULT, ana.id, "ana@ana.example", LETTER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert await MailPart(db, Post(), SENDER, VAULT).run_once() == 0


async def test_a_failure_is_tried_again_later_each_time_and_at_last_given_up(
    db: Database, ana: Tenant
) -> None:
    mail_id = await written(db, ana)
    post = Post(*(NotDeliveredError("smtp 451", permanent=False) for _ in range(len(WAITS) + 1)))
    part = MailPart(db, post, SENDER, VAULT)
    for pause in WAITS:
        assert await part.run_once() == 1
        assert await part.run_once() == 0
        row = await row_of(db, mail_id)
        assert 0 < (row["due_at"] - row["now"]).total_seconds() <= pause.total_seconds()
        assert row["sealed"] is not None
        await make_due(db)
    assert await part.run_once() == 1
    row = await row_of(db, mail_id)
    assert (row["due_at"], row["sealed"], row["failure"]) == (None, None, "smtp 451")
    assert row["given_up_at"] is not None


async def test_a_refusal_for_good_is_not_tried_again(db: Database, ana: Tenant) -> None:
    mail_id = await written(db, ana)
    await MailPart(
        db, Post(NotDeliveredError("smtp 550", permanent=True)), SENDER, VAULT
    ).run_once()
    row = await row_of(db, mail_id)
    assert (row["due_at"], row["failure"], row["attempts"]) == (None, "smtp 550", 1)


async def test_a_claim_that_died_is_due_again_under_the_same_message_id(
    db: Database, ana: Tenant
) -> None:
    await written(db, ana)

    class Dies:
        def __init__(self) -> None:
            self.message: EmailMessage | None = None

        async def deliver(self, message: EmailMessage) -> None:
            self.message = message
            raise asyncio.CancelledError

    dies, post = Dies(), Post()
    with pytest.raises(asyncio.CancelledError):
        await MailPart(db, dies, SENDER, VAULT).run_once()
    part = MailPart(db, post, SENDER, VAULT)
    assert await part.run_once() == 0
    await make_due(db)
    assert await part.run_once() == 1
    assert dies.message is not None
    assert dies.message["Message-ID"] == post.came[0]["Message-ID"]


async def test_one_bad_address_does_not_hold_the_others(db: Database, ana: Tenant) -> None:
    bad, good = await written(db, ana, "no\nheader"), await written(db, ana)
    post = Post()
    assert await MailPart(db, post, SENDER, VAULT).run_once() == 2
    assert len(post.came) == 1
    assert (await row_of(db, bad))["given_up_at"] is not None
    assert (await row_of(db, good))["sent_at"] is not None


async def test_the_loop_sends_and_stops(
    db: Database, ana: Tenant, tmp_path: Path, eventually: Any
) -> None:
    mail_id = await written(db, ana)
    part = MailPart(db, FileOutbox(tmp_path / "outbox"), SENDER, VAULT)
    await part.start()

    async def arrived() -> bool:
        return (tmp_path / "outbox" / f"{mail_id}.eml").exists()

    await eventually(arrived, timeout=10)
    await part.stop()
    assert part.ready
    raw = (tmp_path / "outbox" / f"{mail_id}.eml").read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.get_content().replace("\r\n", "\n").strip() == LETTER.body


async def test_without_a_way_out_mail_waits(db: Database, ana: Tenant) -> None:
    mail_id = await written(db, ana)
    part = MailPart(db, delivery_of(MailSettings()), SENDER, VAULT)
    await part.start()
    await part.stop()
    row = await row_of(db, mail_id)
    assert (row["attempts"], row["sent_at"]) == (0, None)


class Inbox:
    """A mail server that knows one address."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address != "ana@ana.example":
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.messages.append(envelope.content)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, MailSettings]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept = Inbox()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield (
        kept,
        MailSettings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"),
    )
    controller.stop()


async def test_by_smtp_it_arrives_whole_and_refusals_are_told_apart(
    db: Database, ana: Tenant, inbox: tuple[Inbox, MailSettings]
) -> None:
    server, settings = inbox
    good, unknown = await written(db, ana), await written(db, ana, "nobody@ana.example")
    part = MailPart(db, delivery_of(settings), SENDER, VAULT)
    assert await part.run_once() == 2
    message = email.message_from_bytes(server.messages[0], policy=email.policy.default)
    assert message.get_content().replace("\r\n", "\n").strip() == LETTER.body
    assert (await row_of(db, good))["sent_at"] is not None
    refused = await row_of(db, unknown)
    assert (refused["failure"], refused["due_at"]) == ("smtp 550", None)


async def test_a_mail_server_that_is_away_is_tried_again(db: Database, ana: Tenant) -> None:
    mail_id = await written(db, ana)
    settings = MailSettings(smtp_host="127.0.0.1", smtp_port=1, smtp_security="none")
    part = MailPart(db, Smtp(settings, "127.0.0.1"), SENDER, VAULT)
    await part.run_once()
    row = await row_of(db, mail_id)
    assert (row["attempts"], row["given_up_at"]) == (1, None)
    assert row["due_at"] is not None
    assert part.ready


async def test_a_tenant_sees_no_mail_of_another_and_settles_none(
    db: Database, ana: Tenant, rui: Tenant
) -> None:
    await written(db, ana)
    async with db.tenant(rui.id) as tx:
        assert await tx.fetch("SELECT 1 FROM mail") == []


async def test_until_it_is_sent_its_text_is_sealed_for_this_mail_alone(
    db: Database, ana: Tenant
) -> None:
    first, second = await written(db, ana), await written(db, ana)
    row = await row_of(db, first)
    assert row["body"] is None
    assert b"https://x.example" not in row["sealed"]
    async with db.system() as tx:
        await tx.execute("UPDATE mail SET sealed = $2 WHERE id = $1", second, row["sealed"])
    post = Post()
    await MailPart(db, post, SENDER, VAULT).run_once()
    assert len(post.came) == 1
    assert (await row_of(db, second))["failure"] == "not opened"


async def test_without_its_key_a_mail_waits_for_the_key(db: Database, ana: Tenant) -> None:
    mail_id, post = await written(db, ana), Post()
    other = Vault(KeyRing({"2": bytes(32)}, "2"))
    await MailPart(db, post, SENDER, other).run_once()
    row = await row_of(db, mail_id)
    assert (row["failure"], row["given_up_at"]) == ("not opened", None)
    await make_due(db)
    await MailPart(db, post, SENDER, VAULT).run_once()
    assert len(post.came) == 1


async def test_what_was_written_before_texts_were_sealed_is_sent(db: Database, ana: Tenant) -> None:
    async with db.tenant(ana.id) as tx:
        await tx.execute(
            "INSERT INTO mail (tenant_id, id, recipient, subject, body)"
            " VALUES ($1, gen_random_uuid(), 'ana@ana.example', 'x', 'An older text.')",
            ana.id,
        )
    post = Post()
    await MailPart(db, post, SENDER, VAULT).run_once()
    assert post.came[0].get_content().strip() == "An older text."


def test_a_folder_is_no_way_out_in_production(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="VENTROS_MAIL_OUTBOX"):
        delivery_of(MailSettings(mail_outbox=tmp_path, smtp_host="mail.example"))
    allowed = MailSettings(mail_outbox=tmp_path, environment="development")
    assert isinstance(delivery_of(allowed), FileOutbox)
    assert isinstance(delivery_of(MailSettings(smtp_host="mail.example")), Smtp)
