"""What is said of a message that is asked for with more than its content."""

from typing import Any

import msgspec

from platform_bus import Outgoing
from ventros_messaging.events.sending_file import Asked


def saying_extras(said: Outgoing, **members: Any) -> Outgoing:
    """The same request with these members of `proto_events.sending.Outbound`."""
    event = said.event
    if not isinstance(event, Asked):
        raise TypeError("only a message that is asked for has more than a content")
    outbound = msgspec.structs.replace(event.outbound, **members)
    asked = msgspec.structs.replace(event, outbound=outbound)
    return msgspec.structs.replace(said, event=asked)
