"""Who is at the other end of a chat of two, as far as the payload proves it."""

from collections.abc import Iterator

from proto_events.conversation import PartyIdentity
from ventros_channels.domain.waha.addresses import Address, identities, read_address
from ventros_channels.domain.waha.members import JsonObject, child, text
from ventros_channels.domain.waha.message_id import MessageId


def other_party(message_id: MessageId, data: JsonObject) -> list[PartyIdentity]:
    """Every identity of the other party: of the chat, and of its proven other name.

    Two addresses belong to one person when the engine says so in one breath and one of the two
    is the chat; a second phone or a second LID proves nothing and is left out.
    """
    chat = message_id.chat
    known = identities(chat)
    for one, other in _pairs(data, from_me=message_id.from_me):
        alias = other if one == chat else one if other == chat else None
        if alias is not None and alias.kind in ("phone", "lid") and alias.kind != chat.kind:
            return known + identities(alias)
    return known


def member_of_group(
    message_id: MessageId, payload: JsonObject, data: JsonObject
) -> list[PartyIdentity]:
    """Every address of the member that the id or the payload names."""
    named = read_address(message_id.participant) or read_address(payload.get("participant"))
    info, key = child(data, "Info"), child(data, "key")
    one = read_address(info.get("Sender")) or read_address(key.get("participant"))
    other = read_address(info.get("SenderAlt")) or read_address(key.get("participantAlt"))
    named = named or one
    alias = other if named == one else one if named == other else None
    found = [] if named is None else identities(named)
    if named is not None and alias is not None and alias.kind != named.kind:
        found += identities(alias)
    return [identity for identity in found if identity.kind in ("phone", "jid", "lid")]


def push_name(data: JsonObject, *, from_me: bool) -> str | None:
    """The name that the other party gave itself; beside our own messages stands our own."""
    if from_me:
        return None
    name = text(child(data, "Info"), "PushName") or text(data, "pushName", "notifyName")
    return (name.strip() or None) if name else None


def _pairs(data: JsonObject, *, from_me: bool) -> Iterator[tuple[Address | None, Address | None]]:
    info = child(data, "Info")
    if info:
        first, second = ("Chat", "RecipientAlt") if from_me else ("Sender", "SenderAlt")
        yield read_address(info.get(first)), read_address(info.get(second))
    key = child(data, "key")
    if key:
        yield read_address(key.get("remoteJid")), read_address(key.get("remoteJidAlt"))
