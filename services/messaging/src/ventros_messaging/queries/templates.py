"""The templates of a project."""

from uuid import UUID

import msgspec

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.template import Template
from ventros_messaging.queries.timeline import Scope
from ventros_messaging.store import templates as store


class ShownTemplate(msgspec.Struct, frozen=True):
    """A template and the channels that can send it."""

    template: Template
    channel_ids: list[UUID]


async def template(tx: Tx, scope: Scope, template_id: UUID) -> ShownTemplate:
    """The one with this id, also when it is no more.

    Raises:
        NotFound: `template_not_found`; also for one of another tenant or project.
    """
    found = await store.find(tx, scope.tenant_id, scope.project_id, template_id)
    if found is None:
        raise NotFound("There is no such template.", code="template_not_found")
    return (await _shown(tx, scope, [found]))[0]


async def newest_templates(
    tx: Tx,
    scope: Scope,
    *,
    channel_id: UUID | None,
    status: str | None,
    name: str | None,
    before: UUID | None,
    limit: int,
) -> list[ShownTemplate]:
    """The next `limit` templates, the one that was known last first."""
    found = await store.page(
        tx,
        scope.tenant_id,
        scope.project_id,
        channel_id=channel_id,
        status=status,
        name=name,
        before=before,
        limit=limit,
    )
    return await _shown(tx, scope, found)


async def _shown(tx: Tx, scope: Scope, found: list[Template]) -> list[ShownTemplate]:
    accounts = [one.place.account for one in found]
    channels = await store.channels(tx, scope.tenant_id, scope.project_id, accounts)
    return [ShownTemplate(one, channels.get(one.place.account, [])) for one in found]
