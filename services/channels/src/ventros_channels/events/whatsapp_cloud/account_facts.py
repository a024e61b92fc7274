"""What Meta tells of calls, of the account, and of people's addresses."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from proto_events.channels import ChannelConnectionChanged
from proto_events.conversation import PartyIdentity
from proto_events.provider_facts import (
    ChannelCallAccepted,
    ChannelCallReceived,
    ChannelCallRejected,
    ChannelIdentityChanged,
    ChannelMarketingPreferenceChanged,
    Somebody,
)
from ventros_channels.domain.lifecycle import CONNECTED
from ventros_channels.domain.waha.members import LONG, JsonObject, child, children, text
from ventros_channels.domain.whatsapp_cloud.failures import SUSPENDED
from ventros_channels.domain.whatsapp_cloud.people import (
    Person,
    contact_of,
    name_of,
    person,
    read_bsuid,
)
from ventros_channels.domain.whatsapp_cloud.post import Change
from ventros_channels.events.waha.fact import Fact, Stamp

_BANS: Final[Mapping[str, str]] = {"DISABLE": SUSPENDED, "REINSTATE": CONNECTED}
_RESTRICTED: Final = frozenset({"ACCOUNT_DELETED", "PARTNER_REMOVED"})

_WANTED: Final[Mapping[str, bool]] = {"stop": False, "resume": True}

USER_ID_CHANGED: Final = "user_changed_user_id"
IDENTITY_NOTICES: Final = frozenset({USER_ID_CHANGED, "user_changed_number"})
"""System messages that tell of another business-scoped id."""


def calls(change: Change, stamp: Stamp) -> Iterator[Fact | None]:
    """`calls`: a call of a person comes in, and how it ended. Calls that we make stay raw."""
    for call in children(change.value, "calls"):
        yield _call(change, call, stamp)


def _call(change: Change, call: JsonObject, stamp: Stamp) -> Fact | None:
    call_id = text(call, "id")
    if call_id is None or text(call, "direction") == "BUSINESS_INITIATED":
        return None
    phone, bsuid = call.get("from"), call.get("from_user_id")
    contact = contact_of(change.value, phone, bsuid)
    caller = person(phone, bsuid or contact.get("user_id"))
    kind = _kind_of_call(call)
    if caller is None or kind is None:
        return None
    at = change.at(call, stamp.received_at)
    event = kind(
        call_id=call_id,
        chat=caller.chat,
        caller=Somebody(from_me=False, party=caller.party, push_name=name_of(contact)),
        video=False,
        group=False,
        at=at,
        channel_id=stamp.channel_id,
        received_at=stamp.received_at,
        ingress_seq=stamp.ingress_seq,
    )
    return Fact(event=event, key=call_id, at=at)


def _kind_of_call(
    call: JsonObject,
) -> type[ChannelCallReceived] | type[ChannelCallAccepted] | type[ChannelCallRejected] | None:
    event, status = text(call, "event"), call.get("status")
    if event == "connect":
        return ChannelCallReceived
    if event != "terminate":
        return None
    words = status if isinstance(status, list) else [status]
    return ChannelCallAccepted if "COMPLETED" in words else ChannelCallRejected


def account(change: Change, stamp: Stamp) -> Fact | None:
    """`account_update`: the account was barred, or works again; other news of it stay raw."""
    event = text(change.value, "event", limit=64)
    ban = child(change.value, "ban_info")
    status = _BANS.get(text(ban, "waba_ban_state") or "")
    if event in _RESTRICTED:
        status = SUSPENDED
    if event is None or status is None:
        return None
    at = change.at(change.value, stamp.received_at)
    told = ChannelConnectionChanged(
        channel_id=stamp.channel_id,
        provider_session=change.account or "",
        status=status,
        message=text(ban, "waba_ban_state", limit=LONG) or event,
        changed_at=at,
    )
    return Fact(event=told, key=f"{status}:{int(at.timestamp() * 1000)}", at=at)


def preferences(change: Change, stamp: Stamp) -> Iterator[Fact | None]:
    """`user_preferences`: somebody wants no marketing any more, or wants it again."""
    for one in children(change.value, "user_preferences"):
        contact = contact_of(change.value, one.get("wa_id"), one.get("user_id"))
        who = person(one.get("wa_id"), one.get("user_id") or contact.get("user_id"))
        wanted = _WANTED.get(text(one, "value") or "")
        of_marketing = text(one, "category") == "marketing_messages"
        if who is None or wanted is None or not of_marketing:
            yield None
        else:
            yield preference(who, change.at(one, stamp.received_at), stamp, wanted=wanted)


def preference(who: Person, at: datetime, stamp: Stamp, *, wanted: bool) -> Fact:
    """Somebody wants marketing or does not; told again of another moment, it is another fact."""
    event = ChannelMarketingPreferenceChanged(
        chat=who.chat,
        party=who.party,
        wanted=wanted,
        at=at,
        channel_id=stamp.channel_id,
        received_at=stamp.received_at,
        ingress_seq=stamp.ingress_seq,
    )
    word = "wanted" if wanted else "unwanted"
    return Fact(event=event, key=f"{who.chat}:{word}:{int(at.timestamp() * 1000)}", at=at)


def identities(change: Change, stamp: Stamp) -> Iterator[Fact | None]:
    """`user_id_update`: somebody has another business-scoped id."""
    for one in children(change.value, "user_id_update"):
        yield _identity(change, one, stamp)


def _identity(change: Change, one: JsonObject, stamp: Stamp) -> Fact | None:
    ids = child(one, "user_id")
    previous, current = ids.get("previous"), ids.get("current")
    return _changed(previous, current, one.get("wa_id"), change.at(one, stamp.received_at), stamp)


def identity_in_message(change: Change, message: JsonObject, stamp: Stamp) -> Fact | None:
    """The same as a system message; with another number comes another id."""
    notice = child(message, "system")
    if text(notice, "type", limit=64) not in IDENTITY_NOTICES:
        return None
    previous = notice.get("previous_user_id") or message.get("from_user_id")
    at = change.at(message, stamp.received_at)
    return _changed(previous, notice.get("user_id"), notice.get("wa_id"), at, stamp)


def _changed(
    previous: object, current: object, phone: object, at: datetime, stamp: Stamp
) -> Fact | None:
    before, after = read_bsuid(previous), read_bsuid(current)
    if before is None or after is None or before == after:
        return None
    known = person(phone, after)
    event = ChannelIdentityChanged(
        before=[PartyIdentity(kind="bsuid", value=before)],
        after=[] if known is None else known.party,
        at=at,
        channel_id=stamp.channel_id,
        received_at=stamp.received_at,
        ingress_seq=stamp.ingress_seq,
    )
    return Fact(event=event, key=f"{before}:{after}", at=at)
