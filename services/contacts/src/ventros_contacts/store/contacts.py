"""The contacts themselves: insert, save, and the words that they are found by."""

# ruff: noqa: S608 - column names put together from constants

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_core.words import words_of
from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact
from ventros_contacts.store.rows import as_json

_RECORD = """
AS row (
    id uuid, project_id uuid, version integer, name text, name_source text, email text, phone text,
    external_id text, source_channel uuid, language text, timezone text, tags text[],
    first_interaction_at timestamptz, last_interaction_at timestamptz, created_at timestamptz,
    updated_at timestamptz, deleted_at timestamptz
)
"""

_INSERT = f"""
INSERT INTO contact (
    tenant_id, id, project_id, version, name, name_source, email, phone, external_id,
    source_channel, language, timezone, tags, first_interaction_at, last_interaction_at,
    created_at, updated_at, deleted_at
)
SELECT $1, row.id, row.project_id, row.version, row.name, row.name_source, row.email, row.phone,
    row.external_id, row.source_channel, row.language, row.timezone, row.tags,
    row.first_interaction_at, row.last_interaction_at, row.created_at, row.updated_at,
    row.deleted_at
FROM jsonb_to_recordset($2::jsonb) {_RECORD}
"""

_SAVE = f"""
UPDATE contact AS c
SET version = row.version, name = row.name, name_source = row.name_source, email = row.email,
    phone = row.phone, external_id = row.external_id, language = row.language,
    timezone = row.timezone, tags = row.tags, first_interaction_at = row.first_interaction_at,
    last_interaction_at = row.last_interaction_at, updated_at = row.updated_at,
    deleted_at = row.deleted_at
FROM jsonb_to_recordset($1::jsonb) {_RECORD}
WHERE c.id = row.id
"""

_FORGET_TERMS = """
DELETE FROM contact_term WHERE contact_id = ANY ($1::uuid[])
"""

_INSERT_TERMS = """
INSERT INTO contact_term (tenant_id, project_id, kind, term, contact_id)
SELECT $1, row.project_id, row.kind, row.term, row.contact_id
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[])
    AS row (project_id, kind, term, contact_id)
"""


async def insert(tx: Tx, tenant_id: UUID, contacts: Sequence[Contact]) -> None:
    """Insert new contacts and what they are found by."""
    if not contacts:
        return
    await tx.execute(_INSERT, tenant_id, as_json(contacts))
    await _insert_terms(tx, tenant_id, contacts)


async def save(
    tx: Tx, tenant_id: UUID, contacts: Sequence[Contact], *, findable: Sequence[Contact] = ()
) -> None:
    """Write contacts whose rows are locked; `findable` are those whose name or tags changed."""
    if contacts:
        await tx.execute(_SAVE, as_json(contacts))
    if findable:
        await tx.execute(_FORGET_TERMS, [contact.id for contact in findable])
        await _insert_terms(tx, tenant_id, findable)


class _Term(msgspec.Struct, frozen=True):
    kind: str
    term: str


def _terms(contact: Contact) -> list[_Term]:
    words = words_of(contact.name) if contact.name else []
    tags = dict.fromkeys(contact.tags)
    return [_Term("word", word) for word in words] + [_Term("tag", tag) for tag in tags]


async def _insert_terms(tx: Tx, tenant_id: UUID, contacts: Sequence[Contact]) -> None:
    rows = [(contact, term) for contact in contacts for term in _terms(contact)]
    if rows:
        await tx.execute(
            _INSERT_TERMS,
            tenant_id,
            [contact.project_id for contact, _ in rows],
            [term.kind for _, term in rows],
            [term.term for _, term in rows],
            [contact.id for contact, _ in rows],
        )
