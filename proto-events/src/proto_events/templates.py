"""Templates: messages that a provider has approved, and that may be sent at any time."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from proto_events.registry import event
from proto_events.template_forms import MAX_ON_PAGE, ListedTemplate, TemplateForm
from proto_events.times import Moment


@event("channel.templates_listed", aggregate="channel", producer="channels", data_class="none")
class ChannelTemplatesListed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the templates of a channel's account (for the Cloud API, its WABA), which the
    channels of one account share, as they were at `listed_at`.

    The last page has `all`: the provider's ids of all of the account's templates. One that was
    known before `listed_at` and is not among them is there no more.
    """

    channel_id: UUID
    account: str
    templates: Annotated[list[ListedTemplate], Meta(max_length=MAX_ON_PAGE)]
    all: list[str] | None = None
    listed_at: Moment


@event("channel.template_changed", aggregate="channel", producer="channels", data_class="none")
class ChannelTemplateChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of one template of a channel's account: what is not told stays as it was.

    Its provider posted it, or refused a message for it.
    """

    channel_id: UUID
    account: str
    provider_id: str | None = None
    name: str
    language: str
    status: str | None = None
    rejected_reason: str | None = None
    category: str | None = None
    quality: str | None = None
    changed_at: Moment


class _Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it now is. Without `form` its parts were not listed yet."""

    template_id: UUID
    account: str
    name: str
    language: str
    status: str
    category: str | None = None
    quality: str | None = None
    rejected_reason: str | None = None
    form: TemplateForm | None = None


@event("template.created", aggregate="template", producer="messaging", data_class="none")
class TemplateCreated(_Template, frozen=True, kw_only=True):
    """A template is known; it can be sent when its status is `APPROVED`."""

    created_at: Moment


@event("template.updated", aggregate="template", producer="messaging", data_class="none")
class TemplateUpdated(_Template, frozen=True, kw_only=True):
    """A template is another now, such as paused, or approved; all of it as it now is."""

    updated_at: Moment


@event("template.deleted", aggregate="template", producer="messaging", data_class="none")
class TemplateDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A template is no more at its provider; one of its name and language may come back under the
    same id."""

    template_id: UUID
    deleted_at: Moment
