"""The list of contacts, newest first: all of them, or those that match."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.words import after_all_with, words_of
from platform_postgres import Tx
from ventros_contacts.domain.contact import Person, person_of
from ventros_contacts.domain.identity import email_key
from ventros_contacts.domain.phone import keys_of_typed
from ventros_contacts.store import people, search
from ventros_contacts.store.search import IdentityChoice, Span, TermRange


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; all that is given has to hold.

    `search` is words or beginnings of words of the name, in any order, without regard to accents
    and case; `phone` a number in any form; `created_before` is exclusive.
    """

    search: str | None = None
    phone: str | None = None
    email: str | None = None
    external_id: str | None = None
    tag: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


class ContactPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended."""

    created_at: datetime
    id: UUID


async def contacts(
    tx: Tx, project_id: UUID, filters: Filters, *, beyond: ContactPosition | None, limit: int
) -> list[Person]:
    """At most `limit` people of the project, the newest contact first."""
    span = Span(
        project_id=project_id,
        created_after=filters.created_after,
        created_before=filters.created_before,
        beyond=(beyond.created_at, beyond.id) if beyond else None,
        limit=limit,
    )
    terms, identities = _terms(filters), _identities(filters)
    if terms is None or identities is None:
        return []
    if terms or identities:
        roots = await search.matching(tx, span, terms, identities)
    else:
        roots = await search.newest(tx, span)
    members = await people.members(tx, list(roots))
    return [person_of(root, members[root.id]) for root in roots.values()]


def _terms(filters: Filters) -> list[TermRange] | None:
    """What the terms have to hold; None when nothing can match."""
    found: list[TermRange] = []
    if filters.search is not None:
        words = words_of(filters.search)
        if not words:
            return None
        found += [TermRange("word", word, after_all_with(word)) for word in words]
    if filters.tag is not None:
        # Up to the next text that there is: the range holds this tag alone.
        found.append(TermRange("tag", filters.tag, filters.tag + "\x01"))
    return found


def _identities(filters: Filters) -> list[IdentityChoice] | None:
    """Which identities have to be there; None when nothing can match."""
    found: list[IdentityChoice] = []
    if filters.phone is not None:
        keys = keys_of_typed(filters.phone)
        if not keys:
            return None
        found += [IdentityChoice(-1, "phone", key) for key in keys]
    if filters.email is not None:
        found.append(IdentityChoice(-2, "email", email_key(filters.email)))
    if filters.external_id is not None:
        found.append(IdentityChoice(-3, "external_id", filters.external_id))
    return found
