"""What webhooks did not bring is fetched from the provider's history.

Every message that the provider shows goes in by ingress, as a webhook of its own: stored raw,
read, and told once, whether it came before, comes now or comes again later (decision 0022).
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Bell
from platform_core.errors import Invalid
from platform_crypto import Vault, sign
from platform_http import RequestError
from platform_outbound import Outbound
from platform_postgres import Database
from ventros_channels.adapters import adapters
from ventros_channels.adapters.waha.history import WahaHistory
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.channel import ChannelNotFound
from ventros_channels.domain.provider_errors import UnsupportedByProvider
from ventros_channels.http.ingress import Ingress, Signatures
from ventros_channels.store import channels

LONGEST: Final = timedelta(hours=24)
"""Older messages are history: to tell them as live would open sessions of today for them."""


class SpanTooLong(Invalid):
    """More than `LONGEST` was asked for."""

    code = "reconciliation_span_too_long"


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What was read. `shown` messages are stored; `unread` chats and `refused` messages are not,
    each with the reason."""

    chats: int
    shown: int
    unread: list[tuple[str, str]]
    refused: list[tuple[str, str]]


async def reconcile(
    database: Database,
    vault: Vault,
    calls: Outbound,
    channel_id: UUID,
    since: datetime,
    until: datetime,
) -> Reconciled:
    """Store what the provider has of [`since`, `until`]; to do it twice does no harm.

    Raises:
        ChannelNotFound, SpanTooLong, UnsupportedByProvider
        Unavailable: the channel's secrets do not decrypt.
        NotSent: the provider does not say which chats there are.
    """
    if not timedelta() <= until - since <= LONGEST:
        raise SpanTooLong("At most the last 24 hours can be reconciled.")
    found = await _reach(database, vault, calls, channel_id)
    if found.channel.type != "waha":
        raise UnsupportedByProvider("This type of channel shows no history.")
    ingress = Ingress(database, vault, Bell())
    for part in ingress.parts:
        await part.start()
    try:
        return await _fetch(WahaHistory(calls), ingress, found, since, until)
    finally:
        for part in ingress.parts:
            await part.stop()


async def _reach(database: Database, vault: Vault, calls: Outbound, channel_id: UUID) -> Reached:
    async with database.system() as tx:
        place = await channels.place(tx, channel_id)
    if place is None:
        raise ChannelNotFound("There is no such active channel.")
    async with database.tenant(place.tenant_id) as tx:
        return await reach(tx, vault, adapters(calls), place.project_id, channel_id)


async def _fetch(
    history: WahaHistory, ingress: Ingress, found: Reached, since: datetime, until: datetime
) -> Reconciled:
    shown = 0
    unread: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    chats = await history.chats(found.at)
    for chat in chats:
        try:
            bodies = await history.webhooks(found.at, chat, since, until)
        except NotSent as error:
            unread.append((chat, error.reason))
            continue
        for place, body in enumerate(bodies):
            signed = Signatures(waha=sign(found.hmac_key.encode(), body, "sha512"))
            try:
                await ingress.receive(found.channel.webhook_id, body, signed)
            except RequestError as error:
                refused.append((f"{chat} {place}", error.code))
            else:
                shown += 1
    return Reconciled(chats=len(chats), shown=shown, unread=unread, refused=refused)
