"""The values of what Meta posts: messages, statuses, news of people and of the account."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from cloud_simulator.errors import JsonObject, Reason
from cloud_simulator.parties import Number, Person
from waha_simulator.ids import wall_clock_ms


class Change(Struct, frozen=True, kw_only=True):
    """One change of one account."""

    field: str
    value: JsonObject


def about(number: Number) -> JsonObject:
    """The beginning of each value: whose it is."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.display_phone,
            "phone_number_id": number.phone_number_id,
        },
    }


def contact(person: Person) -> JsonObject:
    """Who it is of, as far as they show themselves."""
    profile: JsonObject = {"name": person.name}
    if person.username is not None:
        profile["username"] = person.username
    shown: JsonObject = {"profile": profile, "user_id": person.bsuid}
    if person.phone is not None:
        shown["wa_id"] = person.phone
    return shown


def message(
    number: Number, person: Person, message_id: str, kind: str, member: object, timestamp: int
) -> Change:
    """A message that came in."""
    told: JsonObject = {
        "from_user_id": person.bsuid,
        "id": message_id,
        "timestamp": str(timestamp),
        "type": kind,
        kind: member,
    }
    if person.phone is not None:
        told["from"] = person.phone
    value = {**about(number), "contacts": [contact(person)], "messages": [told]}
    return Change(field="messages", value=value)


def status(
    number: Number,
    person: Person,
    message_id: str,
    word: str,
    *,
    timestamp: int,
    own: str | None = None,
    reason: Reason | None = None,
) -> Change:
    """How far a message of the number's got."""
    told: JsonObject = {
        "id": message_id,
        "status": word,
        "timestamp": str(timestamp),
        "recipient_user_id": person.bsuid,
    }
    if person.phone is not None:
        told["recipient_id"] = person.phone
    if own is not None:
        told["biz_opaque_callback_data"] = own
    if reason is not None:
        told["errors"] = [reason.document]
    return Change(field="messages", value={**about(number), "statuses": [told]})


def new_user_id(number: Number, person: Person, current: str, timestamp: int) -> Change:
    """`user_id_update`: the same person has another BSUID."""
    told: JsonObject = {
        "detail": "The user id was changed.",
        "user_id": {"previous": person.bsuid, "current": current},
        "timestamp": timestamp,
    }
    if person.phone is not None:
        told["wa_id"] = person.phone
    value = {**about(number), "contacts": [contact(person)], "user_id_update": [told]}
    return Change(field="user_id_update", value=value)


def new_user_id_notice(
    number: Number, person: Person, current: str, message_id: str = "wamid.NOTICE"
) -> Change:
    """The same as a system message, where no phone can be shown: without `contacts`."""
    notice: JsonObject = {
        "body": f"User {person.name} changed from {person.bsuid} to {current}",
        "type": "user_changed_user_id",
        "user_id": current,
        "previous_user_id": person.bsuid,
    }
    told: JsonObject = {
        "id": message_id,
        "timestamp": str(wall_clock_ms() // 1000),
        "type": "system",
        "system": notice,
    }
    return Change(field="messages", value={**about(number), "messages": [told]})


def preference(number: Number, person: Person, value: str, timestamp: int) -> Change:
    """`user_preferences`: marketing is not wanted (`stop`), or wanted again (`resume`)."""
    told: JsonObject = {
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": timestamp,
        "user_id": person.bsuid,
    }
    if person.phone is not None:
        told["wa_id"] = person.phone
    all_of_it = {**about(number), "contacts": [contact(person)], "user_preferences": [told]}
    return Change(field="user_preferences", value=all_of_it)


def post(number: Number, entries: Sequence[Sequence[Change]], timestamp: int) -> bytes:
    """The body: each inner sequence is an entry. Not ASCII is escaped, as Meta does it."""
    document = {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": number.waba_id,
                "time": timestamp,
                "changes": [{"field": one.field, "value": one.value} for one in entry],
            }
            for entry in entries
        ],
    }
    plain = msgspec.json.encode(document).decode()
    escaped = "".join(
        one if one.isascii() else "".join(f"\\u{unit:04x}" for unit in _units(one)) for one in plain
    )
    return escaped.encode()


def _units(character: str) -> list[int]:
    pairs = character.encode("utf-16-be")
    return [int.from_bytes(pairs[at : at + 2], "big") for at in range(0, len(pairs), 2)]
