"""Templates, and what is told of them in any order.

Each part of a template has the time of what was told of it last; what is older changes nothing. Of
two tellings of one moment the one that is heard later counts: providers tell whole seconds, and
whatever they post is followed by a listing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from proto_events.template_forms import TemplateForm

APPROVED: Final = "APPROVED"
DELETED: Final = "DELETED"
MARKETING: Final = "MARKETING"

Change: TypeAlias = Literal["created", "updated", "deleted"]


class Place(msgspec.Struct, frozen=True, order=True):
    """What makes a template one, in its project."""

    account: str
    name: str
    language: str


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When each part was last told."""

    status: datetime | None = None
    category: datetime | None = None
    quality: datetime | None = None
    form: datetime | None = None


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """`form` is None until the parts were listed. The words are the provider's."""

    id: UUID
    project_id: UUID
    place: Place
    provider_id: str | None
    status: str
    rejected_reason: str | None
    category: str | None
    quality: str | None
    form: TemplateForm | None
    told: Told
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def deleted(self) -> bool:
        """Whether its provider has it no more."""
        return self.status == DELETED


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of a template; None is what was not told."""

    place: Place
    at: datetime
    provider_id: str | None = None
    status: str | None = None
    rejected_reason: str | None = None
    category: str | None = None
    quality: str | None = None
    form: TemplateForm | None = None


class Changed(msgspec.Struct, frozen=True):
    """A template as it is now, to be saved; `change` is None when nobody sees a difference."""

    template: Template
    change: Change | None


def fresh(id_: UUID, project_id: UUID, place: Place, now: datetime) -> Template:
    """A template of which nothing was told yet; `hear` makes it one that is known."""
    return Template(
        id=id_,
        project_id=project_id,
        place=place,
        provider_id=None,
        status="",
        rejected_reason=None,
        category=None,
        quality=None,
        form=None,
        told=Told(),
        created_at=now,
        updated_at=now,
        version=0,
    )


def hear(known: Template, news: News, now: datetime) -> Changed:
    """What a template is after the news."""
    after = _with(known, news)
    if _seen(after) == _seen(known):
        return Changed(after, None)
    after = msgspec.structs.replace(after, version=known.version + 1, updated_at=now)
    if known.version == 0:
        return Changed(after, "created")
    return Changed(after, "deleted" if after.deleted and not known.deleted else "updated")


def is_new(news: News) -> bool:
    """Whether news can make a template known: its id and its status are told."""
    return news.provider_id is not None and news.status not in {None, DELETED}


def gone(template: Template, listed: Collection[str], at: datetime) -> News | None:
    """What a whole listing says of a template that is not in it."""
    if template.deleted or template.provider_id in listed:
        return None
    if template.told.status is not None and template.told.status > at:
        return None
    return News(place=template.place, at=at, status=DELETED)


def _with(known: Template, news: News) -> Template:
    after, told = known, known.told
    if news.status is not None and _counts(news.at, told.status):
        after = msgspec.structs.replace(
            after,
            status=news.status,
            rejected_reason=news.rejected_reason,
            provider_id=news.provider_id or known.provider_id,
        )
        told = msgspec.structs.replace(told, status=news.at)
    if news.category is not None and _counts(news.at, told.category):
        after = msgspec.structs.replace(after, category=news.category)
        told = msgspec.structs.replace(told, category=news.at)
    if news.quality is not None and _counts(news.at, told.quality):
        after = msgspec.structs.replace(after, quality=news.quality)
        told = msgspec.structs.replace(told, quality=news.at)
    if news.form is not None and _counts(news.at, told.form):
        after = msgspec.structs.replace(after, form=news.form)
        told = msgspec.structs.replace(told, form=news.at)
    return msgspec.structs.replace(after, told=told)


def _counts(at: datetime, last: datetime | None) -> bool:
    return last is None or at >= last


def _seen(template: Template) -> tuple[object, ...]:
    return (
        template.provider_id,
        template.status,
        template.rejected_reason,
        template.category,
        template.quality,
        template.form,
    )
