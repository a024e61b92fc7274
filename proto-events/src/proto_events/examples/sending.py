"""Examples of `proto_events.sending`: the shop answers Ana; a message to Bruno does not get out."""

from datetime import timedelta
from typing import Final

from proto_events.conversation import Content, PartyIdentity
from proto_events.examples.channels import FIRST_MESSAGE
from proto_events.examples.world import (
    ANA,
    ANA_LID,
    ANA_PHONE,
    CHANNEL,
    GROUP_ADDRESS,
    GROUP_CHAT,
    GROUP_POST,
    OTHER_MESSAGE,
    OTHER_STANZA,
    UNDELIVERED_MESSAGE,
    at,
)
from proto_events.provider_facts import MessageRef
from proto_events.sending import (
    ChannelMessageFailed,
    ChannelMessageSent,
    MessagePostRequested,
    MessageSendRequested,
    Outbound,
)

EXAMPLES: Final = (
    MessageSendRequested(
        message_id=OTHER_MESSAGE,
        channel_id=CHANNEL,
        contact_id=ANA,
        chat=ANA_LID,
        recipient=[
            PartyIdentity(kind="lid", value=ANA_LID),
            PartyIdentity(kind="phone", value=ANA_PHONE),
        ],
        outbound=Outbound(
            content=Content(type="text", text="Bom dia, Ana! Temos, sim, em duas madeiras."),
            reply_to=MessageRef(chat=ANA_LID, stanza=FIRST_MESSAGE.stanza, from_me=False),
        ),
        expires_at=at(12, 1, 30) + timedelta(days=1),
        requested_at=at(12, 1, 30),
    ),
    MessagePostRequested(
        message_id=GROUP_POST,
        channel_id=CHANNEL,
        chat_id=GROUP_CHAT,
        chat=GROUP_ADDRESS,
        outbound=Outbound(
            content=Content(type="text", text="@5511900000041 a loja abre às nove."),
            mentions=[PartyIdentity(kind="phone", value=ANA_PHONE)],
        ),
        expires_at=at(12, 1, 30) + timedelta(days=1),
        requested_at=at(12, 1, 30),
    ),
    ChannelMessageSent(
        message_id=OTHER_MESSAGE,
        channel_id=CHANNEL,
        provider_message_id=f"true_{ANA_LID}_{OTHER_STANZA}",
        stanza=OTHER_STANZA,
        chat=ANA_LID,
        sent_at=at(12, 1, 31),
    ),
    ChannelMessageFailed(
        message_id=UNDELIVERED_MESSAGE,
        channel_id=CHANNEL,
        failure="expired",
        reason="The number was not connected for a day.",
        failed_at=at(12, 2, 30),
    ),
)
