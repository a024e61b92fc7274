"""What is said of a file that goes out with a message."""

from typing import TypeAlias

import msgspec

from platform_bus import Outgoing
from proto_events.sending import MessagePostRequested, MessageSendRequested, OutboundFile
from ventros_messaging.domain.upload import Upload

Asked: TypeAlias = MessageSendRequested | MessagePostRequested


def saying_file(said: Outgoing, file: Upload, url: str | None) -> Outgoing:
    """The same request, with the file: where it is in the store, and a link to it."""
    event = said.event
    if not isinstance(event, Asked):
        raise TypeError("only a message that is asked for has a file to be sent")
    told = OutboundFile(
        file_id=file.file_id,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        mimetype=file.mimetype,
        filename=file.filename,
        url=url,
    )
    outbound = msgspec.structs.replace(event.outbound, file=told)
    asked = msgspec.structs.replace(event, outbound=outbound)
    return msgspec.structs.replace(said, event=asked)
