"""WAHA's message id: `{fromMe}_{chat}_{stanza}[_{participant}]`.

Who wrote and in which chat is taken from here and never from `from` and `to`, which mean
something else in each engine.
"""

import msgspec

from ventros_channels.domain.waha.addresses import Address, read_address
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.members import JsonObject, child

MAX_STANZA = 255
_FROM_ME = {"true": True, "false": False}
_TO_ONESELF = ("_out", "_in")


class MessageId(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an id. `participant` is empty in a chat of two."""

    text: str
    from_me: bool
    chat: Address
    stanza: str
    participant: str


def read_message_id(payload: JsonObject) -> MessageId:
    """The id of `payload`.

    Raises:
        UnparsableError: `message_id_missing`, `message_id_malformed`, `chat_unknown`.
    """
    given = payload.get("id")
    if isinstance(given, dict):
        # whatsapp-web.js' own form, which older releases passed on.
        given = child(payload, "id").get("_serialized")
    if not given or not isinstance(given, str):
        raise UnparsableError("message_id_missing")
    head, _, rest = given.partition("_")
    chat_text, _, tail = rest.partition("_")
    stanza, participant = _split_tail(tail)
    if head not in _FROM_ME or not _is_stanza(stanza) or not chat_text:
        raise UnparsableError("message_id_malformed")
    chat = read_address(chat_text)
    if chat is None:
        raise UnparsableError("chat_unknown")
    return MessageId(
        text=f"{head}_{chat_text}_{tail}",
        from_me=_FROM_ME[head],
        chat=chat,
        stanza=stanza,
        participant=participant,
    )


def bare_stanza(value: str | None) -> str | None:
    """The stanza of an id that may be whole or only its stanza, as in `replyTo.id`."""
    if not value:
        return None
    head, _, rest = value.partition("_")
    stanza = value
    if head in _FROM_ME and "_" in rest:
        stanza, _ = _split_tail(rest.partition("_")[2])
    return stanza if _is_stanza(stanza) else None


def _split_tail(tail: str) -> tuple[str, str]:
    """Stanza and participant."""
    participant = ""
    if "@" in tail:
        tail, _, last = tail.rpartition("_")
        address = read_address(last)
        participant = last[:MAX_STANZA] if address is None else address.value
    # A message to oneself is told twice by browser engines, as sent and as received.
    for suffix in _TO_ONESELF:
        tail = tail.removesuffix(suffix)
    return tail, participant


def _is_stanza(stanza: str) -> bool:
    return 0 < len(stanza) <= MAX_STANZA and stanza.isprintable()
