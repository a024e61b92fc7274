"""What messaging hears and says of templates."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from platform_bus import Consumer, Outgoing, Received, emit
from platform_postgres import Tx
from proto_events.envelope import Envelope
from proto_events.registry import DOMAIN_EXCHANGE
from proto_events.templates import (
    ChannelTemplateChanged,
    ChannelTemplatesListed,
    TemplateCreated,
    TemplateDeleted,
    TemplateUpdated,
)
from ventros_messaging.commands.hear_templates import HearTemplates, hear_templates
from ventros_messaging.domain.template import Changed, News, Place, Template
from ventros_messaging.events.publish import cause_of
from ventros_messaging.store.documents import without_nul

Told: TypeAlias = ChannelTemplatesListed | ChannelTemplateChanged

T = TypeVar("T", TemplateCreated, TemplateUpdated)


async def on_templates(tx: Tx, tenant_id: UUID, events: Sequence[Received[Told]]) -> None:
    """Keep up with the templates of accounts, in whatever order news of them come."""
    for event in sorted(events, key=lambda one: one.data.account):
        data = event.data
        command = HearTemplates(
            tenant_id=tenant_id,
            project_id=event.envelope.project_id,
            channel_id=data.channel_id,
            account=_clean(data.account),
            news=list(_news(data)),
            listed=_listed(data),
            at=data.listed_at if isinstance(data, ChannelTemplatesListed) else data.changed_at,
        )
        cause = cause_of(event.envelope)
        changes = await hear_templates(tx, command)
        await emit(tx, [_said(tenant_id, change, cause) for change in changes])


CONSUMER: Final = Consumer(
    name="messaging.templates",
    types={
        "channel.templates_listed.v1": ChannelTemplatesListed,
        "channel.template_changed.v1": ChannelTemplateChanged,
    },
    handle=on_templates,
    exchange=DOMAIN_EXCHANGE,
)


def _listed(data: Told) -> list[str] | None:
    if isinstance(data, ChannelTemplateChanged) or data.all is None:
        return None
    return [_clean(one) for one in data.all]


def _news(data: Told) -> Iterator[News]:
    account = _clean(data.account)
    if isinstance(data, ChannelTemplateChanged):
        yield News(
            place=Place(account, _clean(data.name), _clean(data.language)),
            at=data.changed_at,
            provider_id=without_nul(data.provider_id),
            status=without_nul(data.status),
            rejected_reason=without_nul(data.rejected_reason),
            category=without_nul(data.category),
            quality=without_nul(data.quality),
        )
        return
    for one in data.templates:
        yield News(
            place=Place(account, _clean(one.name), _clean(one.language)),
            at=data.listed_at,
            provider_id=_clean(one.provider_id),
            status=_clean(one.status),
            rejected_reason=without_nul(one.rejected_reason),
            category=without_nul(one.category),
            quality=without_nul(one.quality),
            form=one.form,
        )


def _clean(text: str) -> str:
    return without_nul(text) or ""


def _said(tenant_id: UUID, changed: Changed, cause: Envelope) -> Outgoing:
    template = changed.template
    event: TemplateCreated | TemplateUpdated | TemplateDeleted
    match changed.change:
        case "created":
            event = _now(TemplateCreated, template, created_at=template.created_at)
        case "deleted":
            event = TemplateDeleted(template_id=template.id, deleted_at=template.updated_at)
        case _:
            event = _now(TemplateUpdated, template, updated_at=template.updated_at)
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=template.project_id,
        subject=template.id,
        sequence=template.version,
        partition_key=str(template.id),
        cause=cause,
    )


def _now(kind: type[T], template: Template, **when: datetime) -> T:
    """All of the template as it is."""
    return kind(
        template_id=template.id,
        account=template.place.account,
        name=template.place.name,
        language=template.place.language,
        status=template.status,
        category=template.category,
        quality=template.quality,
        rejected_reason=template.rejected_reason,
        form=template.form,
        **when,
    )
