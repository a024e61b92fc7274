"""What one change of a post tells."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec

from ventros_channels.domain.message import Heard
from ventros_channels.domain.whatsapp_cloud.failures import Failure
from ventros_channels.events.waha.fact import Fact


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Meta knows a message that we gave our own id: it took it, or with `failure` refused it late.

    So whoever asked for it learns what became of it, also when the answer to the call was lost.
    """

    message_id: UUID
    stanza: str
    chat: str
    at: datetime
    failure: Failure | None


Said: TypeAlias = Heard | Fact | Receipt


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is the phone number's id and `account` the business account that it is told of;
    `said` is None where it is only stored, and `what` names it then."""

    what: str
    number: str | None
    account: str | None
    said: Said | None
