"""What a webhook says of calls, groups, chats, labels and of the connection itself."""

from datetime import datetime, timedelta
from typing import Final

from proto_events.channels import (
    ChannelConnectionChanged,
    ChannelLabelDeleted,
    ChannelLabelUpserted,
)
from proto_events.provider_facts import (
    ChannelCallAccepted,
    ChannelCallReceived,
    ChannelCallRejected,
    ChannelChatArchived,
    ChannelGroupJoined,
    ChannelGroupLeft,
    ChannelGroupParticipantsChanged,
    ChannelGroupUpdated,
    ChannelLabelChatChanged,
    Participant,
    ParticipantChange,
    Somebody,
)
from ventros_channels.domain.waha.addresses import identities, read_address
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.members import LONG, JsonObject, child, children, flag, text
from ventros_channels.events.waha.fact import Fact, Webhook, chat_of, digest, word

_CHANGES: Final[dict[str, ParticipantChange]] = {
    "join": "join",
    "leave": "leave",
    "promote": "promote",
    "demote": "demote",
}
_MAX_PARTICIPANTS: Final = 2048
"""WhatsApp's groups have 1,024 members at most."""


def call_received(webhook: Webhook) -> Fact:
    """`call.received`."""
    return _call(webhook, ChannelCallReceived)


def call_accepted(webhook: Webhook) -> Fact:
    """`call.accepted`."""
    return _call(webhook, ChannelCallAccepted)


def call_rejected(webhook: Webhook) -> Fact:
    """`call.rejected`."""
    return _call(webhook, ChannelCallRejected)


def _call(
    webhook: Webhook,
    kind: type[ChannelCallReceived] | type[ChannelCallAccepted] | type[ChannelCallRejected],
) -> Fact:
    payload = webhook.payload
    call_id = text(payload, "id")
    if call_id is None:
        raise UnparsableError("call_id_missing")
    caller = chat_of(payload.get("from"))
    group = read_address(text(webhook.data, "GroupJID", "groupJid"))
    chat = group if group is not None and group.kind == "group" else caller
    person = caller.kind in ("phone", "lid")
    at = webhook.written_at(payload)
    event = kind(
        call_id=call_id,
        chat=chat.value,
        caller=Somebody(from_me=False, party=identities(caller) if person else []),
        video=flag(payload, "isVideo"),
        group=flag(payload, "isGroup") or chat.kind == "group",
        at=at,
        **webhook.common,
    )
    return Fact(event=event, key=call_id, at=at)


def group_joined(webhook: Webhook) -> Fact:
    """`group.v2.join`."""
    group, chat, at = _group(webhook)
    event = ChannelGroupJoined(
        chat=chat,
        subject=text(group, "subject"),
        description=text(group, "description", limit=LONG),
        admins_only=_admins_only(group),
        participants=_participants(webhook, group),
        at=at,
        **webhook.common,
    )
    # Asked for again, a group may tell its members in another order.
    return Fact(event=event, key=_at(chat, at), at=at)


def group_left(webhook: Webhook) -> Fact:
    """`group.v2.leave`."""
    _, chat, at = _group(webhook)
    event = ChannelGroupLeft(chat=chat, at=at, **webhook.common)
    return Fact(event=event, key=_at(chat, at), at=at)


def group_updated(webhook: Webhook) -> Fact | None:
    """`group.v2.update`; settings that we do not keep are left raw."""
    group, chat, at = _group(webhook)
    subject = text(group, "subject")
    description = group.get("description")
    described = text(group, "description", limit=LONG)
    admins_only = _admins_only(group)
    if subject is None and admins_only is None and not isinstance(description, str):
        return None
    event = ChannelGroupUpdated(
        chat=chat,
        subject=subject,
        description="" if described is None and isinstance(description, str) else described,
        admins_only=admins_only,
        at=at,
        **webhook.common,
    )
    return Fact(event=event, key=digest(event), at=at)


def group_participants(webhook: Webhook) -> Fact | None:
    """`group.v2.participants`; a change that WAHA came up with since is left raw."""
    _, chat, at = _group(webhook)
    change = _CHANGES.get(text(webhook.payload, "type") or "")
    participants = _participants(webhook, webhook.payload)
    if change is None or not participants:
        return None
    event = ChannelGroupParticipantsChanged(
        chat=chat, change=change, participants=participants, at=at, **webhook.common
    )
    return Fact(event=event, key=digest(event), at=at)


def chat_archived(webhook: Webhook) -> Fact:
    """`chat.archive`."""
    payload = webhook.payload
    chat = chat_of(payload.get("id"))
    at = webhook.written_at(payload)
    event = ChannelChatArchived(
        chat=chat.value, archived=flag(payload, "archived"), at=at, **webhook.common
    )
    return Fact(event=event, key=digest(event), at=at)


def label_added(webhook: Webhook) -> Fact:
    """`label.chat.added`."""
    return _label_of_chat(webhook, labelled=True)


def label_removed(webhook: Webhook) -> Fact:
    """`label.chat.deleted`."""
    return _label_of_chat(webhook, labelled=False)


def _label_of_chat(webhook: Webhook, *, labelled: bool) -> Fact:
    payload = webhook.payload
    label_id = word(payload, "labelId") or word(child(payload, "label"), "id")
    if label_id is None:
        raise UnparsableError("label_id_missing")
    at = webhook.told_at()
    event = ChannelLabelChatChanged(
        chat=chat_of(payload.get("chatId")).value,
        label_id=label_id,
        labelled=labelled,
        at=at,
        **webhook.common,
    )
    return Fact(event=event, key=digest(event), at=at)


def label_upserted(webhook: Webhook) -> Fact:
    """`label.upsert`."""
    label_id = word(webhook.payload, "id")
    if label_id is None:
        raise UnparsableError("label_id_missing")
    at = webhook.told_at()
    event = ChannelLabelUpserted(
        channel_id=webhook.stamp.channel_id,
        label_id=label_id,
        label_name=text(webhook.payload, "name") or "",
        upserted_at=at,
    )
    return Fact(event=event, key=digest(event), at=at)


def label_deleted(webhook: Webhook) -> Fact:
    """`label.deleted`."""
    label_id = word(webhook.payload, "id")
    if label_id is None:
        raise UnparsableError("label_id_missing")
    at = webhook.told_at()
    event = ChannelLabelDeleted(
        channel_id=webhook.stamp.channel_id, label_id=label_id, deleted_at=at
    )
    return Fact(event=event, key=digest(event), at=at)


def connection_changed(webhook: Webhook) -> Fact:
    """`session.status`: any word is a status; codes and challenges in `data` are not told."""
    payload = webhook.payload
    status = text(payload, "status", limit=64)
    if status is None:
        raise UnparsableError("status_missing")
    at = _changed_at(webhook, status)
    event = ChannelConnectionChanged(
        channel_id=webhook.stamp.channel_id,
        provider_session=text(payload, "name") or text(webhook.envelope, "session") or "",
        status=status,
        message=text(payload, "message", limit=LONG),
        changed_at=at,
    )
    return Fact(event=event, key=f"{status}:{int(at.timestamp() * 1000)}", at=at)


def _changed_at(webhook: Webhook, status: str) -> datetime:
    """When it became `status`. The history is in milliseconds, and states may share one: their
    order makes the later one later."""
    history = children(webhook.payload, "statuses")
    own = [place for place, one in enumerate(history) if one.get("status") == status]
    if not own:
        return webhook.told_at()
    last = history[own[-1]]
    before = sum(one.get("timestamp") == last.get("timestamp") for one in history[: own[-1]])
    return webhook.written_at(last) + timedelta(microseconds=min(before, 999))


def _group(webhook: Webhook) -> tuple[JsonObject, str, datetime]:
    """The group, its address and when."""
    group = child(webhook.payload, "group")
    chat = chat_of(group.get("id"))
    if chat.kind != "group":
        raise UnparsableError("chat_unknown")
    return group, chat.value, webhook.written_at(webhook.payload)


def _admins_only(group: JsonObject) -> bool | None:
    """Whether only admins may write in the group; None where it is not said."""
    said = group.get("membersCanSendMessages")
    return not said if isinstance(said, bool) else None


def _participants(webhook: Webhook, owner: JsonObject) -> list[Participant]:
    account = child(webhook.envelope, "me")
    own = {read_address(account.get(name)) for name in ("id", "jid", "lid")} - {None}
    found = []
    for one in children(owner, "participants")[:_MAX_PARTICIPANTS]:
        address = read_address(one.get("id"))
        if address is None or address.kind not in ("phone", "lid"):
            continue
        party = identities(address)
        other = read_address(one.get("pn")) or read_address(one.get("lid"))
        if other is not None and {address.kind, other.kind} == {"phone", "lid"}:
            party += identities(other)
        me = address in own or other in own
        found.append(Participant(party=party, role=text(one, "role", limit=64), me=me))
    return found


def _at(chat: str, at: datetime) -> str:
    return f"{chat}:{int(at.timestamp() * 1000)}"
