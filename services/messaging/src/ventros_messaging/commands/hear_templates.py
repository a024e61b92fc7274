"""Hear what is told of an account's templates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_messaging.domain.template import (
    Changed,
    News,
    Place,
    Template,
    fresh,
    gone,
    hear,
    is_new,
)
from ventros_messaging.store import templates


class HearTemplates(msgspec.Struct, frozen=True, kw_only=True):
    """`listed` are the provider's ids of all templates that the account had at `at`, where they are
    told."""

    tenant_id: UUID
    project_id: UUID
    channel_id: UUID
    account: str
    news: Sequence[News]
    listed: Sequence[str] | None
    at: datetime


async def hear_templates(tx: Tx, command: HearTemplates) -> list[Changed]:
    """The templates that are others now."""
    tenant_id, project_id = command.tenant_id, command.project_id
    await templates.lock(tx, tenant_id, command.account)
    await templates.learn_account(
        tx, tenant_id, project_id, command.channel_id, command.account, command.at
    )
    names = None if command.listed is not None else sorted({one.place.name for one in command.news})
    known = {
        one.place: one
        for one in await templates.of_account(tx, tenant_id, project_id, command.account, names)
    }
    changes = _heard(command, known)
    if changes:
        await templates.save(tx, tenant_id, [one.template for one in changes])
    return [one for one in changes if one.change is not None]


def _heard(command: HearTemplates, known: Mapping[Place, Template]) -> list[Changed]:
    told = {news.place: news for news in command.news}
    listed = None if command.listed is None else set(command.listed)
    for template in known.values():
        missing = None if listed is None else gone(template, listed, command.at)
        if missing is not None:
            told.setdefault(template.place, missing)
    now = utc_now()
    changes = []
    for place, news in sorted(told.items(), key=lambda one: one[0]):
        before = known.get(place)
        if before is None and not is_new(news):
            continue
        after = hear(before or fresh(new_id(), command.project_id, place, now), news, now)
        if after.template != before:
            changes.append(after)
    return changes
