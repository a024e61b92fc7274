"""What became of contacts while messages were taken in, in the order in which it happened."""

from uuid import UUID

import msgspec

from ventros_contacts.domain.contact import Contact
from ventros_contacts.domain.identity import IdentityKey


class Created(msgspec.Struct, frozen=True):
    """A person was met for the first time, under these identities; by an import of history, where
    there is one."""

    contact: Contact
    keys: tuple[IdentityKey, ...] = ()
    import_id: UUID | None = None


class Restored(msgspec.Struct, frozen=True):
    """A deleted contact is in touch again."""

    contact: Contact


class Renamed(msgspec.Struct, frozen=True):
    """The push name took the place of `old_name`."""

    contact: Contact
    old_name: str | None


class PhoneLearnt(msgspec.Struct, frozen=True):
    """A contact without a phone turned out to have one."""

    contact: Contact


class Joined(msgspec.Struct, frozen=True):
    """Two people turned out to be one: `node` has `root` now, by an edge of this version."""

    contact: Contact
    root: UUID
    version: int

    @property
    def node(self) -> UUID:
        return self.contact.id


class Met(msgspec.Struct, frozen=True):
    """The message at `place` belongs to `node`, and so to the person at `root`."""

    place: int
    node: Contact
    root: UUID
    first: bool


Fact = Created | Restored | Renamed | PhoneLearnt | Joined | Met
