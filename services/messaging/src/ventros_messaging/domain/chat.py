"""A chat at a provider and who is in it, as far as it was told.

Every part of a chat has the time at which it was said, and the latest counts: see `chat_facts`.
"""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from ventros_messaging.domain.additions import Address

ChatType = Literal["individual", "group", "channel"]
Status = Literal["active", "archived", "closed"]

_SUFFIXES: Final[dict[str, ChatType]] = {"g.us": "group", "newsletter": "channel"}


class When(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The time of a fact, and its order of ingress among those of one second."""

    at: datetime
    ingress_seq: int


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text that was said at a time; empty when it was taken away."""

    value: str
    when: When


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """Whether something holds, and since when that is known."""

    on: bool
    when: When


class Participant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who is in a group or was; two tellings that share an address are of one person.
    `me` is the company's number."""

    id: UUID
    addresses: tuple[Address, ...]
    here: Switch
    admin: Switch | None = None
    me: bool = False


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was told of a chat. `admins_only`: whether only admins write in the group; `member`:
    whether the company's number is in it; `called`: when it was last told who is in it, so that
    whoever was not named then is not."""

    subject: Text | None = None
    description: Text | None = None
    admins_only: Switch | None = None
    archived: Switch | None = None
    member: Switch | None = None
    labels: dict[str, Switch] = {}
    called: When | None = None
    participants: tuple[Participant, ...] = ()

    @property
    def status(self) -> Status:
        """A chat that the number left is over, and one that is out of sight is archived."""
        if self.member is not None and not self.member.on:
            return "closed"
        return "archived" if self.archived is not None and self.archived.on else "active"

    @property
    def silenced(self) -> bool:
        """Whether the company's number is known not to be among those who may write."""
        own = [each for each in self.participants if each.me]
        return on(self.admins_only) and bool(own) and not any(self.has_admin(each) for each in own)

    def has(self, participant: Participant) -> bool:
        """Whether somebody is in the chat."""
        here = participant.here
        return here.on and (self.called is None or here.when >= self.called)

    def has_admin(self, participant: Participant) -> bool:
        """Whether somebody administers the chat."""
        return self.has(participant) and on(participant.admin)


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A chat by its channel and its address there; `version` counts its changes from 1."""

    id: UUID
    project_id: UUID
    channel_id: UUID
    address: str
    type: ChatType
    contact_id: UUID | None
    version: int
    state: State


def type_of(address: str) -> ChatType:
    """The kind of chat that an address is of: WhatsApp's suffixes say it."""
    return _SUFFIXES.get(address.rpartition("@")[2], "individual")


def on(switch: Switch | None) -> bool:
    """Whether something is known to hold."""
    return switch is not None and switch.on
