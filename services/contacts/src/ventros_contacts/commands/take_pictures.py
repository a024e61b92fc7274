"""Take in the profile pictures that providers told of."""

from collections.abc import Sequence
from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.picture import Picture, Shown, is_another
from ventros_contacts.store import pictures


async def take_pictures(
    tx: Tx, tenant_id: UUID, told: Sequence[tuple[UUID, Picture]]
) -> list[Shown | None]:
    """Each with its project, in the order of telling: None for a contact that is not there, and for
    what is older than what is known."""
    known = await pictures.known(
        tx, [project for project, _ in told], [picture.contact_id for _, picture in told]
    )
    outcome: list[Shown | None] = []
    for project, picture in told:
        contact, before = known.get(picture.contact_id, (None, None))
        late = before is not None and before.fetched_at > picture.fetched_at
        if contact is None or contact.project_id != project or late:
            outcome.append(None)
            continue
        await pictures.put(tx, tenant_id, picture)
        known[picture.contact_id] = (contact, picture)
        news = is_another(None if before is None else before.url, picture.url)
        outcome.append(Shown(contact=contact, picture=picture, news=news))
    return outcome
