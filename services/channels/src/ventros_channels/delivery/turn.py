"""One turn of a channel: message after message is claimed, sent, and what came of it recorded."""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Database
from platform_storage import Storage
from platform_telemetry import counter, get_logger
from ventros_channels.adapters import Adapters
from ventros_channels.commands.connection import connection_of
from ventros_channels.delivery import held, posts, settle
from ventros_channels.delivery.connection import ENDED_BY_SENDING, note_connection
from ventros_channels.delivery.people import note_opt_out, with_current_id
from ventros_channels.delivery.rest import KEY_REFUSED, note_refusal, rest_after
from ventros_channels.delivery.stored_file import StoredFile, with_file
from ventros_channels.delivery.uploads import forget, uploaded
from ventros_channels.domain.adapter import (
    Adapter,
    FateUnknown,
    NotSent,
    Sent,
)
from ventros_channels.domain.connection import Connection
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
from ventros_channels.domain.message import Heard
from ventros_channels.events.say_sending import NOT_IN_USE, Failure
from ventros_channels.store import deliveries, provider_messages, senders
from ventros_channels.store.senders import Line, Turn

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

_NO_GROUPS: Final = Failure(
    failure="unsupported",
    reason="The channel records no groups any more.",
    code="groups_not_recorded",
)

_TRIED = counter("channels_deliveries", "Messages on their way out by outcome", ("outcome",))


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The message at hand and how its provider is reached. `kept` is the id of its file there."""

    turn: Turn
    delivery: Delivery
    line: Line
    adapter: Adapter
    connection: Connection
    kept: str | None = None


class Turns:
    """Does turns; `holder` is this process. `stop` ends pauses, and then nothing new is claimed.

    Files of ours are read from `storage`.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        adapters: Adapters,
        holder: UUID,
        stop: asyncio.Event,
        storage: Storage | None = None,
    ) -> None:
        self._storage = storage
        self._database = database
        self._vault = vault
        self._adapters = adapters
        self._holder = holder
        self._stop = stop

    async def do(self, turn: Turn) -> None:
        """Everything that the channel's next messages need now, at most `IN_A_ROW`; then the turn
        ends. It ends before a long rest, so that no worker waits for it.

        What the database raises ends the turn where it is: what was claimed stays claimed, and the
        next turn finds out what became of it.
        """
        rest, clock = timedelta(), asyncio.get_running_loop().time
        long = clock() + LONG
        for _ in range(IN_A_ROW):
            way = await self._next(turn)
            rest = timedelta() if way is None else await self._go(way)
            if way is None or rest > _SHORT or clock() > long:
                break
            if await wait(self._stop, rest.total_seconds()):
                break
        async with self._database.tenant(turn.tenant_id) as tx:
            if await senders.hold(tx, turn.channel_id, self._holder):
                await held.release(tx, turn.tenant_id, turn.channel_id)
                await senders.leave(tx, turn.channel_id, self._holder, utc_now() + rest)

    async def _next(self, turn: Turn) -> Way | None:
        """The message that is due, unless it is settled without a call."""
        async with self._database.tenant(turn.tenant_id) as tx:
            if not await senders.hold(tx, turn.channel_id, self._holder):
                return None
            await held.release(tx, turn.tenant_id, turn.channel_id)
            delivery = await deliveries.head(tx, turn.channel_id)
            line = await senders.line(tx, turn.channel_id)
            if delivery is None or line is None or delivery.next_at > utc_now():
                return None
            delivery = await with_current_id(tx, delivery)
            if delivery.state == "queued":
                hopeless = _hopeless(delivery, line)
                if hopeless is not None:
                    _TRIED.labels(hopeless.failure).inc()
                    await settle.failed(tx, delivery, hopeless)
                    return None
            return Way(
                turn=turn,
                delivery=delivery,
                line=line,
                adapter=self._adapters[line.type],
                connection=connection_of(self._vault, line),
            )

    async def _go(self, way: Way) -> timedelta:
        """Returns how long the channel rests."""
        delivery = way.delivery
        if delivery.state == "claimed" and delivery.reserved is not None:
            # Under its reserved id it is sent once, however often the provider is asked.
            way = msgspec.structs.replace(
                way, delivery=msgspec.structs.replace(delivery, state="queued")
            )
            await self._put_off(way, "queued", utc_now())
        elif delivery.state in {"claimed", "unknown"}:
            return await self._look(way)
        try:
            ready = await self._prepare(way)
        except NotSent as error:
            return await self._not_sent(way, error)
        if ready is None:
            return timedelta()
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
            await _announce(way, chat, typing=True)
            await wait(self._stop, pause_before(content))
            await _announce(way, chat, typing=False)
        if self._stop.is_set():
            return None
        async with self._database.tenant(way.turn.tenant_id) as tx:
            mine = await senders.hold(tx, way.turn.channel_id, self._holder)
            if not mine or not await deliveries.claim(
                tx, delivery.id, chat=chat, reserved=reserved
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

    async def _send(self, way: Way) -> timedelta:
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
            if delivery.reserved is not None:
                until = utc_now() + wait_after(delivery.attempts, again)
                await self._put_off(way, "queued", until)
            else:
                await self._put_off(way, "unknown", utc_now() + ASK_AGAIN / 5)
            return rest_after(way.line, way.adapter.capabilities)
        return await self._record(way, taken)

    def _file(self, delivery: Delivery) -> StoredFile | None:
        file = delivery.outbound.file
        if file is None or self._storage is None:
            return None
        return StoredFile(self._storage, delivery.tenant_id, file)

    async def _record(self, way: Way, taken: Sent) -> timedelta:
        capabilities, turn = way.adapter.capabilities, way.turn
        async with self._database.tenant(turn.tenant_id) as tx:
            # Whatever became of the turn: that it was sent is true.
            await senders.lock(tx, [turn.channel_id])
            if await settle.sent(tx, way.delivery, taken, way.line.type):
                _TRIED.labels("sent").inc()
            if way.line.connection_status in ENDED_BY_SENDING:
                await note_connection(tx, way.turn, way.line, CONNECTED)
            gap = timedelta(seconds=capabilities.chat_gap)
            await deliveries.space(tx, turn.channel_id, way.delivery.contact_id, utc_now() + gap)
        return rest_after(way.line, capabilities)

    async def _not_sent(self, way: Way, error: NotSent) -> timedelta:
        delivery = way.delivery
        failures = delivery.attempts if delivery.state == "claimed" else delivery.attempts + 1
        if way.kept is not None and error.failure == "media":
            await forget(self._database, way.turn, delivery)
        if not is_given_up(failures, error):
            _TRIED.labels("put_off").inc()
            after = wait_after(failures, error)
            await self._put_off(way, "queued", utc_now() + after, attempts=failures)
            if error.too_fast:
                async with self._database.tenant(way.turn.tenant_id) as tx:
                    await note_refusal(tx, way.turn, way.line, error)
            return after if error.everywhere else timedelta()
        _TRIED.labels(error.failure).inc()
        async with self._database.tenant(way.turn.tenant_id) as tx:
            why = Failure(failure=error.failure, reason=error.reason, code=error.code)
            await settle.failed(tx, delivery, why)
            await note_refusal(tx, way.turn, way.line, error)
            await note_opt_out(tx, delivery, error)
            if error.connection is not None:
                await note_connection(tx, way.turn, way.line, error.connection, error.reason)
        return timedelta()

    async def _look(self, way: Way) -> timedelta:
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
                return await self._record(way, _as_sent(heard))
        if now - since < UNKNOWN_FOR:
            await self._put_off(way, "unknown", now + ASK_AGAIN)
            return timedelta()
        _TRIED.labels("given_up").inc()
        async with self._database.tenant(way.turn.tenant_id) as tx:
            await settle.failed(tx, delivery, _LOST)
        return timedelta()

    async def _put_off(
        self, way: Way, state: State, until: datetime, *, attempts: int | None = None
    ) -> None:
        delivery = way.delivery
        async with self._database.tenant(way.turn.tenant_id) as tx:
            await deliveries.put_off(
                tx,
                delivery.id,
                state,
                until,
                delivery.attempts if attempts is None else attempts,
            )


def _hopeless(delivery: Delivery, line: Line) -> Failure | None:
    """Why it will not be sent any more."""
    if delivery.expires_at <= utc_now():
        return Failure(failure="expired", reason="The channel did not work in time.")
    if line.deleted or line.status != "active":
        return NOT_IN_USE
    if delivery.group and not line.allow_groups:
        return _NO_GROUPS
    if line.key_refused:
        return KEY_REFUSED
    return None


async def _announce(way: Way, chat: str, *, typing: bool) -> None:
    """What a release of the provider cannot show does not keep the message back."""
    try:
        await way.adapter.announce(way.connection, chat, typing=typing)
    except NotSent as error:
        if error.again:
            raise


def _as_sent(heard: Heard) -> Sent:
    return Sent(
        provider_message_id=heard.provider_message_id,
        stanza=heard.stanza,
        chat=heard.chat,
        sent_at=heard.occurred_at,
    )
