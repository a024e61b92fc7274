"""Rows of `contact` and back."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from ventros_contacts.domain.contact import Contact

FIELDS = Contact.__struct_fields__
"""Columns of `contact` besides the tenant, in the order of the Struct."""


def columns(alias: str) -> str:
    """The columns of a contact, for a SELECT."""
    return ", ".join(f"{alias}.{name}" for name in FIELDS)


def contact_of(row: Mapping[str, Any]) -> Contact:
    """A contact from a row that has `columns`."""
    return Contact(**{name: row[name] for name in FIELDS})


def contacts_of(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, Contact]:
    """Contacts by id."""
    return {row["id"]: contact_of(row) for row in rows}


def as_json(contacts: Iterable[Contact]) -> str:
    """Contacts as a JSON array, for `jsonb_to_recordset`: one parameter, however many columns."""
    return msgspec.json.encode(list(contacts)).decode()
