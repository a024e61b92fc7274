"""`/v1/templates`: messages that providers have approved."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from platform_http import Caller, Page, Paged, Reads
from proto_events.template_forms import TemplateForm
from ventros_messaging.queries import templates
from ventros_messaging.queries.templates import ShownTemplate
from ventros_messaging.queries.timeline import Scope

_WORD: Final = r"^[^\x00]*(?![\s\S])"


class TemplateResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A template.

    `account` is what it belongs to at its provider, and `channel_ids` are the channels of that
    account: each of them can send it. The words in `status`, `category` and `quality` are the
    provider's; it can be sent while it is `APPROVED`. `form` is null until its parts were listed:
    `form.parameters` are the gaps of the body, in the order in which they are filled. `version`
    rises with every change.
    """

    id: UUID
    account: str
    channel_ids: list[UUID]
    provider_id: str | None
    name: str
    language: str
    status: str
    rejected_reason: str | None
    category: str | None
    quality: str | None
    form: TemplateForm | None
    created_at: datetime
    updated_at: datetime
    version: int


@get("/v1/templates", operation_id="listTemplates", summary="List templates")
async def list_templates(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    channel_id: Annotated[
        UUID | None, QueryParameter(description="Only those that this channel can send.")
    ] = None,
    status: Annotated[
        str | None,
        QueryParameter(
            description="Only those with this status, such as `APPROVED`; without it, all but"
            " those that are `DELETED`.",
            max_length=64,
            pattern=_WORD,
        ),
    ] = None,
    name: Annotated[
        str | None,
        QueryParameter(
            description="Only those with this name, in every language.",
            max_length=512,
            pattern=_WORD,
        ),
    ] = None,
) -> Page[TemplateResponse]:
    """The templates of the project's channels, the one that was known last first."""
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    question = f"templates {principal.project_id} {channel_id} {status} {name}"
    before = page.after(question, UUID)
    async with reader(principal) as tx:
        found = await templates.newest_templates(
            tx,
            scope,
            channel_id=channel_id,
            status=status,
            name=name,
            before=before,
            limit=page.fetch,
        )
    return page.cut(question, found, lambda each: each.template.id, _response)


@get("/v1/templates/{template_id:uuid}", operation_id="getTemplate", summary="Read a template")
async def read_template(
    principal: Caller, reader: Reads, template_id: FromPath[UUID]
) -> TemplateResponse:
    """One template, also when its provider has it no more."""
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    async with reader(principal) as tx:
        return _response(await templates.template(tx, scope, template_id))


TEMPLATES: Final[tuple[HTTPRouteHandler, ...]] = (list_templates, read_template)


def _response(shown: ShownTemplate) -> TemplateResponse:
    one = shown.template
    return TemplateResponse(
        id=one.id,
        account=one.place.account,
        channel_ids=shown.channel_ids,
        provider_id=one.provider_id,
        name=one.place.name,
        language=one.place.language,
        status=one.status,
        rejected_reason=one.rejected_reason,
        category=one.category,
        quality=one.quality,
        form=one.form,
        created_at=one.created_at,
        updated_at=one.updated_at,
        version=one.version,
    )
