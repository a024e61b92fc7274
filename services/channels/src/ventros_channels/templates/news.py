"""What a refused message says of the template that it was made of."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Outgoing, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.sending import Outbound
from proto_events.templates import ChannelTemplateChanged
from ventros_channels.store import channels, requests, template_listings

STATUS_BY_CODE: Final[Mapping[str, str]] = {"132015": "PAUSED", "132016": "DISABLED"}
"""Meta's errors that tell of a template's status."""

STALE_CODES: Final = frozenset({"132000", "132001", "132005", "132012"})
"""Meta's errors after which the template is not what we know: other gaps, or none at all."""

_SOON: Final = timedelta(0)


class _Request(msgspec.Struct, frozen=True):
    """As much of a request as is read here."""

    outbound: Outbound


class Refusal(msgspec.Struct, frozen=True):
    """A message of ours that was refused with this code."""

    message_id: UUID
    channel_id: UUID
    code: str | None

    @property
    def counts(self) -> bool:
        """Whether it says anything of a template."""
        return self.code in STATUS_BY_CODE or self.code in STALE_CODES


async def hear_refusals(tx: Tx, refusals: Sequence[Refusal]) -> None:
    """Say what is true of their templates now, and have those listed that are others than we
    thought. Refusals for other reasons cost nothing."""
    telling = [one for one in refusals if one.counts]
    if not telling:
        return
    asked = await requests.of_messages(tx, [one.message_id for one in telling])
    numbers = await channels.numbers(tx, {one.channel_id for one in telling})
    for one in telling:
        request = asked.get((one.message_id, one.channel_id))
        number = numbers.get(one.channel_id)
        if request is None or number is None or number.waba_id is None:
            continue
        said = _changed(one, request, number.waba_id)
        if said is not None:
            await emit(tx, [said])
    await template_listings.want(tx, {one.channel_id for one in telling}, _SOON)


def _changed(refusal: Refusal, request: bytes, account: str) -> Outgoing | None:
    cause = frame.decode(request)
    template = msgspec.json.decode(cause.data, type=_Request).outbound.template
    status = STATUS_BY_CODE.get(refusal.code or "")
    if template is None or status is None:
        return None
    event = ChannelTemplateChanged(
        channel_id=refusal.channel_id,
        account=account,
        name=template.name,
        language=template.language,
        status=status,
        changed_at=utc_now(),
    )
    return Outgoing(
        event=event,
        tenant_id=cause.tenant_id,
        project_id=cause.project_id,
        subject=refusal.channel_id,
        sequence=1,
        partition_key=str(refusal.channel_id),
        cause=cause,
    )
