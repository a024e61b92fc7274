"""What webhooks did not bring is fetched from the provider's history.

Every message that the provider shows and nobody has told goes in by ingress, as a webhook of its
own: stored raw, read, and told once, whether it came before, comes now or comes again later
(decision 0022).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_crypto import Vault, sign
from platform_http import RequestError
from platform_outbound import Outbound
from platform_postgres import Database
from proto_events.provider_facts import ChannelGroupMessageReceived
from proto_events.registry import info_of
from ventros_channels.adapters import adapters
from ventros_channels.adapters.waha.history import WahaHistory
from ventros_channels.adapters.waha.latest import latest
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.channel import ChannelNotFound
from ventros_channels.domain.gap import SLACK, Filled, reachable
from ventros_channels.domain.message import Heard, post_key
from ventros_channels.domain.provider_errors import UnsupportedByProvider
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.head import read_head
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.http.ingress import Ingress, Signatures
from ventros_channels.store import channels, provider_facts, provider_messages, raw_events
from ventros_channels.store.provider_messages import MessageKey

_POSTED: Final = info_of(ChannelGroupMessageReceived).type


class Reconciler:
    """Fetches between `start` and `stop`."""

    def __init__(self, database: Database, vault: Vault, calls: Outbound, bell: Bell) -> None:
        self._database = database
        self._vault = vault
        self._providers = adapters(calls)
        self._history = WahaHistory(calls)
        self._calls = calls
        self._ingress = Ingress(database, vault, bell)

    async def start(self) -> None:
        """Begin to take webhooks."""
        for part in self._ingress.parts:
            await part.start()

    async def stop(self) -> None:
        """Take no more."""
        for part in self._ingress.parts:
            await part.stop()

    async def reach(self, channel_id: UUID) -> Reached:
        """An active channel that shows history.

        Raises:
            ChannelNotFound, UnsupportedByProvider
            Unavailable: the channel's secrets do not decrypt.
        """
        async with self._database.system() as tx:
            place = await channels.place(tx, channel_id)
        if place is None:
            raise ChannelNotFound("There is no such active channel.")
        async with self._database.tenant(place.tenant_id) as tx:
            found = await reach(tx, self._vault, self._providers, place.project_id, channel_id)
        if found.channel.type != "waha":
            raise UnsupportedByProvider("This type of channel shows no history.")
        return found

    async def fetch(self, channel_id: UUID, since: datetime, until: datetime) -> Filled:
        """Store what the provider has of [`since`, `until`]; to do it twice does no harm.

        Raises:
            what `reach` raises.
            NotSent: the provider does not say which chats there are.
        """
        found = await self.reach(channel_id)
        shown = fetched = 0
        unread: list[tuple[str, str]] = []
        refused: list[tuple[str, str]] = []
        chats = await self._history.chats(found.at)
        for chat in chats:
            try:
                bodies = await self._history.webhooks(found.at, chat, since, until)
            except NotSent as error:
                unread.append((chat, error.reason))
                continue
            heard = [_heard(body, found) for body in bodies]
            told = await self._told(found, [one for one in heard if one is not None])
            waiting = await self._waiting(found, bodies)
            for place, (body, message) in enumerate(zip(bodies, heard, strict=True)):
                shown += message is not None
                if body in waiting or (message is not None and _key(found, message) in told):
                    continue
                signed = Signatures(waha=sign(found.hmac_key.encode(), body, "sha512"))
                try:
                    await self._ingress.receive(found.channel.webhook_id, body, signed)
                except RequestError as error:
                    refused.append((f"{chat} {place}", error.code))
                else:
                    fetched += message is not None
        return Filled(
            chats=len(chats), found=shown, fetched=fetched, unread=unread, refused=refused
        )

    async def misses(self, channel_id: UUID, since: datetime, now: datetime) -> bool:
        """Whether the provider has a message written after about `since` that nobody has told.

        Raises:
            what `reach` raises.
            NotSent
        """
        found = await self.reach(channel_id)
        newest = [_heard(body, found) for body in await latest(self._calls, found.at)]
        floor = reachable(since - SLACK, now)
        fresh = [one for one in newest if one is not None and one.occurred_at >= floor]
        told = await self._told(found, fresh)
        return any(_key(found, one) not in told for one in fresh)

    async def _waiting(self, found: Reached, bodies: Sequence[bytes]) -> set[bytes]:
        """Those that an earlier attempt brought: they may be stored and not yet be told."""
        ids = {body: event_id for body in bodies if (event_id := _event_id(body)) is not None}
        async with self._database.tenant(found.channel.tenant_id) as tx:
            stored = await raw_events.stored(tx, found.channel.id, list(ids.values()))
        return {body for body, event_id in ids.items() if event_id in stored}

    async def _told(self, found: Reached, heard: Sequence[Heard]) -> set[MessageKey | str]:
        """The keys of those that were told before."""
        keys = [_key(found, one) for one in heard]
        messages = [key for key in keys if isinstance(key, MessageKey)]
        posts = [key for key in keys if isinstance(key, str)]
        told: set[MessageKey | str] = set()
        async with self._database.tenant(found.channel.tenant_id) as tx:
            if messages:
                told |= await provider_messages.known(tx, messages)
            if posts:
                told |= await provider_facts.told(tx, found.channel.id, _POSTED, posts)
        return told


def _heard(body: bytes, found: Reached) -> Heard | None:
    """The message that a webhook tells and that the channel records; edits and the like are none,
    and go in unseen."""
    try:
        said = parse_message(body, utc_now())
    except UnparsableError:
        return None
    if not isinstance(said, Heard) or (said.group and not found.channel.allow_groups):
        return None
    return said


def _event_id(body: bytes) -> str | None:
    """By which ingress keeps it once; None of what it refuses."""
    try:
        return read_head(body).provider_event_id
    except UnparsableError:
        return None


def _key(found: Reached, heard: Heard) -> MessageKey | str:
    """What makes it one: of groups, among the posts of the channel."""
    if heard.group:
        return post_key(heard.stanza, from_me=heard.from_me)
    return MessageKey(found.channel.id, heard.stanza, heard.from_me, heard.participant)
