"""What Meta says of a message that carries our own id."""

from datetime import datetime
from uuid import UUID

import msgspec

from ventros_channels.domain.whatsapp_cloud.failures import Failure


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Meta knows a message that we gave our own id: it took it, or with `failure` refused it late.

    So whoever asked for it learns what became of it, also when the answer to the call was lost.
    """

    message_id: UUID
    stanza: str
    chat: str
    at: datetime
    failure: Failure | None
