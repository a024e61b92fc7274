"""Payloads of what happens beside messages, and of reactions, edits and revocations as the engines
tell them in `message.any`. To be posted by `/simulator/sessions/{session}/events`. No I/O."""

from collections.abc import Sequence

from waha_simulator.engines import Engine
from waha_simulator.people import raw
from waha_simulator.wire import JsonObject

REVOKE = 0
MESSAGE_EDIT = 14


def call(call_id: str, caller: str, *, at: int, video: bool = False) -> JsonObject:
    """`call.received`, `call.accepted`, `call.rejected`; `at` in seconds, as in all of these."""
    return {
        "id": call_id,
        "from": caller,
        "timestamp": at,
        "isVideo": video,
        "isGroup": False,
        "_data": {},
    }


def poll_vote(
    vote_id: str, poll_id: str, *, chat: str, chosen: Sequence[str], at: int
) -> JsonObject:
    """`poll.vote` by the person of `chat`; with nothing chosen `poll.vote.failed` or withdrawn."""
    return {
        "vote": {
            "id": vote_id,
            "to": "me",
            "from": chat,
            "fromMe": False,
            "selectedOptions": list(chosen),
            "timestamp": at,
        },
        "poll": {"id": poll_id, "to": chat, "from": "me", "fromMe": True},
        "_data": {},
    }


def group_joined(
    group: str, subject: str, description: str, members: Sequence[str], *, at: int
) -> JsonObject:
    """`group.v2.join`."""
    return {
        "timestamp": at,
        "group": {
            "id": group,
            "subject": subject,
            "description": description,
            "invite": "https://chat.whatsapp.com/invitecode",
            "membersCanAddNewMember": True,
            "membersCanSendMessages": True,
            "newMembersApprovalRequired": True,
            "participants": _members(members),
        },
        "_data": {},
    }


def group_left(group: str, *, at: int) -> JsonObject:
    """`group.v2.leave`."""
    return {"timestamp": at, "group": {"id": group}, "_data": {}}


def group_updated(group: str, subject: str, *, at: int) -> JsonObject:
    """`group.v2.update`."""
    return {"timestamp": at, "group": {"id": group, "subject": subject}, "_data": {}}


def group_members(group: str, change: str, members: Sequence[str], *, at: int) -> JsonObject:
    """`group.v2.participants`; `change` is join, leave, promote or demote."""
    return {
        "type": change,
        "timestamp": at,
        "group": {"id": group},
        "participants": _members(members),
        "_data": {},
    }


def chat_archived(chat: str, *, archived: bool, at: int) -> JsonObject:
    """`chat.archive`, which only browser engines tell."""
    return {"id": chat, "timestamp": at, "archived": archived}


def label(label_id: str, name: str, *, color: int = 14, rgb: str = "#00a0f2") -> JsonObject:
    """`label.upsert`; without a name `label.deleted`."""
    return {"id": label_id, "name": name, "color": color, "colorHex": rgb}


def label_of_chat(label_id: str, chat: str) -> JsonObject:
    """`label.chat.added`, `label.chat.deleted`."""
    return {"labelId": label_id, "chatId": chat, "label": None}


def reaction_as_message(
    engine: Engine, message_id: str, *, chat: str, target: str, emoji: str, at: int
) -> JsonObject:
    """A reaction by the person of `chat`, in `message.any`."""
    member = {"key": _key(engine, chat, target), "text": emoji}
    data = (
        {"type": "reaction", "reactionText": emoji, "msgId": f"true_{chat}_{target}"}
        if engine is Engine.WEBJS
        else {_message(engine): {"reactionMessage": member}}
    )
    return _as_message(message_id, chat, data, at)


def revocation_as_message(
    engine: Engine, message_id: str, *, chat: str, target: str, at: int
) -> JsonObject:
    """The person of `chat` deletes a message; browser engines have `message.revoked` alone."""
    protocol = {"key": _key(engine, chat, target), "type": REVOKE}
    return _as_message(message_id, chat, {_message(engine): {"protocolMessage": protocol}}, at)


def edit_as_message(
    engine: Engine, message_id: str, *, chat: str, target: str, text: str, at: int
) -> JsonObject:
    """The person of `chat` edits a message; browser engines tell it by `message.edited` alone."""
    stamp = "timestampMS" if engine is Engine.GOWS else "timestampMs"
    protocol = {
        "key": _key(engine, chat, target),
        "type": MESSAGE_EDIT,
        "editedMessage": {"conversation": text},
        stamp: at * 1000,
    }
    wrapped = {"editedMessage": {"message": {"protocolMessage": protocol}}}
    return _as_message(message_id, chat, {_message(engine): wrapped}, at)


def _as_message(message_id: str, chat: str, data: JsonObject, at: int) -> JsonObject:
    return {
        "id": message_id,
        "timestamp": at,
        "from": chat,
        "fromMe": False,
        "source": "app",
        "to": None,
        "participant": None,
        "hasMedia": False,
        "media": None,
        "replyTo": None,
        "vCards": [],
        "_data": data,
    }


def _message(engine: Engine) -> str:
    return "Message" if engine is Engine.GOWS else "message"


def _key(engine: Engine, chat: str, stanza: str) -> JsonObject:
    if engine is Engine.GOWS:
        return {"remoteJID": raw(chat), "fromMe": False, "ID": stanza}
    return {"remoteJid": raw(chat), "fromMe": False, "id": stanza}


def _members(members: Sequence[str]) -> list[JsonObject]:
    return [{"id": member, "role": "participant"} for member in members]
