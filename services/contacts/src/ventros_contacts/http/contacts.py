"""The routes of contacts."""

from typing import Annotated, Final
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from platform_bus import emit
from platform_core.clock import utc_now
from platform_core.types import AwareDatetime
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_contacts.commands import create_contact as create
from ventros_contacts.commands import delete_contact as remove
from ventros_contacts.commands import merge_contacts as merge
from ventros_contacts.commands import unmerge_contact as unmerge
from ventros_contacts.commands import update_contact as update
from ventros_contacts.domain.contact import Person
from ventros_contacts.events import publish
from ventros_contacts.http.pictures import read_profile_picture
from ventros_contacts.http.requests import (
    CreateContactRequest,
    MergeContactsRequest,
    UpdateContactRequest,
    check_timezone,
)
from ventros_contacts.http.responses import (
    ContactResponse,
    IdentityResponse,
    contact_response,
    identity_response,
)
from ventros_contacts.http.trackings import list_trackings
from ventros_contacts.queries.contacts import ContactPosition, Filters, contacts
from ventros_contacts.queries.identities import IdentityPosition, identities
from ventros_contacts.queries.person import person
from ventros_contacts.store.identities import Identity


@post("/v1/contacts", operation_id="createContact", summary="Create a contact")
async def create_contact(
    principal: Caller, writer: Writes, data: JSONBody[CreateContactRequest]
) -> ContactResponse:
    """Create a contact. A deleted one with the same identities is brought back instead."""
    check_timezone(data.timezone)
    command = create.CreateContact(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        name=data.name,
        email=data.email,
        phone=data.phone,
        external_id=data.external_id,
        language=data.language,
        timezone=data.timezone,
        tags=data.tags,
    )
    async with writer(principal) as tx:
        result = await create.create_contact(tx, command, utc_now())
        await emit(tx, publish.created(principal.tenant_id, result))
        made = await person(tx, principal.project_id, result.contact.id)
    return contact_response(made)


@get("/v1/contacts", operation_id="listContacts", summary="List contacts")
async def list_contacts(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    search: Annotated[
        str | None,
        QueryParameter(
            description="Words of the name, or beginnings of words, in any order. Accents and "
            "case do not count.",
            max_length=255,
        ),
    ] = None,
    phone: Annotated[
        str | None,
        QueryParameter(
            description="A phone number in any form: with or without country, ninth digit, "
            "punctuation.",
            max_length=64,
        ),
    ] = None,
    email: Annotated[
        str | None, QueryParameter(description="An e-mail address.", max_length=254)
    ] = None,
    external_id: Annotated[
        str | None, QueryParameter(description="The id in another system.", max_length=255)
    ] = None,
    tag: Annotated[str | None, QueryParameter(description="A tag.", max_length=64)] = None,
    created_after: Annotated[
        AwareDatetime | None, QueryParameter(description="Created at this time or later.")
    ] = None,
    created_before: Annotated[
        AwareDatetime | None, QueryParameter(description="Created before this time.")
    ] = None,
) -> Page[ContactResponse]:
    """The contacts of the project, newest first; of merged contacts the root."""
    filters = Filters(
        search=search,
        phone=phone,
        email=email,
        external_id=external_id,
        tag=tag,
        created_after=created_after,
        created_before=created_before,
    )
    question = f"contacts {principal.project_id} {filters}"
    beyond = page.after(question, ContactPosition)
    async with reader(principal) as tx:
        found = await contacts(tx, principal.project_id, filters, beyond=beyond, limit=page.fetch)
    return page.cut(question, found, _position, contact_response)


@get("/v1/contacts/{contact_id:uuid}", operation_id="getContact", summary="Read a contact")
async def read_contact(
    principal: Caller, reader: Reads, contact_id: FromPath[UUID]
) -> ContactResponse:
    """One contact. One that was merged answers as the contact that it was merged into."""
    async with reader(principal) as tx:
        found = await person(tx, principal.project_id, contact_id)
    return contact_response(found)


@patch("/v1/contacts/{contact_id:uuid}", operation_id="updateContact", summary="Change a contact")
async def update_contact(
    principal: Caller,
    writer: Writes,
    contact_id: FromPath[UUID],
    data: JSONBody[UpdateContactRequest],
) -> ContactResponse:
    """Change what is given; null clears. A name set here is not overwritten by a push name."""
    check_timezone(data.timezone)
    command = update.UpdateContact(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        contact_id=contact_id,
        name=data.name,
        email=data.email,
        phone=data.phone,
        external_id=data.external_id,
        language=data.language,
        timezone=data.timezone,
        tags=data.tags,
    )
    async with writer(principal) as tx:
        result = await update.update_contact(tx, command, utc_now())
        await emit(tx, publish.updated(principal.tenant_id, result, principal.subject))
        found = await person(tx, principal.project_id, contact_id)
    return contact_response(found)


@delete("/v1/contacts/{contact_id:uuid}", operation_id="deleteContact", summary="Delete a contact")
async def delete_contact(principal: Caller, writer: Writes, contact_id: FromPath[UUID]) -> None:
    """Delete a contact. It comes back, with its history, when the person writes again."""
    async with writer(principal) as tx:
        deleted = await remove.delete_contact(
            tx, principal.tenant_id, principal.project_id, contact_id, utc_now()
        )
        await emit(tx, [publish.deleted(principal.tenant_id, deleted)])


@get(
    "/v1/contacts/{contact_id:uuid}/identities",
    operation_id="listContactIdentities",
    summary="List what a contact is recognised by",
)
async def list_identities(
    principal: Caller, reader: Reads, page: Paged, contact_id: FromPath[UUID]
) -> Page[IdentityResponse]:
    """The identities of a contact and of those that were merged with it, by kind and value."""
    question = f"identities {principal.project_id} {contact_id}"
    beyond = page.after(question, IdentityPosition)
    async with reader(principal) as tx:
        found = await identities(
            tx, principal.project_id, contact_id, beyond=beyond, limit=page.fetch
        )
    return page.cut(question, found, _identity_position, identity_response)


@post(
    "/v1/contacts/{contact_id:uuid}/merge",
    operation_id="mergeContacts",
    summary="Merge contacts into this one",
    status_code=200,
)
async def merge_contacts(
    principal: Caller,
    writer: Writes,
    contact_id: FromPath[UUID],
    data: JSONBody[MergeContactsRequest],
) -> ContactResponse:
    """Say that contacts are one person. They read as one from then on; it can be undone."""
    command = merge.MergeContacts(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        primary_id=contact_id,
        contact_ids=data.contact_ids,
    )
    async with writer(principal) as tx:
        joins = await merge.merge_contacts(tx, command, utc_now())
        await emit(tx, [publish.merged(principal.tenant_id, join, "manual") for join in joins])
        found = await person(tx, principal.project_id, contact_id)
    return contact_response(found)


@post(
    "/v1/contacts/{contact_id:uuid}/unmerge",
    operation_id="unmergeContact",
    summary="Undo the merge of a contact",
    status_code=200,
)
async def unmerge_contact(
    principal: Caller, writer: Writes, contact_id: FromPath[UUID]
) -> ContactResponse:
    """Take a contact off the one that it was merged into, with what was merged into it before.

    No message joins the two again by itself.
    """
    async with writer(principal) as tx:
        parted = await unmerge.unmerge_contact(
            tx, principal.tenant_id, principal.project_id, contact_id, utc_now()
        )
        await emit(tx, [publish.unmerged(principal.tenant_id, parted)])
        found = await person(tx, principal.project_id, contact_id)
    return contact_response(found)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (
    create_contact,
    list_contacts,
    read_contact,
    update_contact,
    delete_contact,
    list_identities,
    read_profile_picture,
    list_trackings,
    merge_contacts,
    unmerge_contact,
)


def _position(found: Person) -> ContactPosition:
    return ContactPosition(created_at=found.contact.created_at, id=found.contact.id)


def _identity_position(identity: Identity) -> IdentityPosition:
    return IdentityPosition(kind=identity.kind, value=identity.value)
