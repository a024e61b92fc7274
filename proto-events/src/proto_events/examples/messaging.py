"""Examples of `proto_events.messaging`: Ana asks, Marina answers by voice, and Ana sends files."""

from typing import Final

from proto_events.conversation import Content, PartyIdentity
from proto_events.examples.channels import FIRST_MESSAGE
from proto_events.examples.world import (
    ANA,
    AUDIO,
    BRUNO_PHONE,
    CHANNEL,
    GROUP_CHAT,
    OTHER_MESSAGE,
    PHOTO,
    SESSION,
    UNDELIVERED_MESSAGE,
    VIDEO,
    VOICE,
    at,
)
from proto_events.messaging import (
    MessageAiProcessAudioRequested,
    MessageAiProcessImageRequested,
    MessageAiProcessVideoRequested,
    MessageAiProcessVoiceRequested,
    MessageCreated,
    MessageDelivered,
    MessageEdited,
    MessageFailed,
    MessagePlayed,
    MessagePollVoted,
    MessagePosted,
    MessageReactionChanged,
    MessageRead,
    MessageRevoked,
    MessageSent,
)
from proto_events.provider_facts import Somebody

_FILES: Final = "https://media.example.com/messages"

EXAMPLES: Final = (
    MessageCreated(
        message_id=FIRST_MESSAGE.id,
        contact_id=ANA,
        session_id=SESSION,
        channel_id=FIRST_MESSAGE.channel_id,
        from_me=False,
        direction="inbound",
        content=FIRST_MESSAGE.content,
        created_at=FIRST_MESSAGE.occurred_at,
        received_at=FIRST_MESSAGE.received_at,
    ),
    MessagePosted(
        message_id=OTHER_MESSAGE,
        chat_id=GROUP_CHAT,
        channel_id=CHANNEL,
        author=Somebody(
            from_me=False,
            party=[PartyIdentity(kind="phone", value=BRUNO_PHONE)],
            push_name="Bruno",
        ),
        direction="inbound",
        content=Content(type="text", text="A entrega de quinta passa para sexta."),
        created_at=at(12, 5, 0),
        received_at=at(12, 5, 1),
    ),
    MessageSent(message_id=OTHER_MESSAGE, sent_at=at(12, 1, 30)),
    MessageDelivered(message_id=OTHER_MESSAGE, delivered_at=at(12, 1, 32)),
    MessageRead(message_id=OTHER_MESSAGE, read_at=at(12, 1, 47)),
    MessagePlayed(message_id=OTHER_MESSAGE, played_at=at(12, 1, 50)),
    MessageFailed(
        message_id=UNDELIVERED_MESSAGE,
        failure_reason="The phone of the number was not connected.",
        failed_at=at(12, 2, 30),
    ),
    MessageEdited(
        message_id=FIRST_MESSAGE.id,
        contact_id=ANA,
        from_me=False,
        content=Content(type="text", text="Bom dia! A mesa do anúncio tem em 1,60 m?"),
        number=2,
        edited_at=at(12, 0, 40),
    ),
    MessageRevoked(
        message_id=FIRST_MESSAGE.id,
        contact_id=ANA,
        by=Somebody(from_me=False, push_name="Ana"),
        revoked_at=at(12, 9),
    ),
    MessageReactionChanged(
        message_id=OTHER_MESSAGE,
        contact_id=ANA,
        by=Somebody(from_me=False, push_name="Ana"),
        emoji="👍",
        reacted_at=at(12, 2, 5),
    ),
    MessagePollVoted(
        message_id=OTHER_MESSAGE,
        contact_id=ANA,
        by=Somebody(from_me=False, push_name="Ana"),
        options=["1,60 m", "1,80 m"],
        voted_at=at(12, 15),
    ),
    MessageAiProcessImageRequested(
        message_id=PHOTO,
        channel_id=CHANNEL,
        contact_id=ANA,
        session_id=SESSION,
        image_url=f"{_FILES}/sala-de-jantar.jpg",
        mime_type="image/jpeg",
        requested_at=at(12, 20, 3),
    ),
    MessageAiProcessVideoRequested(
        message_id=VIDEO,
        channel_id=CHANNEL,
        contact_id=ANA,
        session_id=SESSION,
        video_url=f"{_FILES}/volta-pela-sala.mp4",
        mime_type="video/mp4",
        duration_seconds=41.5,
        requested_at=at(12, 22, 10),
    ),
    MessageAiProcessAudioRequested(
        message_id=AUDIO,
        channel_id=CHANNEL,
        contact_id=ANA,
        session_id=SESSION,
        audio_url=f"{_FILES}/conversa-com-a-arquiteta.mp3",
        mime_type="audio/mpeg",
        duration_seconds=184.0,
        requested_at=at(12, 31, 6),
    ),
    MessageAiProcessVoiceRequested(
        message_id=VOICE,
        channel_id=CHANNEL,
        contact_id=ANA,
        session_id=SESSION,
        voice_url=f"{_FILES}/recado-de-voz.ogg",
        mime_type="audio/ogg; codecs=opus",
        duration_seconds=12.0,
        requested_at=at(12, 24, 55),
    ),
)
