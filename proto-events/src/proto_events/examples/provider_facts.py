"""Examples of `proto_events.provider_facts`: what becomes of Ana's messages; a group."""

from datetime import datetime
from typing import Any, Final

import msgspec

from proto_events.conversation import Content, PartyIdentity
from proto_events.examples.channels import FIRST_MESSAGE
from proto_events.examples.world import (
    ANA_LID,
    ANA_PHONE,
    BRUNO_PHONE,
    CHANNEL,
    GROUP_ADDRESS,
    LABEL_ID,
    OTHER_STANZA,
    at,
)
from proto_events.provider_facts import (
    ChannelCallAccepted,
    ChannelCallReceived,
    ChannelCallRejected,
    ChannelChatArchived,
    ChannelGroupJoined,
    ChannelGroupLeft,
    ChannelGroupMessageReceived,
    ChannelGroupParticipantsChanged,
    ChannelGroupUpdated,
    ChannelIdentityChanged,
    ChannelLabelChatChanged,
    ChannelMarketingPreferenceChanged,
    ChannelMessageAck,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    ChannelPollVoted,
    MessageRef,
    Participant,
    Somebody,
)

_ANA: Final = Somebody(
    from_me=False,
    party=[
        PartyIdentity(kind="lid", value=ANA_LID),
        PartyIdentity(kind="phone", value=ANA_PHONE),
    ],
    push_name="Ana",
)
_ANSWER: Final = MessageRef(chat=ANA_LID, stanza=OTHER_STANZA, from_me=True)
_QUESTION: Final = MessageRef(chat=ANA_LID, stanza=FIRST_MESSAGE.stanza, from_me=False)
_BRUNO: Final = Participant(
    party=[PartyIdentity(kind="phone", value=BRUNO_PHONE)], role="participant"
)
_CALL: Final = "6F1B0C77D1A94C2A9C3E4B5A6D7E8F90"


def _told(moment: datetime, number: int) -> dict[str, Any]:
    return {"channel_id": CHANNEL, "received_at": moment, "ingress_seq": number}


EXAMPLES: Final = (
    ChannelGroupMessageReceived(
        message=msgspec.structs.replace(
            FIRST_MESSAGE,
            provider_message_id=f"false_{GROUP_ADDRESS}_{OTHER_STANZA}_{BRUNO_PHONE[1:]}@c.us",
            stanza=OTHER_STANZA,
            chat=GROUP_ADDRESS,
            party=_BRUNO.party,
            push_name="Bruno",
            content=Content(type="text", text="A entrega de quinta passa para sexta."),
            referral=None,
        ),
        participant=_BRUNO.party,
    ),
    ChannelMessageAck(
        message=_ANSWER,
        status="read",
        acknowledged_at=at(12, 1, 47),
        **_told(at(12, 1, 47), 4108),
    ),
    ChannelMessageReaction(
        message=_ANSWER,
        by=_ANA,
        emoji="👍",
        reacted_at=at(12, 2, 5),
        **_told(at(12, 2, 6), 4110),
    ),
    ChannelMessageEdited(
        message=_QUESTION,
        content=Content(type="text", text="Bom dia! A mesa do anúncio tem em 1,60 m?"),
        edited_at=at(12, 0, 40),
        **_told(at(12, 0, 41), 4104),
    ),
    ChannelMessageRevoked(
        message=_QUESTION, by=_ANA, revoked_at=at(12, 9), **_told(at(12, 9, 1), 4122)
    ),
    ChannelPollVoted(
        message=_ANSWER,
        by=_ANA,
        options=["1,60 m", "1,80 m"],
        voted_at=at(12, 15),
        **_told(at(12, 15, 1), 4130),
    ),
    ChannelCallReceived(
        call_id=_CALL,
        chat=ANA_LID,
        caller=_ANA,
        video=False,
        group=False,
        at=at(13, 1),
        **_told(at(13, 1), 4200),
    ),
    ChannelCallAccepted(
        call_id=_CALL,
        chat=ANA_LID,
        caller=_ANA,
        video=False,
        group=False,
        at=at(13, 1, 9),
        **_told(at(13, 1, 9), 4201),
    ),
    ChannelCallRejected(
        call_id=_CALL,
        chat=ANA_LID,
        caller=_ANA,
        video=False,
        group=False,
        at=at(13, 1, 30),
        **_told(at(13, 1, 30), 4202),
    ),
    ChannelGroupJoined(
        chat=GROUP_ADDRESS,
        subject="Entregas de março",
        description="Dias e horas das entregas.",
        participants=[_BRUNO],
        at=at(14),
        **_told(at(14), 4300),
    ),
    ChannelGroupLeft(chat=GROUP_ADDRESS, at=at(14, 0, days=40), **_told(at(14, 0, days=40), 9300)),
    ChannelGroupUpdated(
        chat=GROUP_ADDRESS,
        subject="Entregas de abril",
        at=at(14, 0, days=30),
        **_told(at(14, 0, days=30), 8300),
    ),
    ChannelGroupParticipantsChanged(
        chat=GROUP_ADDRESS,
        change="promote",
        participants=[_BRUNO],
        at=at(14, 5),
        **_told(at(14, 5), 4310),
    ),
    ChannelChatArchived(
        chat=ANA_LID,
        archived=True,
        at=at(18, 0, days=2),
        **_told(at(18, 0, days=2), 5100),
    ),
    ChannelLabelChatChanged(
        chat=ANA_LID,
        label_id=LABEL_ID,
        labelled=True,
        at=at(12, 30),
        **_told(at(12, 30), 4140),
    ),
    ChannelIdentityChanged(
        before=[PartyIdentity(kind="bsuid", value="BR.7F3kQ2mX9aLp")],
        after=[
            PartyIdentity(kind="phone", value=ANA_PHONE),
            PartyIdentity(kind="bsuid", value="BR.Vt5Rw8nZ1cYs"),
        ],
        at=at(9, 0, days=3),
        **_told(at(9, 0, days=3), 5400),
    ),
    ChannelMarketingPreferenceChanged(
        chat="BR.Vt5Rw8nZ1cYs",
        party=[PartyIdentity(kind="bsuid", value="BR.Vt5Rw8nZ1cYs")],
        wanted=False,
        at=at(9, 5, days=3),
        **_told(at(9, 5, days=3), 5401),
    ),
)
