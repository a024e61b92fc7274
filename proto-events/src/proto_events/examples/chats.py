"""Examples of `proto_events.chats`: Ana's own chat, and the group of her condominium."""

from typing import Final

from proto_events.chats import (
    ChatArchived,
    ChatClosed,
    ChatCreated,
    ChatDescriptionUpdated,
    ChatLabelAdded,
    ChatLabelRemoved,
    ChatParticipantAdded,
    ChatParticipantDemoted,
    ChatParticipantPromoted,
    ChatParticipantRemoved,
    ChatSubjectUpdated,
    ChatUnarchived,
)
from proto_events.conversation import PartyIdentity
from proto_events.examples.world import ANA, ANA_CHAT, ANA_PHONE, GROUP_CHAT, LABEL_ID

EXAMPLES: Final = (
    ChatCreated(chat_id=GROUP_CHAT, chat_type="group"),
    ChatParticipantAdded(
        chat_id=GROUP_CHAT,
        participant_id=ANA,
        participant_type="contact",
        party=[PartyIdentity(kind="phone", value=ANA_PHONE)],
    ),
    ChatParticipantRemoved(chat_id=GROUP_CHAT, participant_id=ANA),
    ChatArchived(chat_id=ANA_CHAT),
    ChatUnarchived(chat_id=ANA_CHAT),
    ChatClosed(chat_id=GROUP_CHAT),
    ChatSubjectUpdated(chat_id=GROUP_CHAT, new_subject="Salão de festas do Edifício Ipê"),
    ChatDescriptionUpdated(
        chat_id=GROUP_CHAT,
        new_description="Medidas, orçamentos e prazos das mesas do salão. Síndica: Ana.",
    ),
    ChatParticipantPromoted(chat_id=GROUP_CHAT, participant_id=ANA),
    ChatParticipantDemoted(chat_id=GROUP_CHAT, participant_id=ANA),
    ChatLabelAdded(chat_id=ANA_CHAT, label_id=LABEL_ID),
    ChatLabelRemoved(chat_id=ANA_CHAT, label_id=LABEL_ID),
)
