"""What one change of a post tells."""

from typing import TypeAlias

import msgspec

from ventros_channels.domain.message import Heard
from ventros_channels.domain.whatsapp_cloud.receipt import Receipt
from ventros_channels.events.waha.fact import Fact

Said: TypeAlias = Heard | Fact | Receipt


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is the phone number's id and `account` the business account that it is told of;
    `said` is None where it is only stored, and `what` names it then."""

    what: str
    number: str | None
    account: str | None
    said: Said | None
