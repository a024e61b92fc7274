"""One turn of a channel: message after message is claimed, sent, and what came of it recorded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Bell
from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Database, Tx
from platform_storage import Storage
from platform_telemetry import counter, get_logger
from ventros_channels.adapters import Adapters
from ventros_channels.commands.connection import connection_of
from ventros_channels.delivery import held, posts, settle
from ventros_channels.delivery.connection import ENDED_BY_SENDING, note_connection
from ventros_channels.delivery.people import note_opt_out, with_current_id
from ventros_channels.delivery.rest import note_refusal, rest_after
from ventros_channels.delivery.stored_file import StoredFile, with_file
from ventros_channels.delivery.uploads import forget, uploaded
from ventros_channels.delivery.way import Stretch, Way, announce, as_sent, hopeless
from ventros_channels.domain.adapter import FateUnknown, NotSent, Sent
from ventros_channels.domain.delivery import (
    ASK_AGAIN,
    UNKNOWN_FOR,
    Delivery,
    State,
    is_given_up,
    is_of,
    pause_before,
    reserved_as,
    wait_after,
)
from ventros_channels.domain.lifecycle import CONNECTED
from ventros_channels.events.say_sending import Failure
from ventros_channels.store import deliveries, provider_messages, turns
from ventros_channels.store.senders import Turn
from ventros_channels.store.sent import Spacing

log = get_logger(__name__)

_CLOCKS_DIFFER: Final = timedelta(seconds=30)
IN_A_ROW: Final = 8
"""Messages of one turn at most: another channel may wait for the worker."""

LONG: Final = 2.0
"""Seconds after which a turn takes no further message; a person's pauses alone are longer."""

_SHORT: Final = timedelta(seconds=1)
"""A rest that is waited for within the turn: the loop comes by every half second at best."""

_LOST: Final = Failure(
    failure="unknown",
    reason="The provider's answer was lost, and its history does not show the message.",
)

_TRIED = counter("channels_deliveries", "Messages on their way out by outcome", ("outcome",))


class Turns:
    """Does turns; `holder` is this process. `stop` ends pauses, and then nothing new is claimed.

    Files of ours are read from `storage`; `bell` is rung for what is said of a message.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        adapters: Adapters,
        holder: UUID,
        stop: asyncio.Event,
        storage: Storage | None = None,
        bell: Bell | None = None,
    ) -> None:
        self._storage = storage
        self._bell = bell or Bell()
        self._database = database
        self._vault = vault
        self._adapters = adapters
        self._holder = holder
        self._stop = stop

    async def do(self, turn: Turn) -> datetime | None:
        """Everything that the channel's next messages need now, at most `IN_A_ROW`; then the turn
        ends. It ends before a long rest, so that no worker waits for it. Returns when the channel's
        next turn is due.

        The transaction that writes down what came of a message finds the next one, or ends the
        turn. What the database raises ends the turn where it is: what was claimed stays claimed,
        and the next turn finds out what became of it.
        """
        clock = asyncio.get_running_loop().time
        stretch = Stretch(turn=turn, left=IN_A_ROW, ends=clock() + LONG)
        async with self._outcome(stretch) as outcome:
            pass
        while (way := outcome.way) is not None:
            if way.rest and await wait(self._stop, way.rest.total_seconds()):
                outcome = await self._end(way, way.rest)
            else:
                outcome = await self._go(way)
            self._bell.ring()
        return outcome.due

    @asynccontextmanager
    async def _outcome(self, stretch: Stretch) -> AsyncIterator["_Outcome"]:
        """A transaction in which the turn's lock is had: to write down what came of a message. It
        finds the next one, after the rest that was set, or ends the turn."""
        async with self._database.tenant(stretch.turn.tenant_id, same_plan=True) as tx:
            held_turn = await turns.hold(tx, stretch.turn, self._holder)
            outcome = _Outcome(tx, held_turn.place)
            yield outcome
            if not held_turn.mine:
                return
            outcome.way = await self._next(tx, stretch, outcome.rest)
            if outcome.way is None:
                rests = utc_now() + outcome.rest if outcome.rest else None
                outcome.due = await turns.leave(tx, stretch.turn, self._holder, rests)

    async def _end(self, way: Way, rest: timedelta = timedelta()) -> "_Outcome":
        """Nothing more in this turn."""
        done = msgspec.structs.replace(way.stretch, left=0)
        async with self._outcome(done) as outcome:
            outcome.rest = rest
        return outcome

    async def _next(self, tx: Tx, stretch: Stretch, rest: timedelta) -> Way | None:
        """The message that is due after the rest, unless it is settled without a call."""
        turn = stretch.turn
        found = await turns.next_up(tx, turn.channel_id)
        if found is None:
            return None
        if found.holds_back:
            await held.release(tx, turn.tenant_id, turn.channel_id)
        delivery, line = found.delivery, found.line
        if delivery is None or rest > _SHORT or not self._goes_on(stretch):
            return None
        if delivery.next_at > utc_now() + rest:
            return None
        delivery = await with_current_id(tx, delivery)
        why = hopeless(delivery, line)
        if why is not None:
            _TRIED.labels(why.failure).inc()
            await settle.failed(tx, delivery, why)
            return None
        return Way(
            stretch=stretch.after_one(),
            delivery=delivery,
            line=line,
            adapter=self._adapters[line.type],
            connection=connection_of(self._vault, line),
            rest=rest,
        )

    def _goes_on(self, stretch: Stretch) -> bool:
        """Whether the turn has room for one message more; every turn has for one."""
        if stretch.left == IN_A_ROW:
            return True
        late = asyncio.get_running_loop().time() > stretch.ends
        return stretch.left > 0 and not late and not self._stop.is_set()

    async def _go(self, way: Way) -> "_Outcome":
        """What came of the message, and what follows it."""
        delivery = way.delivery
        if delivery.state == "claimed" and delivery.reserved is not None:
            # Under its reserved id it is sent once, however often the provider is asked.
            way = msgspec.structs.replace(
                way, delivery=msgspec.structs.replace(delivery, state="queued")
            )
            async with self._database.tenant(way.turn.tenant_id) as tx:
                await deliveries.put_off(tx, delivery.id, "queued", utc_now(), delivery.attempts)
        elif delivery.state in {"claimed", "unknown"}:
            return await self._look(way)
        try:
            ready = await self._prepare(way)
        except NotSent as error:
            return await self._not_sent(way, error)
        if ready is None:
            return await self._end(way)
        try:
            return await self._send(ready)
        except NotSent as error:
            return await self._not_sent(ready, error)

    async def _prepare(self, way: Way) -> Way | None:
        """Where to, under which id, and as a person would; None when there is nothing to call."""
        delivery, adapter, at = way.delivery, way.adapter, way.connection
        outbound = delivery.outbound
        chat = delivery.chat or (
            delivery.wrote_in
            if delivery.group
            else await adapter.reach(at, delivery.wrote_in, delivery.recipient)
        )
        if chat is None:
            raise NotSent("undeliverable", "The provider knows nobody under these addresses.")
        reserved, content = delivery.reserved, outbound.content
        reservable = reserved_as(outbound) in adapter.capabilities.reserves
        if reserved is None and reservable:
            reserved = await adapter.reserve(at)
        file = self._file(delivery)
        kept = await uploaded(self._database, way.turn, adapter.uploads, at, delivery, file)
        if way.line.pacing and delivery.claimed_at is None:
            await announce(way, chat, typing=True)
            await wait(self._stop, pause_before(content))
            await announce(way, chat, typing=False)
        if self._stop.is_set():
            return None
        async with self._database.tenant(way.turn.tenant_id, same_plan=True) as tx:
            if not await turns.claim(
                tx, way.turn, self._holder, delivery.id, chat=chat, reserved=reserved
            ):
                return None
        claimed = msgspec.structs.replace(
            delivery,
            state="claimed",
            chat=chat,
            reserved=reserved,
            claimed_at=utc_now(),
            attempts=delivery.attempts + 1,
        )
        return msgspec.structs.replace(way, delivery=claimed, kept=kept)

    async def _send(self, way: Way) -> "_Outcome":
        delivery = way.delivery
        if delivery.chat is None:
            raise ValueError("a claimed delivery has a chat")
        try:
            taken = await way.adapter.send(
                way.connection,
                delivery.chat,
                with_file(delivery.outbound, way.kept),
                reserved=delivery.reserved,
                own_id=delivery.id,
                file=self._file(delivery),
            )
        except FateUnknown as error:
            _TRIED.labels("unknown").inc()
            log.warning("delivery_unknown", delivery_id=str(delivery.id), reason=str(error))
            again = NotSent("unavailable", "The provider's answer was lost.")
            rest = rest_after(way.line, way.adapter.capabilities)
            if delivery.reserved is not None:
                until = utc_now() + wait_after(delivery.attempts, again)
                return await self._put_off(way, "queued", until, rest=rest)
            return await self._put_off(way, "unknown", utc_now() + ASK_AGAIN / 5, rest=rest)
        return await self._record(way, taken)

    def _file(self, delivery: Delivery) -> StoredFile | None:
        file = delivery.outbound.file
        if file is None or self._storage is None:
            return None
        return StoredFile(self._storage, delivery.tenant_id, file)

    async def _record(self, way: Way, taken: Sent) -> "_Outcome":
        """Whatever became of the turn: that it was sent is true."""
        capabilities, turn, delivery = way.adapter.capabilities, way.turn, way.delivery
        spacing = Spacing(
            channel_id=turn.channel_id,
            contact_id=delivery.contact_id,
            until=utc_now() + timedelta(seconds=capabilities.chat_gap),
        )
        async with self._outcome(way.stretch) as outcome:
            sent = [settle.Taken(delivery, taken, way.line.type)]
            if await settle.sent(
                outcome.tx, turn.tenant_id, sent, place=outcome.place, spacing=spacing
            ):
                _TRIED.labels("sent").inc()
            if way.line.connection_status in ENDED_BY_SENDING:
                await note_connection(outcome.tx, turn, way.line, CONNECTED)
            outcome.rest = rest_after(way.line, capabilities)
        return outcome

    async def _not_sent(self, way: Way, error: NotSent) -> "_Outcome":
        delivery = way.delivery
        failures = delivery.attempts if delivery.state == "claimed" else delivery.attempts + 1
        if way.kept is not None and error.failure == "media":
            await forget(self._database, way.turn, delivery)
        async with self._outcome(way.stretch) as outcome:
            tx = outcome.tx
            if not is_given_up(failures, error):
                _TRIED.labels("put_off").inc()
                after = wait_after(failures, error)
                await deliveries.put_off(tx, delivery.id, "queued", utc_now() + after, failures)
                if error.too_fast:
                    await note_refusal(tx, way.turn, way.line, error)
                outcome.rest = after if error.everywhere else timedelta()
                return outcome
            _TRIED.labels(error.failure).inc()
            why = Failure(failure=error.failure, reason=error.reason, code=error.code)
            await settle.failed(tx, delivery, why)
            await note_refusal(tx, way.turn, way.line, error)
            await note_opt_out(tx, delivery, error)
            if error.connection is not None:
                await note_connection(tx, way.turn, way.line, error.connection, error.reason)
        return outcome

    async def _look(self, way: Way) -> "_Outcome":
        """Ask the provider's history for a message whose fate is not known; never send it again."""
        delivery = way.delivery
        now = utc_now()
        since = delivery.claimed_at or now
        doubtful = msgspec.structs.replace(delivery, state="unknown")
        try:
            shown = await way.adapter.history(
                way.connection, delivery.chat or "", since - _CLOCKS_DIFFER
            )
        except NotSent:
            shown = []
        async with self._database.tenant(way.turn.tenant_id) as tx:
            stanzas = [heard.stanza for heard in shown]
            told = posts.told if delivery.group else provider_messages.told
            taken = await told(tx, way.turn.channel_id, stanzas)
        for heard in reversed(shown):
            if heard.stanza in taken or heard.source == "app":
                continue
            if is_of(doubtful, heard.content, heard.chat, heard.occurred_at):
                return await self._record(way, as_sent(heard))
        if now - since < UNKNOWN_FOR:
            return await self._put_off(way, "unknown", now + ASK_AGAIN)
        _TRIED.labels("given_up").inc()
        async with self._outcome(way.stretch) as outcome:
            await settle.failed(outcome.tx, delivery, _LOST)
        return outcome

    async def _put_off(
        self, way: Way, state: State, until: datetime, *, rest: timedelta = timedelta()
    ) -> "_Outcome":
        delivery = way.delivery
        async with self._outcome(way.stretch) as outcome:
            await deliveries.put_off(outcome.tx, delivery.id, state, until, delivery.attempts)
            outcome.rest = rest
        return outcome


class _Outcome:
    """What came of a message is written in `tx`; `rest` is set by who writes it, and `way` is what
    follows once the transaction has ended, else the turn is over until `due`."""

    def __init__(self, tx: Tx, place: int) -> None:
        self.tx = tx
        self.place = place
        self.rest = timedelta()
        self.way: Way | None = None
        self.due: datetime | None = None
