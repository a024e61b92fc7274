"""What was read of raw events, told: each message and each fact once, whatever the provider."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from platform_bus import emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from platform_telemetry import counter
from proto_events.channels import ChannelConnectionChanged
from proto_events.envelope import Envelope
from proto_events.raw import ProviderEvent
from ventros_channels.commands.tell_facts import TellableFact, tell_facts
from ventros_channels.commands.tell_messages import Tellable, tell_messages
from ventros_channels.commands.want_files import want_files
from ventros_channels.delivery.tellings import join_own, join_own_posts
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.events.publish import SOURCE, fact_told, group_message, message_received
from ventros_channels.events.say_activation import turned
from ventros_channels.events.waha.fact import Fact
from ventros_channels.store import activations
from ventros_channels.store.provider_facts import FactKey
from ventros_channels.store.provider_messages import MessageKey

_NORMALISED = counter("channels_normalised", "Raw messages by what became of them", ("outcome",))
_FACTS = counter("channels_facts", "Facts beside messages by what became of them", ("outcome",))
_KEPT = counter("channels_kept_raw", "Raw events that are only stored, by event", ("event",))


class Bundle:
    """What one tenant's raw events say, gathered in their order."""

    def __init__(self) -> None:
        self._messages: dict[MessageKey, Tellable] = {}
        self._facts: dict[FactKey, TellableFact] = {}
        self._heard_messages = 0
        self._heard_facts = 0

    def keep_raw(self, event: str) -> None:
        """It only stays stored."""
        _KEPT.labels(event).inc()

    def add(
        self,
        said: Heard | Elsewhere | Fact,
        cause: Envelope,
        raw: ProviderEvent,
        provider: ChannelType,
    ) -> None:
        """One thing that a raw event says."""
        if isinstance(said, Elsewhere):
            _NORMALISED.labels(said.place).inc()
        elif isinstance(said, Heard) and not said.group:
            self._heard_messages += 1
            key = MessageKey(raw.channel_id, said.stanza, said.from_me, said.participant)
            if key not in self._messages:
                outgoing, message_id = message_received(said, cause, raw, provider)
                self._messages[key] = Tellable(message_id, outgoing)
        else:
            self._heard_facts += 1
            fact = group_message(said, raw) if isinstance(said, Heard) else said
            fact_key, tellable = fact_told(fact, cause, raw)
            self._facts.setdefault(fact_key, tellable)

    async def tell(self, tx: Tx, tenant_id: UUID) -> None:
        """Say what was not said before."""
        if self._heard_messages:
            joined = await join_own(tx, tenant_id, self._messages)
            await want_files(tx, tenant_id, [one.outgoing for one in joined.values()])
            told = await tell_messages(tx, tenant_id, SOURCE, joined)
            _NORMALISED.labels("told").inc(told)
            _NORMALISED.labels("repeated").inc(self._heard_messages - told)
        if self._heard_facts:
            facts = await join_own_posts(tx, tenant_id, self._facts)
            told = await tell_facts(tx, tenant_id, SOURCE, facts)
            await want_files(tx, tenant_id, [one.outgoing for one in facts.values()])
            _FACTS.labels("told").inc(told)
            _FACTS.labels("not_told").inc(self._heard_facts - told)
            await _follow(tx, self._facts)


class Reading(msgspec.Struct, frozen=True):
    """A raw event and what it says; None when it only stays stored."""

    raw: ProviderEvent
    said: Heard | Elsewhere | Fact | None


async def _follow(tx: Tx, facts: Mapping[FactKey, TellableFact]) -> None:
    """What the states of connections that were just written down mean for those who wait."""
    causes = {
        key.channel_id: fact.outgoing.cause
        for key, fact in facts.items()
        if isinstance(fact.outgoing.event, ChannelConnectionChanged)
    }
    if causes:
        now = utc_now()
        settled = await activations.follow(tx, list(causes))
        await emit(tx, [turned(one, now, cause=causes[one.channel_id]) for one in settled])
