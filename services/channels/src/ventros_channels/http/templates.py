"""/v1/channels/{channel_id}/templates: what the channel's account has at its provider."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from platform_core.clock import utc_now
from platform_http import Caller
from ventros_channels.http.connection_schemas import PROVIDER
from ventros_channels.http.connections import OK
from ventros_channels.templates.listing import Listing

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


__all__ = ["TemplateRoutes"]
