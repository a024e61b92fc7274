"""/v1/contacts/{contact_id}/profile-picture."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath

from platform_http import Caller, Reads
from ventros_contacts.queries.picture import picture


class ProfilePictureResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Where the picture is: the address is the provider's and may expire. `fetched_at` is when the
    provider said so."""

    url: str
    fetched_at: datetime


@get(
    "/v1/contacts/{contact_id:uuid}/profile-picture",
    operation_id="getContactProfilePicture",
    summary="Read a contact's profile picture",
)
async def read_profile_picture(
    principal: Caller, reader: Reads, contact_id: FromPath[UUID]
) -> ProfilePictureResponse:
    """The picture that a contact shows, as a provider last told it; of merged contacts the newest.

    A picture is asked for when a contact is new, and again at most once a week.
    """
    async with reader(principal) as tx:
        shown = await picture(tx, principal.project_id, contact_id)
    return ProfilePictureResponse(url=shown.url, fetched_at=shown.fetched_at)
