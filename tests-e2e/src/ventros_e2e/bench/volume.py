"""`make bench-large`: lists and timelines at 50,000 messages, and at five million.

The rows are written by statements, beside the services; what is measured is read from the services,
as an application does, under row-level security. Customers write for a time and leave: each block
of 50,000 messages is of 200 people, so that a conversation lies together about as it would.

Exits with 1 when a question takes longer than `LIMIT` times what it took of the small table.
"""

import argparse
import asyncio
import random
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from platform_auth.keys import read_private_key
from platform_auth.testing import InternalTokens
from platform_devstack import keys
from platform_devstack.layout import find_root
from ventros_e2e.bench.keepalive import Connection, get_request
from ventros_e2e.bench.latencies import milliseconds, percentile
from ventros_e2e.bench.reading import UnexpectedAnswerError
from ventros_e2e.own_stack import OwnStack, own_stack
from ventros_e2e.tenants import Login, make_tenants

LIMIT: Final = 1.5
SMALL: Final = 50_000
LARGE: Final = 5_000_000
TENANTS: Final = 20
PEOPLE: Final = 200
"""Who write at the same time."""
EACH: Final = SMALL // PEOPLE
"""Messages of one person."""
OF_SESSION: Final = 25
ASKED: Final = 400
"""Requests of each question."""
BYTES_EACH: Final = 1_500
"""On disk, with indexes and the log of what is written."""
START: Final = datetime(2020, 1, 1, tzinfo=UTC)

# $1 tenants, $2 projects, $3 first and $4 last message. What follows from a number stands once.
_NUMBERS: Final = f"""
FROM generate_series($3::bigint, $4::bigint) AS n
CROSS JOIN LATERAL (
    SELECT n / {SMALL} * {PEOPLE} + n % {PEOPLE} AS person, n % {SMALL} / {PEOPLE} AS place
) AS of
CROSS JOIN LATERAL (
    SELECT ($1::uuid[])[1 + person % {TENANTS}] AS tenant_id,
        ($2::uuid[])[1 + person % {TENANTS}] AS project_id,
        md5('c' || person)::uuid AS contact_id,
        md5('s' || person || '-' || place / {OF_SESSION})::uuid AS session_id,
        ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
        '{START.isoformat()}'::timestamptz + n * interval '7 seconds' AS at
) AS one
"""

_MESSAGES: Final = f"""
INSERT INTO messaging.message (
    tenant_id, id, project_id, contact_id, session_id, channel_id, channel_type, from_me,
    provider_message_id, stanza, status, source, content_type, content, occurred_at, received_at,
    ingress_seq
)
SELECT tenant_id, id, project_id, contact_id, session_id, tenant_id, 'waha', n % 2 = 0, n::text,
    n::text, 'delivered', 'webhook', 'text',
    jsonb_build_object('type', 'text', 'text', 'pedido ' || n || ' caixa' || n % 5000), at, at, n
{_NUMBERS}
"""

_WORDS: Final = f"""
INSERT INTO messaging.message_word
SELECT tenant_id, project_id, word, at, n, id
{_NUMBERS}
CROSS JOIN LATERAL (VALUES (n::text), ('caixa' || n % 5000)) AS said (word)
ORDER BY tenant_id, word
"""

_SESSIONS: Final = f"""
INSERT INTO sessions.session (
    tenant_id, id, project_id, version, contact_id, channel_id, channel_type, status, end_reason,
    started_at, last_activity_at, ended_at, timeout_seconds, timeout_source, inbound_messages,
    outbound_messages, first_message_at, last_message_at
)
SELECT tenant_id, session_id, project_id, 25, contact_id, tenant_id, 'waha', 'ended',
    'inactivity_timeout', at, at, at + interval '30 minutes', 1800, 'default', 13, 12, at, at
{_NUMBERS}
WHERE place % {OF_SESSION} = 0
"""

STEPS: Final = (_MESSAGES, _WORDS, _SESSIONS)
TABLES: Final = "messaging.message, messaging.message_word, sessions.session"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, of which service; `path` names a message by its number."""

    what: str
    service: str
    path: str


# A page has 50. {at} is in the middle of a conversation: there are pages before and after it.
QUESTIONS: Final = (
    Question(
        what="a person's newest messages",
        service="messaging",
        path="/v1/messages?contact_id={contact}&order=desc",
    ),
    Question(
        what="a person's messages before a moment",
        service="messaging",
        path="/v1/messages?contact_id={contact}&order=desc&before={at}",
    ),
    Question(
        what="a person's messages after a moment",
        service="messaging",
        path="/v1/messages?contact_id={contact}&after={at}",
    ),
    Question(
        what="around a message",
        service="messaging",
        path="/v1/messages?contact_id={contact}&around={message}",
    ),
    Question(
        what="a session's messages",
        service="messaging",
        path="/v1/messages?session_id={session}",
    ),
    Question(
        what="a word that one message says",
        service="messaging",
        path="/v1/messages?q={number}&order=desc",
    ),
    Question(
        what="the newest sessions of a project", service="sessions", path="/v1/sessions?limit=50"
    ),
    Question(
        what="a person's sessions",
        service="sessions",
        path="/v1/sessions?contact_id={contact}&limit=50",
    ),
    Question(
        what="sessions before a moment",
        service="sessions",
        path="/v1/sessions?started_before={at}&limit=50",
    ),
)


def _uuid(text: str) -> UUID:
    return UUID(md5(text.encode(), usedforsecurity=False).hexdigest())


def named(number: int) -> tuple[int, dict[str, str]]:
    """Which tenant a message is of, and what a path names by it."""
    person = number // SMALL * PEOPLE + number % PEOPLE
    place = number % SMALL // PEOPLE
    middle = START + timedelta(seconds=7 * (number // SMALL * SMALL + SMALL // 2))
    return person % TENANTS, {
        "contact": str(_uuid(f"c{person}")),
        "session": str(_uuid(f"s{person}-{place // OF_SESSION}")),
        "message": f"00000000-0000-7000-8000-{number:012x}",
        "number": str(number),
        "at": middle.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


class Volume:
    """A stack, its tenants, and how many messages they have."""

    def __init__(self, stack: OwnStack, tenants: Sequence[Login], console: Console) -> None:
        self._stack = stack
        self._tenants = tenants
        self._console = console
        self._filled = 0
        key = stack.stack.layout.keys / keys.INTERNAL_PRIVATE
        self._tokens = InternalTokens(read_private_key(key))
        self._headers: list[dict[str, str]] = []

    async def fill(self, count: int) -> None:
        """Have so many messages, as the planner knows them."""
        owners = [one.tenant_id for one in self._tenants]
        projects = [one.project_id for one in self._tenants]
        admin = await asyncpg.connect(self._stack.admin_url)
        try:
            with Progress(console=self._console) as progress:
                task = progress.add_task(f"{count:,} messages", total=count - self._filled)
                while self._filled < count:
                    last = min(count, self._filled + 5 * SMALL) - 1
                    for step in STEPS:
                        await admin.execute(step, owners, projects, self._filled, last)
                    progress.advance(task, last + 1 - self._filled)
                    self._filled = last + 1
            self._console.print("  vacuum, analyze, checkpoint …")
            await admin.execute(f"VACUUM ANALYZE {TABLES}")
            await admin.execute("CHECKPOINT")
        finally:
            await admin.close()

    async def ask(self) -> dict[str, float]:
        """The median of each question, in seconds, over messages of all ages."""
        found = {}
        for question in QUESTIONS:
            url = self._stack.around.url(question.service)
            # They live for some minutes, and filling takes longer.
            self._headers = [
                self._tokens.header(one.tenant_id, one.project_id) for one in self._tenants
            ]
            async with Connection(url) as connection:
                chance = random.Random(question.what)
                numbers = [chance.randrange(self._filled) for _ in range(ASKED)]
                # The first ones open connections and plan statements.
                for number in numbers[:20]:
                    await self._one(connection, url, question, number)
                times = [await self._one(connection, url, question, number) for number in numbers]
            found[question.what] = percentile(times, 0.5)
        return found

    async def _one(
        self, connection: Connection, url: str, question: Question, number: int
    ) -> float:
        tenant, names = named(number)
        request = get_request(url, question.path.format(**names), self._headers[tenant])
        began = time.perf_counter()
        answer = await connection.request(request)
        took = time.perf_counter() - began
        if answer.status != 200:
            raise UnexpectedAnswerError(f"{answer.status}: {answer.body[:200]!r}")
        if not msgspec.json.decode(answer.body, type=_Page).items:
            raise UnexpectedAnswerError(f"nothing: {question.path.format(**names)}")
        return took


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]


def show(small: Mapping[str, float], large: Mapping[str, float], console: Console) -> None:
    """The table."""
    table = Table(title=f"Medians; at most {LIMIT:g} times")
    for heading in ("question", "small", "large", "ratio", ""):
        table.add_column(heading, justify="left" if heading in {"question", ""} else "right")
    for what, before in small.items():
        ratio = large[what] / before
        table.add_row(
            what,
            f"{milliseconds(before):.2f} ms",
            f"{milliseconds(large[what]):.2f} ms",
            f"{ratio:.2f}",
            "ok" if ratio <= LIMIT else "missed",
        )
    console.print(table)


def save(figures: Mapping[str, Mapping[str, float]]) -> None:
    """Write the medians, in seconds."""
    path = find_root(Path(__file__).resolve()) / ".ventros" / "bench-large.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))


async def measure(large: int, folder: Path | None, console: Console) -> bool:
    """Whether all limits hold."""
    async with own_stack(folder, {}) as stack:
        volume = Volume(stack, await make_tenants(stack.around, TENANTS), console)
        await volume.fill(SMALL)
        before = await volume.ask()
        await volume.fill(large)
        after = await volume.ask()
    show(before, after, console)
    save({"small": before, "large": after})
    return all(after[what] <= LIMIT * before[what] for what in before)


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=LARGE)
    parser.add_argument("--folder", type=Path, help="keep the stack's state here")
    given = parser.parse_args()
    console = Console(highlight=False)
    where = given.folder or Path("/tmp")
    free = shutil.disk_usage(where).free
    if free < 2 * BYTES_EACH * given.messages:
        console.print(f"not enough room in {where}: {free / 1e9:.0f} GB", style="bold red")
        return 1
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return 0 if runner.run(measure(given.messages, given.folder, console)) else 1


if __name__ == "__main__":
    sys.exit(main())
