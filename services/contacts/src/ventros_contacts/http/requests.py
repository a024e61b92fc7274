"""What clients send."""

from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, Meta, UnsetType

from platform_core.types import Email, LanguageTag, NonEmptyStr, Phone, Tag
from platform_http import FieldError, RequestError

ExternalId = NonEmptyStr
TimeZone = Annotated[str, Meta(min_length=1, max_length=64)]
Tags = Annotated[list[Tag], Meta(max_length=50)]
ContactIds = Annotated[list[UUID], Meta(min_length=1, max_length=50)]


class CreateContactRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new contact: a name, or at least one of phone, e-mail address and external id."""

    name: NonEmptyStr | None = None
    email: Email | None = None
    phone: Phone | None = None
    external_id: ExternalId | None = None
    language: LanguageTag | None = None
    timezone: TimeZone | None = None
    tags: Tags = []


class UpdateContactRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change: a member that is absent stays, null clears."""

    name: NonEmptyStr | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    language: LanguageTag | UnsetType | None = UNSET
    timezone: TimeZone | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET


class MergeContactsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contacts that are the same person as the one in the path."""

    contact_ids: ContactIds


def check_timezone(name: str | UnsetType | None) -> None:
    """Refuse what is no IANA time zone.

    Raises:
        RequestError: `validation_failed` at `/timezone`.
    """
    if isinstance(name, str) and name not in available_timezones():
        raise RequestError(
            400,
            "validation_failed",
            "The body is not valid.",
            [
                FieldError(
                    code="unknown_timezone",
                    detail="Expected an IANA time zone, for example America/Sao_Paulo.",
                    pointer="/timezone",
                )
            ],
        )
