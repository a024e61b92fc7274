"""What the Cloud API does to messages that are there: reactions and receipts.

It can neither change nor delete a message. Both acts may be asked twice with the effect of once.
"""

from typing import Final

import msgspec

from platform_outbound import Outbound as Calls
from proto_events.conversation import Content, Reaction
from proto_events.message_actions import ActionKind, MessageActionRequested
from proto_events.sending import Outbound
from ventros_channels.adapters.whatsapp_cloud.bodies import message
from ventros_channels.adapters.whatsapp_cloud.client import Client
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.connection import Connection

ACTS: Final[frozenset[ActionKind]] = frozenset({"reaction", "seen"})


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A message was read, and with it all that came before it in its chat."""

    message_id: str
    messaging_product: str = "whatsapp"
    status: str = "read"


class _Done(msgspec.Struct, frozen=True):
    """Whatever it answers: it was done."""


class CloudActions:
    """One for all numbers."""

    def __init__(self, outbound: Calls) -> None:
        self._client = Client(outbound)

    async def act(self, at: Connection, asked: MessageActionRequested) -> None:
        """Do it.

        Raises:
            NotSent, FateUnknown
        """
        if asked.kind not in ACTS:
            raise NotSent("unsupported", "The Cloud API does not do this to a message.")
        target = asked.provider_message_id
        if target is None:
            raise NotSent("rejected", "Nobody knows the message's id at the provider.")
        body: msgspec.Struct = Seen(message_id=target)
        if asked.kind == "reaction":
            reaction = Reaction(emoji=asked.emoji or "", stanza=target)
            content = Content(type="reaction", reaction=reaction)
            body = message(asked.chat, Outbound(content=content), None)
        await self._client.send(at, f"{at.session}/messages", body, _Done)
