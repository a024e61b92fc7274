"""/v1/channels/{channel_id}/templates: what the channel's account has at its provider."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, SkipValidation

from platform_core.clock import utc_now
from platform_http import Caller, Writes
from ventros_channels.http.connection_schemas import PROVIDER
from ventros_channels.http.connections import OK
from ventros_channels.http.template_bodies import CreateTemplateBody, TemplateMadeView
from ventros_channels.templates.authoring import Authoring, record_made, record_removed
from ventros_channels.templates.listing import Listing

Authors = NamedDependency[SkipValidation[Authoring]]
ProviderId = Annotated[
    str,
    PathParameter(
        description="The provider's id of the template.", pattern=r"^[0-9]{1,32}(?![\s\S])"
    ),
]
Lists = NamedDependency[SkipValidation[Listing]]


class TemplatesListedView(msgspec.Struct, frozen=True, kw_only=True):
    """How many templates the provider listed, and when."""

    templates: int
    listed_at: datetime


class TemplateRoutes(Controller):
    """Templates at the provider. `/v1/templates` shows those that are known here."""

    path = "/v1/channels/{channel_id:uuid}/templates"
    tags = ("channels",)

    @post("/refresh", operation_id="refresh_templates", status_code=OK, described=PROVIDER)
    async def refresh(
        self, channel_id: FromPath[UUID], principal: Caller, listing: Lists
    ) -> TemplatesListedView:
        """List the templates of the channel's account now; `/v1/templates` follows within moments.

        That is done by itself when a channel is made, after news of a template, and once a day. It
        may be sent again.
        """
        listed_at = utc_now()
        count = await listing.list(principal.tenant_id, principal.project_id, channel_id)
        return TemplatesListedView(templates=count, listed_at=listed_at)

    @post(
        operation_id="create_template",
        status_code=201,
        idempotency="required",
        described=PROVIDER,
    )
    async def create(
        self,
        channel_id: FromPath[UUID],
        data: JSONBody[CreateTemplateBody],
        principal: Caller,
        writer: Writes,
        authoring: Authors,
    ) -> TemplateMadeView:
        """Have a template looked at by the provider of the channel's account.

        What it does not take it refuses with its reason (`template_refused`). A file above it is
        uploaded to the app first (409 `app_id_missing` where the channel names none). Templates for
        signing in are made at the provider itself.
        """
        draft = data.draft()
        found, made = await authoring.create(
            principal.tenant_id, principal.project_id, channel_id, draft
        )
        async with writer(principal) as tx:
            await record_made(tx, found, draft, made)
        return TemplateMadeView(
            provider_id=made.provider_id,
            name=draft.name,
            language=draft.language,
            status=made.status,
            category=made.category,
        )

    @delete(
        "/{provider_id:str}",
        operation_id="delete_template",
        status_code=204,
        described=PROVIDER,
    )
    async def remove(
        self,
        channel_id: FromPath[UUID],
        provider_id: ProviderId,
        principal: Caller,
        writer: Writes,
        authoring: Authors,
    ) -> None:
        """Remove a template in its language from the channel's account; messages that were sent
        with it stay as they are. Its name may be taken for another one only weeks later."""
        found, removed = await authoring.remove(
            principal.tenant_id, principal.project_id, channel_id, provider_id
        )
        async with writer(principal) as tx:
            await record_removed(tx, found, removed)


__all__ = ["TemplateRoutes"]
