"""What messaging says, kept: a message of every type, from the person and from the company."""

from typing import Any, get_args

from platform_bus import emit
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit.golden import Golden
from proto_events.conversation import (
    ContactCard,
    Content,
    ContentType,
    Interactive,
    Location,
    Media,
    PartyIdentity,
    Poll,
    Reaction,
)
from proto_events.provider_facts import (
    ChannelChatArchived,
    ChannelGroupJoined,
    ChannelGroupLeft,
    ChannelGroupParticipantsChanged,
    ChannelGroupUpdated,
    ChannelLabelChatChanged,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    ChannelPollVoted,
    Participant,
    Somebody,
)
from ventros_messaging.commands.send_message import SendMessage, send_message
from ventros_messaging.domain import content as contents
from ventros_messaging.events.sending import send_requested
from ventros_messaging.store import recipients
from ventros_messaging.store.recipients import ChannelTold

FILE = Media(
    status="available",
    url="https://media.example.com/files/1",
    mimetype="application/octet-stream",
    filename="orcamento.pdf",
    size_bytes=34_567,
)

POLL = Content(type="poll", poll=Poll(name="Entrega?", options=["manhã", "tarde"]))

CONTENTS = (
    Content(type="text", text="Bom dia, ainda tem a mesa de jantar?"),
    Content(type="image", text="Esta aqui", media=FILE),
    Content(type="video", media=Media(status="pending")),
    Content(type="audio", media=Media(status="failed", error="not found")),
    Content(type="voice", media=FILE),
    Content(type="document", media=FILE),
    Content(type="sticker", media=FILE),
    Content(type="location", location=Location(latitude=-23.55, longitude=-46.63, name="Loja")),
    Content(type="contact", contacts=[ContactCard(name="Rui", vcard="BEGIN:VCARD\nEND:VCARD")]),
    Content(type="reaction", reaction=Reaction(emoji="👍", stanza="3EB0000001")),
    POLL,
    Content(
        type="interactive",
        interactive=Interactive(kind="list_reply", title="Mesas", selected_id="m-1"),
    ),
    Content(type="system", system="e2e_notification"),
)


async def test_the_events_of_messages_are_as_kept(
    conversation: Any, store: Any, hear: Any, hear_chats: Any, database: Database, golden: Golden
) -> None:
    assert {content.type for content in CONTENTS} == set(get_args(ContentType))
    heard = [conversation.told(content=content) for content in CONTENTS]
    answer = conversation.told(content=CONTENTS[0], from_me=True, source="app")
    await store(*heard, answer)
    waiting = conversation.told(from_me=True)
    await store(waiting)
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        # As one stands that waits here to be sent.
        await tx.execute(
            "UPDATE message SET status = 'queued' WHERE id = $1", waiting.data.message.id
        )
    await hear(conversation.ack(waiting, "sent"))
    await hear_chats(*group(conversation))
    await hear(*fates(conversation, answer, heard[CONTENTS.index(POLL)]))
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
    golden.check("messaging", [row["envelope"] for row in rows])


def fates(conversation: Any, answer: Any, poll: Any) -> list[Any]:
    """What becomes of an answer, of one that failed, and of a poll."""
    moment = answer.data.message.occurred_at
    ana = Somebody(from_me=False, party=[PartyIdentity(kind="lid", value="7@lid")], push_name="Ana")
    changed = Content(type="text", text="Bom dia! Tem, sim.")
    choice = {"by": ana, "options": ["tarde"], "voted_at": moment}
    return [
        *(conversation.ack(answer, status) for status in ("failed", "delivered", "read", "played")),
        conversation.fact(ChannelMessageReaction, answer, by=ana, emoji="👍", reacted_at=moment),
        conversation.fact(ChannelMessageEdited, answer, content=changed, edited_at=moment),
        conversation.fact(
            ChannelMessageRevoked, answer, by=Somebody(from_me=True), revoked_at=moment
        ),
        conversation.fact(ChannelPollVoted, poll, **choice),
    ]


def group(conversation: Any) -> list[Any]:
    """A group from its beginning to its end."""
    bruno = Participant(party=[PartyIdentity(kind="phone", value="+5511988887777")])
    steps: list[tuple[Any, dict[str, Any]]] = [
        (ChannelGroupJoined, {"subject": "Entregas", "participants": []}),
        (ChannelGroupUpdated, {"description": "Dias e horas."}),
        *(
            (ChannelGroupParticipantsChanged, {"change": change, "participants": [bruno]})
            for change in ("join", "promote", "demote", "leave")
        ),
        (ChannelLabelChatChanged, {"label_id": "7", "labelled": True}),
        (ChannelLabelChatChanged, {"label_id": "7", "labelled": False}),
        (ChannelChatArchived, {"archived": True}),
        (ChannelChatArchived, {"archived": False}),
        (ChannelGroupLeft, {}),
    ]
    address = "120363000000000001@g.us"
    return [conversation.chat_fact(kind, address, **told) for kind, told in steps]


async def test_what_is_asked_to_be_sent_is_as_kept(
    conversation: Any, store: Any, database: Database, golden: Golden
) -> None:
    first = conversation.told(content=CONTENTS[0])
    await store(first)
    tenant = conversation.tenant
    channel = ChannelTold(
        id=conversation.channel_id, project_id=tenant.project_id, version=1, active=True
    )
    command = SendMessage(
        tenant_id=tenant.tenant_id,
        project_id=tenant.project_id,
        requested_by=new_id(),
        source="manual",
        contact_id=conversation.contact_id,
        session_id=None,
        channel_id=None,
        content=contents.TextContent(text="Temos, em duas madeiras, @+5511988887777."),
        reply_to=first.data.message.id,
        mentions=("+5511988887777",),
    )
    async with database.tenant(tenant.tenant_id) as tx:
        await recipients.learn_channels(tx, tenant.tenant_id, [channel])
        queued = await send_message(tx, command)
        await emit(
            tx,
            [send_requested(tenant.tenant_id, queued, link_preview=True)],
        )
        rows = await tx.fetch(
            "SELECT envelope FROM outbox WHERE type = 'message.send_requested.v1'"
        )
    golden.check("messaging", [row["envelope"] for row in rows])
