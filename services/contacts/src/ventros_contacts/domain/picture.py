"""Profile pictures: an address at the provider that expires, and what of it says which picture."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from platform_core.errors import NotFound
from ventros_contacts.domain.contact import Contact


class PictureUnknown(NotFound):
    """No provider told of a picture that the contact shows."""

    code = "profile_picture_unknown"

    def __init__(self) -> None:
        super().__init__("No profile picture of this contact is known.")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Where a contact's picture is, and when the provider said so."""

    contact_id: UUID
    url: str
    fetched_at: datetime


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that a provider told of; `news`: it is another than the one before."""

    contact: Contact
    picture: Picture
    news: bool


def is_another(known: str | None, told: str) -> bool:
    """Whether it is another picture: the query of an address is a signature, made anew each time.

    >>> is_another("https://pps.example/a.jpg?oe=1", "https://pps.example/a.jpg?oe=2")
    False
    """
    return known is None or urlsplit(known)[1:3] != urlsplit(told)[1:3]
