"""The address book: takes in messages one by one and decides whose they are.

It holds what is stored of the contacts that can be concerned, decides in memory in the order of
delivery, and remembers what has to be written.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from ventros_contacts.domain.contact import Contact, changed
from ventros_contacts.domain.errors import NobodyThere
from ventros_contacts.domain.facts import (
    Created,
    Fact,
    Joined,
    Met,
    PhoneLearnt,
    Renamed,
    Restored,
)
from ventros_contacts.domain.identity import IdentityKey, phone_in
from ventros_contacts.domain.names import is_latest, may_fill


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of the person at the other end.

    `keys` are preferred first (see `identities_of`) and not empty; `push_name` is None where the
    message has none or is our own. With `import_id` it is of the past: the person is not in touch
    now, so that nobody is restored, and no newer name goes.
    """

    keys: tuple[IdentityKey, ...]
    push_name: str | None
    at: datetime
    channel_id: UUID
    import_id: UUID | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored.

    Attributes:
        contacts: nodes that can be concerned, with all their ancestors.
        owners: the node of each identity that is known.
        unverified: identities that nobody but a user has vouched for yet.
        roots: the root of each node that does not stand alone.
        alias_versions: the version of the edge of each node that ever had one.
        trees: of each root, the nodes that it stands for; a root that is absent has only itself.
        refusals: pairs of nodes that a person took apart.
    """

    contacts: Mapping[UUID, Contact]
    owners: Mapping[IdentityKey, UUID] = {}
    unverified: frozenset[IdentityKey] = frozenset()
    roots: Mapping[UUID, UUID] = {}
    alias_versions: Mapping[UUID, int] = {}
    trees: Mapping[UUID, frozenset[UUID]] = {}
    refusals: frozenset[frozenset[UUID]] = frozenset()


class Book:
    """Working copy of what is known; see the module."""

    def __init__(self, known: Known, now: datetime) -> None:
        self.contacts = dict(known.contacts)
        self.facts: list[Fact] = []
        self.created: list[UUID] = []
        self.altered: set[UUID] = set()
        self.touched: set[UUID] = set()
        self.attached: dict[IdentityKey, UUID] = {}
        self.verified: set[IdentityKey] = set()
        self.alias_versions = dict(known.alias_versions)
        self._owners = dict(known.owners)
        self._unverified = set(known.unverified)
        self._roots = dict(known.roots)
        self._trees = dict(known.trees)
        self._refusals = known.refusals
        self._now = now

    @property
    def joined(self) -> list[Joined]:
        """The joins, in order."""
        return [fact for fact in self.facts if isinstance(fact, Joined)]

    def root_of(self, node: UUID) -> UUID:
        """The root of a node."""
        return self._roots.get(node, node)

    def meet(self, place: int, sighting: Sighting) -> None:
        """Take in a message: find, make, join, then record.

        Raises:
            NobodyThere: the message has no identity.
        """
        if not sighting.keys:
            raise NobodyThere
        owners = [self._owners[key] for key in sighting.keys if key in self._owners]
        if sighting.import_id is not None:
            # Who was deleted stays so, and joins nobody.
            owners = [node for node in owners if self._is_there(node)] or owners[:1]
        node = owners[0] if owners else self._create(sighting)
        self._join({self.root_of(owner) for owner in owners})
        self._attach(node, [key for key in sighting.keys if key not in self._owners])
        self._vouch(sighting.keys)
        self.record(place, node, sighting)

    def learn(self, keys: Sequence[IdentityKey]) -> None:
        """Take in that identities are of one person, without a message: nobody is made, and who was
        deleted is left alone."""
        owners = [self._owners[key] for key in keys if key in self._owners]
        there = [node for node in owners if self._is_there(node)]
        if not there:
            return
        self._join({self.root_of(node) for node in there})
        self._attach(there[0], [key for key in keys if key not in self._owners])
        self._vouch(keys)

    def _is_there(self, node: UUID) -> bool:
        return self.contacts[self.root_of(node)].deleted_at is None

    def _vouch(self, keys: Sequence[IdentityKey]) -> None:
        for key in keys:
            if key in self._unverified:
                self._unverified.remove(key)
                self.verified.add(key)

    def record(self, place: int, node: UUID, sighting: Sighting) -> None:
        """Take in a message whose node is known."""
        root = self.root_of(node)
        if sighting.import_id is None:
            self._restore(root)
        if sighting.push_name is not None and self._is_news(node, root, sighting):
            self._fill_name(root, sighting.push_name)
        contact = self.contacts[node]
        first = (
            contact.first_interaction_at is None
            and self.contacts[root].first_interaction_at is None
        )
        at = sighting.at
        self.contacts[node] = msgspec.structs.replace(
            contact,
            first_interaction_at=min(contact.first_interaction_at or at, at),
            last_interaction_at=max(contact.last_interaction_at or at, at),
        )
        self.touched.add(node)
        self.facts.append(Met(place, self.contacts[node], root, first))

    def _create(self, sighting: Sighting) -> UUID:
        contact = Contact(
            id=new_id(),
            project_id=sighting.keys[0].project_id,
            name=sighting.push_name,
            name_source=None if sighting.push_name is None else "push",
            phone=phone_in(sighting.keys),
            source_channel=sighting.channel_id,
            created_at=self._now,
            updated_at=self._now,
        )
        self.contacts[contact.id] = contact
        self.created.append(contact.id)
        self.facts.append(Created(contact, sighting.keys, sighting.import_id))
        return contact.id

    def _attach(self, node: UUID, keys: Sequence[IdentityKey]) -> None:
        for key in keys:
            self._owners[key] = node
            self.attached[key] = node
        phone = phone_in(keys)
        if phone is not None and self.contacts[node].phone is None:
            self.facts.append(PhoneLearnt(self._alter(node, phone=phone)))

    def _join(self, roots: set[UUID]) -> None:
        """Join what one message proves to be one person; the oldest contact is the root.

        A pair that a person took apart is left apart.
        """
        if len(roots) < 2:
            return
        top, *others = sorted(roots, key=lambda root: self.contacts[root].age)
        for other in others:
            if self._refused(self._tree(top), self._tree(other)):
                continue
            self._restore(other)
            version = self.alias_versions.get(other, 0) + 1
            self.alias_versions[other] = version
            members = self._trees.pop(other, frozenset({other}))
            self._trees[top] = self._tree(top) | members
            for node in members:
                self._roots[node] = top
            self.facts.append(Joined(self._alter(other), top, version))

    def _refused(self, one: frozenset[UUID], other: frozenset[UUID]) -> bool:
        return any(pair & one and pair & other for pair in self._refusals)

    def _tree(self, root: UUID) -> frozenset[UUID]:
        return self._trees.get(root, frozenset({root}))

    def _restore(self, root: UUID) -> None:
        if self.contacts[root].deleted_at is not None:
            self.facts.append(Restored(self._alter(root, deleted_at=None)))

    def _is_news(self, node: UUID, root: UUID, sighting: Sighting) -> bool:
        if sighting.import_id is None:
            return True
        lasts = [self.contacts[each].last_interaction_at for each in (node, root)]
        last = max((at for at in lasts if at is not None), default=None)
        return is_latest(sighting.at, self.contacts[root].name, last)

    def _fill_name(self, root: UUID, push_name: str) -> None:
        contact = self.contacts[root]
        if may_fill(contact.name_source, contact.name, push_name):
            named = self._alter(root, name=push_name, name_source="push")
            self.facts.append(Renamed(named, contact.name))

    def _alter(self, node: UUID, **fields: object) -> Contact:
        contact = changed(self.contacts[node], self._now, **fields)
        self.contacts[node] = contact
        self.altered.add(node)
        return contact


def may_join(parties: Iterable[Sequence[IdentityKey]], roots: Mapping[IdentityKey, UUID]) -> bool:
    """Whether identities that belong together could join people: `roots` has the root of each
    known one.

    Parties that share an identity are about one person; they could join two when between them
    they name identities of two.
    """
    groups: dict[IdentityKey | UUID, set[IdentityKey | UUID]] = {}
    for keys in parties:
        named: set[IdentityKey | UUID] = set(keys)
        named |= {roots[key] for key in keys if key in roots}
        group = named.union(*(groups[each] for each in named if each in groups))
        for each in group:
            groups[each] = group
    return any(sum(isinstance(each, UUID) for each in group) > 1 for group in groups.values())
