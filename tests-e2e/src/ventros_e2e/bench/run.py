"""The parts of the benchmark, in the order in which they disturb each other least."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
from msgspec import Struct
from rich.console import Console

from platform_auth.keys import read_private_key
from platform_auth.testing import InternalTokens
from platform_devstack import keys
from platform_devstack.programs import postgres_bin
from ventros_e2e.api import Contact
from ventros_e2e.bench import (
    live,
    media,
    outgoing,
    pgbench,
    reading,
    relay,
    rows,
    signing_in,
    wakeup,
)
from ventros_e2e.bench import memory as pss
from ventros_e2e.bench.acknowledging import Written
from ventros_e2e.bench.inbound import Load
from ventros_e2e.bench.latencies import milliseconds
from ventros_e2e.bench.report import Figures
from ventros_e2e.bench.rest import at_rest
from ventros_e2e.bench.timers import timers_started
from ventros_e2e.bench.traffic import Customer, Line
from ventros_e2e.crowd import numbered
from ventros_e2e.own_stack import OwnStack, own_stack
from ventros_e2e.tenants import Login, make_tenants, new_line, signed_in

# The load comes from one address and a few callers: the limits count it and let it through.
UNLIMITED = {
    f"VENTROS_LIMIT_{name}": "999999999/60"
    for name in (
        "READ_CALLER", "READ_TENANT", "WEBHOOK_WEBHOOK", "WEBHOOK_ADDRESS", "SIGN_IN_ADDRESS",
        "STREAM_CALLER", "STREAM_TENANT", "WRITE_CALLER", "WRITE_TENANT",
    )
} | {"VENTROS_LIVE_LISTENERS_CALLER": "2000"}  # fmt: skip
BEFORE_LOAD = ("start", "memory")
WITH_LOAD = ("inbound", "latency", "pgbench")
AFTER_LOAD = (
    "outgoing", "acknowledgements", "media", "gateway", "live", "sign_in", "relay", "wakeup",
)  # fmt: skip
PARTS = BEFORE_LOAD + WITH_LOAD + AFTER_LOAD
DEFAULT_TENTH = 60.0
LATENCY_SECONDS = 20.0
PGBENCH_SECONDS = 20.0
GATEWAY_SECONDS = 24.0
SIGN_IN_SECONDS = 24.0
WAKEUP_SECONDS = 12.0
PASSWORD_HASH = 'SELECT password_hash FROM identity."user_account" WHERE email = $1'


class Options(Struct, frozen=True, kw_only=True):
    """What to measure, and how long."""

    parts: tuple[str, ...]
    seconds: float
    in_flight: int
    events: int
    tenants: int
    contacts: int
    folder: Path | None


class Bench:
    """One run against one stack; every part fills its figures in."""

    def __init__(self, stack: OwnStack, options: Options, console: Console) -> None:
        self.stack = stack
        self.options = options
        self.figures = Figures()
        self._console = console

    def say(self, what: str) -> None:
        """Progress for whoever watches."""
        self._console.print(f"  {what}")

    async def start(self) -> None:
        """Everything stopped, everything up again, with data and programs in place."""
        self.say("warm start …")
        await self.stack.down()
        began = time.perf_counter()
        await self.stack.up()
        self.figures.start_seconds = time.perf_counter() - began

    async def memory(self) -> None:
        """PSS of the whole stack, the simulated WAHA included, when nothing happens."""
        self.say("memory …")
        await asyncio.sleep(5)
        parts = pss.by_part(self.stack.pids)
        for name, mib in sorted(parts.items(), key=lambda part: -part[1]):
            self.say(f"    {name:<12} {mib:7.1f} MiB")
        self.figures.memory_mib = sum(parts.values())

    @asynccontextmanager
    async def load(self) -> AsyncIterator[Load]:
        """Customers of all tenants, each with an open session."""
        self.say(f"{self.options.tenants} tenants, {self.options.contacts} contacts …")
        logins = await make_tenants(self.stack.around, self.options.tenants)
        customers = await self._customers(logins)
        async with Load(self.stack.amqp_url, self.stack.gateway_url, customers) as load:
            await load.everyone_once()
            await timers_started(self.stack)
            yield load

    async def _lines(self, logins: list[Login]) -> list[Line]:
        """A number of each tenant, with no WAHA behind it."""
        lines = []
        for number, login in enumerate(logins):
            async with signed_in(self.stack.gateway_url, login) as api:
                line = await new_line(api, number)
            url = line.channel.webhook_url
            lines.append(Line(webhook_url=url, key=line.key, owner=line.owner))
        return lines

    async def _customers(self, logins: list[Login]) -> list[Customer]:
        lines = await self._lines(logins)
        return [
            Customer(lines[number % len(lines)], numbered(number), number)
            for number in range(self.options.contacts)
        ]

    async def inbound(self, load: Load) -> None:
        """The sustained rate."""
        self.say(f"inbound, {self.options.seconds:.0f} s …")
        result = await load.sustain(self.options.seconds, in_flight=self.options.in_flight)
        self.say(
            f"    {result.rate:.0f}/s, {result.completed} completed, {result.refused} refused,"
            f" waiting {result.waiting_at_start} → {result.waiting_at_end}"
        )
        self.figures.inbound_rate = result.rate

    async def latency(self, load: Load) -> None:
        """At a tenth of what is sustained."""
        known = self.figures.inbound_rate
        tenth = known / 10 if isinstance(known, float) else DEFAULT_TENTH
        self.say(f"latency at {tenth:.0f}/s …")
        await at_rest(self.stack)
        await load.latency(3, rate=tenth)
        result = await load.latency(LATENCY_SECONDS, rate=tenth)
        self.figures.latency_p50_ms = milliseconds(result.p50)
        self.figures.latency_p99_ms = milliseconds(result.p99)

    async def pgbench(self, load: Load) -> None:
        """The same rows without the system."""
        self.say("pgbench …")
        admin = await asyncpg.connect(self.stack.admin_url)
        try:
            async with rows.tap(self.stack.amqp_url) as tapped:
                before = await rows.counters(admin)
                await load.everyone_once()
                after = await rows.counters(admin)
            written = rows.per_message(before, after, self.options.contacts)
            for table, each in written.items():
                self.say(f"    {table.schema}.{table.name}: +{each.inserted} ~{each.updated}")
            statements = await pgbench.script(admin, written, tapped)
            program = postgres_bin(self.stack.stack.layout) / "pgbench"
            rate = await pgbench.run(program, self.stack.admin_url, statements, PGBENCH_SECONDS)
            self.figures.pgbench_rate = rate
            if isinstance(self.figures.inbound_rate, float):
                self.figures.inbound_ratio = self.figures.inbound_rate / rate
        finally:
            await pgbench.drop(admin)
            await admin.close()

    async def outgoing(self) -> None:
        """Messages of ours, to the simulated WAHA."""
        self.say("outgoing …")
        result = await outgoing.measure(
            self.stack, await make_tenants(self.stack.around, self.options.tenants)
        )
        self.figures.outgoing_accepted_rate = result.accepted
        self.figures.outgoing_rate = result.delivered

    async def acknowledgements(self) -> None:
        """What was written on phones is delivered and read."""
        self.say("acknowledgements …")
        lines = await self._lines(await make_tenants(self.stack.around, self.options.tenants))
        written = Written(self.stack.amqp_url, self.stack.gateway_url, lines)
        await written.store()
        await timers_started(self.stack)
        self.figures.acknowledgement_rate = await written.acknowledge()

    async def media(self) -> None:
        """Files of messages, and the same files without a message."""
        self.say(f"files, {media.FILES} of 1 MiB …")
        result = await media.measure(
            self.stack, await make_tenants(self.stack.around, self.options.tenants)
        )
        self.figures.media_rate = result.rate
        self.figures.media_bare_rate = result.bare_rate
        self.figures.media_ratio = result.rate / result.bare_rate

    async def gateway(self) -> None:
        """One contact read through the gateway, and at the service itself."""
        self.say("gateway …")
        (login,) = await make_tenants(self.stack.around, 1)
        async with signed_in(self.stack.gateway_url, login) as api:
            contact = await api.send("POST", "/v1/contacts", {"name": "Ana"}, Contact)
            path = f"/v1/contacts/{contact.id}"
            through = reading.Target(url=api.url, path=path, headers=api.headers)
        pem = self.stack.stack.layout.keys / keys.INTERNAL_PRIVATE
        tokens = InternalTokens(read_private_key(pem))
        direct = reading.Target(
            url=self.stack.around.url("contacts"),
            path=path,
            headers=tokens.header(login.tenant_id, login.project_id),
        )
        result = await reading.compare(through, direct, GATEWAY_SECONDS)
        self.figures.gateway_rate = result.rate
        self.figures.gateway_direct_rate = result.direct_rate
        self.figures.gateway_ratio = result.rate / result.direct_rate
        self.figures.gateway_added_p50_ms = milliseconds(result.p50 - result.direct_p50)

    async def live(self) -> None:
        """A thousand live streams."""
        self.say("live streams …")
        places = []
        for login in await make_tenants(self.stack.around, 2):
            async with signed_in(self.stack.gateway_url, login) as api:
                places.append(
                    live.Place(
                        tenant_id=login.tenant_id,
                        project_id=login.project_id,
                        headers=api.headers,
                    )
                )
        pid = self.stack.pids["gateway"]
        idle, busy = places
        result = await live.measure(
            self.stack.gateway_url, self.stack.amqp_url, idle, busy,
            lambda: pss.mib(pss.with_children(pid)),
        )  # fmt: skip
        self.figures.live_memory_mib = result.mib
        self.figures.live_p50_ms = milliseconds(result.p50)
        self.figures.live_p99_ms = milliseconds(result.p99)

    async def sign_in(self) -> None:
        """Sign-ins, and what their passwords alone cost."""
        self.say("sign-ins …")
        logins = await make_tenants(self.stack.around, signing_in.PEOPLE)
        admin = await asyncpg.connect(self.stack.admin_url)
        try:
            password_hash = await admin.fetchval(PASSWORD_HASH, logins[0].email)
        finally:
            await admin.close()
        async with AsyncExitStack() as clients:
            sign_ins = []
            for login in logins:
                api = await clients.enter_async_context(signed_in(self.stack.gateway_url, login))
                sign_ins.append(partial(api.sign_in, login.email, login.password))
            result = await signing_in.compare(
                sign_ins, password_hash, logins[0].password, SIGN_IN_SECONDS
            )
        self.figures.sign_in_rate = result.rate
        self.figures.sign_in_bare_rate = result.bare_rate
        self.figures.sign_in_ratio = result.rate / result.bare_rate

    async def relay(self) -> None:
        """A backlog of single events."""
        self.say(f"relay, {self.options.events:,} events …")
        result = await relay.measure(self.stack.admin_url, self.stack.amqp_url, self.options.events)
        self.figures.relay_rate = result.rate
        self.figures.relay_bare_rate = result.bare_rate
        self.figures.relay_ratio = result.rate / result.bare_rate

    async def wakeup(self) -> None:
        """A write with its wake-up, and without."""
        self.say("wake-up …")
        result = await wakeup.measure(self.stack.admin_url, WAKEUP_SECONDS)
        self.say(f"    {result.rate:.0f}/s with, {result.silent_rate:.0f}/s without")
        self.figures.write_wakeup_ratio = result.rate / result.silent_rate

    async def run(self) -> Figures:
        """Every part that is asked for."""
        wanted = frozenset(self.options.parts)
        await self._those(BEFORE_LOAD, wanted)
        if wanted.intersection(WITH_LOAD):
            async with self.load() as load:
                await self._those(WITH_LOAD, wanted, load)
        await self._those(AFTER_LOAD, wanted)
        return self.figures

    async def _those(self, parts: tuple[str, ...], wanted: frozenset[str], *given: Load) -> None:
        for part in parts:
            if part in wanted:
                await getattr(self, part)(*given)


async def measure(options: Options, console: Console) -> Figures:
    """Bring a stack of our own up, measure, take it down."""
    console.print("Measuring on a stack of its own")
    async with own_stack(options.folder, UNLIMITED) as stack:
        return await Bench(stack, options, console).run()
