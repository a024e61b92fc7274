"""What a session's phone remembers: its messages, and which hidden number is whose."""

from collections import OrderedDict

from msgspec import Struct
from msgspec.structs import replace

from waha_simulator.payloads import Message, Place, chat_of
from waha_simulator.people import shown

KEPT_MESSAGES = 20_000


class Filter(Struct, frozen=True, kw_only=True):
    """A page of `chats/{chatId}/messages`; times are Unix seconds, both ends included."""

    limit: int = 10
    offset: int = 0
    ascending: bool = False
    at_least: int | None = None
    at_most: int | None = None
    from_me: bool | None = None
    ack: int | None = None

    def takes(self, message: Message) -> bool:
        """Whether a message passes, apart from the paging."""
        return (
            (self.at_least is None or message.timestamp >= self.at_least)
            and (self.at_most is None or message.timestamp <= self.at_most)
            and (self.from_me is None or message.from_me == self.from_me)
            and (self.ack is None or message.ack == self.ack)
        )


class History:
    """The newest messages of a session, by stanza, in the order they came."""

    def __init__(self) -> None:
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._phones: dict[str, str | None] = {}

    def keep(self, message: Message) -> None:
        """Remember a message and what it reveals; the oldest one leaves when full."""
        self._messages[message.stanza] = message
        if len(self._messages) > KEPT_MESSAGES:
            self._messages.popitem(last=False)
        if message.place is Place.DIRECT:
            addresses = shown(message.person, message.address)
            both = {addresses.main, addresses.alt or ""}
            lid = next((form for form in both if form.endswith("@lid")), None)
            phone = next((form for form in both if form.endswith("@c.us")), None)
            if lid is not None:
                self._phones[lid] = phone or self._phones.get(lid)

    def change(self, message: Message) -> None:
        """Replace a message that is still known."""
        if message.stanza in self._messages:
            self._messages[message.stanza] = message

    def drop(self, stanza: str) -> None:
        """Forget a message that was deleted for everyone."""
        self._messages.pop(stanza, None)

    def acknowledged(self, stanza: str, ack: int) -> Message | None:
        """Raise a message's acknowledgement; None when the message is unknown."""
        message = self._messages.get(stanza)
        if message is None:
            return None
        risen = replace(message, ack=max(ack, message.ack if message.ack is not None else -1))
        self._messages[stanza] = risen
        return risen

    def find(self, message_id: str) -> Message | None:
        """A message by its stanza or by its whole id (`true_5544…@c.us_3EB0…`)."""
        parts = message_id.split("_")
        return self._messages.get(parts[2] if len(parts) > 2 else message_id)

    def of_chat(self, chat_id: str, wanted: Filter) -> list[Message]:
        """A chat's messages by time, newest first; a person's `@lid` and `@c.us` are one chat."""
        forms = {chat_id, self.phone_of(chat_id) or "", self.lid_of(chat_id) or ""}
        found = [
            message
            for message in self._messages.values()
            if chat_of(message) in forms and wanted.takes(message)
        ]
        found.sort(key=lambda message: message.timestamp)
        if not wanted.ascending:
            found.reverse()  # sorting in reverse would leave those of one second as they came
        return found[wanted.offset : wanted.offset + wanted.limit]

    def chats(self) -> list[tuple[str, Message]]:
        """Every chat with its last message, the liveliest first."""
        last: dict[str, Message] = {}
        for message in self._messages.values():
            last[chat_of(message)] = message
        return sorted(last.items(), key=lambda entry: entry[1].timestamp, reverse=True)

    def lids(self) -> list[tuple[str, str | None]]:
        """Every hidden number seen, with the phone's chat id where it was revealed."""
        return sorted(self._phones.items())

    def phone_of(self, lid: str) -> str | None:
        """`…@c.us` of a `…@lid`, None while unknown (WAHA #1712)."""
        return self._phones.get(lid)

    def lid_of(self, phone: str) -> str | None:
        """`…@lid` of a `…@c.us`."""
        return next((lid for lid, known in self._phones.items() if known == phone), None)
