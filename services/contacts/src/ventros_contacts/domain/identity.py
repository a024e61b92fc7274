"""Identities: what a contact is recognised by."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from proto_events.conversation import IdentityKind, PartyIdentity
from ventros_contacts.domain.phone import key_of, key_of_address

MAX_VALUE = 255


class IdentityKey(NamedTuple):
    """One identity in one project. At most one contact has it.

    `value` is in the form that matches: a phone's key, an e-mail address in lower case, a LID or
    a JID as it was received.
    """

    project_id: UUID
    kind: IdentityKind
    value: str


def identities_of(
    project_id: UUID, party: Sequence[PartyIdentity], chat: str
) -> tuple[IdentityKey, ...]:
    """Everything that a message proves of the person at the other end.

    The identities of the address that the conversation is held with come first: the message
    belongs to whom they belong to. An address that is made of a phone number proves the phone; a
    LID never does. Empty when the party has nothing that can be used.
    """
    own = sorted(party, key=lambda identity: identity.value != chat)
    found: dict[IdentityKey, None] = {}
    for identity in own:
        for kind, value in _proven(identity):
            found[IdentityKey(project_id, kind, value)] = None
    return tuple(found)


def typed_identities(
    project_id: UUID, phone: str | None, email: str | None, external_id: str | None
) -> list[IdentityKey]:
    """The identities that a user gives a contact; `phone` in E.164."""
    found: list[IdentityKey] = []
    if phone is not None and (key := key_of(phone.removeprefix("+"))):
        found.append(IdentityKey(project_id, "phone", key))
    if email is not None:
        found.append(IdentityKey(project_id, "email", email_key(email)))
    if external_id is not None:
        found.append(IdentityKey(project_id, "external_id", external_id))
    return found


def phone_in(keys: Iterable[IdentityKey]) -> str | None:
    """The first phone among identities."""
    return next((key.value for key in keys if key.kind == "phone"), None)


def email_key(email: str) -> str:
    """Addresses that differ only in case are one. (The part before the at sign could differ by
    RFC 5321 §2.4; no provider in use makes it so.)
    """
    return email.lower()


def lock_number(tenant_id: UUID, key: IdentityKey) -> int:
    """The advisory lock of an identity: a signed 64-bit number, the same in every process."""
    parts = (b"contacts.identity", tenant_id.bytes, key.project_id.bytes, key.kind.encode())
    digest = hashlib.blake2b(b"\0".join((*parts, key.value.encode())), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _proven(identity: PartyIdentity) -> list[tuple[IdentityKind, str]]:
    kind, value = identity.kind, identity.value
    if kind == "jid" and value.endswith("@lid"):
        kind = "lid"
    if kind == "phone":
        key = key_of(value.removeprefix("+"))
        return [("phone", key)] if key else []
    if kind == "email":
        return [("email", email_key(value))]
    proven: list[tuple[IdentityKind, str]] = [(kind, value)]
    if kind == "jid" and (key := key_of_address(value)):
        proven.append(("phone", key))
    return proven
